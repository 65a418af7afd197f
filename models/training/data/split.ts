/** Every fifth portrait by name is never trained on. */
const HELD_OUT_EVERY = 5;

export type Split = 'train' | 'heldout';

/** Which portraits of a folder, sorted by name, are trained on: index 4, 9, 14, … are not. */
export function splitPortraits(names: readonly string[]): { readonly name: string; readonly split: Split }[] {
  return [...names].sort().map((name, i) => ({ name, split: i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1 ? 'heldout' : 'train' }));
}

/** Synthetic people from this seed on are held out: training is measured on them. */
export const HELD_OUT_SEED = 890_000;

/** Synthetic people from this seed on are for evaluation. */
export const EVALUATION_SEED = 900_000;
