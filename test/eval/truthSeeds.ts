/** Invented people from this seed on are never used for training. */
export const FIRST_TRUTH_SEED = 900_000;
