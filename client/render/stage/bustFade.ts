/** Rig-space heights between which a bust fades out, metres: below the collar bones, above the template's cut. */
export const BUST_FADE = [-0.285, -0.17] as const;
/** The same for who sits at a desk: only what its edge hides anyway. */
export const DESK_FADE = [-0.3, -0.27] as const;
