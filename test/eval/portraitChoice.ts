const EVERY = 5;

/** Portraits never trained on: every fifth of all, in name order. */
export function heldOut(names: readonly string[]): string[] {
  return [...names].sort().filter((_, index) => index % EVERY === EVERY - 1);
}

/** So many of the names, spread evenly, always the same ones. */
export function spread(names: readonly string[], limit: number): string[] {
  return names.length <= limit ? [...names] : Array.from({ length: limit }, (_, i) => names[Math.floor((i * names.length) / limit)]!);
}

/** All of a list, in an order whose every beginning is spread over the whole of it. */
export function mingled<T>(list: readonly T[]): T[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return list.map((item, i) => ({ item, rank: ((i + 1) * golden) % 1 })).sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}
