/** Rig-space heights between which a bust fades out, metres: below the collar bones, above the template's cut. */
export const BUST_FADE = [-0.285, -0.17] as const;
