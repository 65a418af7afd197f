/** A balanced k-d tree over a fixed set of points in space, for nearest neighbours at any distance. */
export class PointTree {
  /** Metres, [count, 3], in the order given. */
  readonly positions: Float32Array;
  readonly count: number;
  /** Point indices; the middle of each range is its node, split along an axis that cycles with depth. */
  readonly #order: Uint32Array;

  constructor(positions: Float32Array) {
    this.positions = positions;
    this.count = positions.length / 3;
    this.#order = Uint32Array.from({ length: this.count }, (_, i) => i);
    this.#build(0, this.count, 0);
  }

  /**
   * The nearest points, nearest first: indices and squared distances go to the given arrays, whose length is the number
   * looked for. Returns how many there are.
   */
  nearest(x: number, y: number, z: number, indices: Int32Array, distances2: Float64Array): number {
    return this.#search(0, this.count, 0, x, y, z, indices, distances2, 0);
  }

  #search(
    begin: number, end: number, axis: number, x: number, y: number, z: number, indices: Int32Array, distances2: Float64Array, known: number,
  ): number {
    if (begin >= end) return known;
    const middle = (begin + end) >> 1;
    const point = this.#order[middle]!;
    const p = this.positions;
    const dx = x - p[point * 3]!, dy = y - p[point * 3 + 1]!, dz = z - p[point * 3 + 2]!;
    let found = insert(point, dx * dx + dy * dy + dz * dz, indices, distances2, known);
    const across = axis === 0 ? dx : axis === 1 ? dy : dz;
    const next = axis === 2 ? 0 : axis + 1;
    found = across < 0 ? this.#search(begin, middle, next, x, y, z, indices, distances2, found)
      : this.#search(middle + 1, end, next, x, y, z, indices, distances2, found);
    if (found === indices.length && across * across >= distances2[found - 1]!) return found;
    return across < 0 ? this.#search(middle + 1, end, next, x, y, z, indices, distances2, found)
      : this.#search(begin, middle, next, x, y, z, indices, distances2, found);
  }

  #build(begin: number, end: number, axis: number): void {
    if (end - begin < 2) return;
    const p = this.positions;
    const middle = (begin + end) >> 1;
    this.#order.subarray(begin, end).sort((a, b) => p[a * 3 + axis]! - p[b * 3 + axis]! || a - b);
    const next = axis === 2 ? 0 : axis + 1;
    this.#build(begin, middle, next);
    this.#build(middle + 1, end, next);
  }
}

function insert(point: number, distance2: number, indices: Int32Array, distances2: Float64Array, found: number): number {
  const wanted = indices.length;
  if (found === wanted && distance2 >= distances2[wanted - 1]!) return found;
  let place = found < wanted ? found : wanted - 1;
  while (place > 0 && distances2[place - 1]! > distance2) {
    indices[place] = indices[place - 1]!;
    distances2[place] = distances2[place - 1]!;
    place -= 1;
  }
  indices[place] = point;
  distances2[place] = distance2;
  return found < wanted ? found + 1 : found;
}
