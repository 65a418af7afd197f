const EVERY = 5;

/** Portraits never trained on: every fifth of all, in name order. */
export function heldOut(names: readonly string[]): string[] {
  return [...names].sort().filter((_, index) => index % EVERY === EVERY - 1);
}

/** So many of the names, spread evenly, always the same ones. */
export function spread(names: readonly string[], limit: number): string[] {
  return names.length <= limit ? [...names] : Array.from({ length: limit }, (_, i) => names[Math.floor((i * names.length) / limit)]!);
}
