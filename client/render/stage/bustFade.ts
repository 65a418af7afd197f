/** Rig-space heights between which a bust fades out, metres: below the collar bones, above the template's cut. */
export const BUST_FADE = [-0.315, -0.2] as const;
