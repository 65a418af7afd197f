/** Depth keys have 16 bits: over a head's 0.5 m a step is 8 µm. */
const KEY_COUNT = 65536;

/** Orders splats by depth with a counting sort; exact to 16 bits, stable, no allocation once it has grown. */
export class DepthSorter {
  #keys = new Uint16Array(0);
  readonly #starts = new Uint32Array(KEY_COUNT + 1);

  /**
   * Writes the indices of depths[from, from + count) into the same places of `order`, farthest first.
   * Depths that are not finite sort as nearest.
   */
  sortBackToFront(depths: Float32Array, count: number, order: Uint32Array, from = 0): void {
    if (this.#keys.length < count) this.#keys = new Uint16Array(Math.max(count, 2 * this.#keys.length));
    const keys = this.#keys;
    const starts = this.#starts;
    let nearest = Infinity;
    let farthest = -Infinity;
    for (let i = from; i < from + count; i++) {
      const depth = depths[i];
      if (depth < nearest && depth > -Infinity) nearest = depth;
      if (depth > farthest && depth < Infinity) farthest = depth;
    }
    const scale = farthest > nearest ? (KEY_COUNT - 1) / (farthest - nearest) : 0;
    starts.fill(0);
    for (let i = 0; i < count; i++) {
      const position = (farthest - depths[from + i]) * scale;
      const key = position >= 0 && position < KEY_COUNT ? position | 0 : KEY_COUNT - 1;
      keys[i] = key;
      starts[key + 1]++;
    }
    for (let key = 0; key < KEY_COUNT; key++) starts[key + 1] += starts[key];
    for (let i = 0; i < count; i++) order[from + starts[keys[i]]++] = from + i;
  }
}
