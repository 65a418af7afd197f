/** A hash grid over points in space, filled one by one, for neighbour queries. */
export class PointGrid {
  readonly #cellSize: number;
  readonly #heads: Int32Array;
  readonly #mask: number;
  readonly #next: Int32Array;
  /** Metres, [capacity, 3]; read by the caller's visits. */
  readonly positions: Float32Array;
  count = 0;

  constructor(cellSize: number, capacity: number) {
    this.#cellSize = cellSize;
    const buckets = 1 << Math.ceil(Math.log2(Math.max(64, capacity * 2)));
    this.#mask = buckets - 1;
    this.#heads = new Int32Array(buckets).fill(-1);
    this.#next = new Int32Array(capacity);
    this.positions = new Float32Array(capacity * 3);
  }

  /** Adds a point and returns its index. */
  add(x: number, y: number, z: number): number {
    const index = this.count;
    this.positions[index * 3] = x;
    this.positions[index * 3 + 1] = y;
    this.positions[index * 3 + 2] = z;
    const bucket = this.#bucket(Math.floor(x / this.#cellSize), Math.floor(y / this.#cellSize), Math.floor(z / this.#cellSize));
    this.#next[index] = this.#heads[bucket]!;
    this.#heads[bucket] = index;
    this.count = index + 1;
    return index;
  }

  /** Squared distance of some point within `radius`, -1 when there is none; the point need not be the nearest. */
  anyWithin(x: number, y: number, z: number, radius: number): number {
    const size = this.#cellSize;
    const p = this.positions;
    const heads = this.#heads, next = this.#next, mask = this.#mask;
    const radius2 = radius * radius;
    const x1 = Math.floor((x + radius) / size), y1 = Math.floor((y + radius) / size), z1 = Math.floor((z + radius) / size);
    for (let i = Math.floor((x - radius) / size); i <= x1; i += 1) {
      for (let j = Math.floor((y - radius) / size); j <= y1; j += 1) {
        for (let k = Math.floor((z - radius) / size); k <= z1; k += 1) {
          const bucket = (Math.imul(i, 73856093) ^ Math.imul(j, 19349663) ^ Math.imul(k, 83492791)) & mask;
          for (let index = heads[bucket]!; index >= 0; index = next[index]!) {
            const dx = p[index * 3]! - x, dy = p[index * 3 + 1]! - y, dz = p[index * 3 + 2]! - z;
            const distance2 = dx * dx + dy * dy + dz * dz;
            if (distance2 < radius2) return distance2;
          }
        }
      }
    }
    return -1;
  }

  /**
   * The nearest neighbours within `radius`, nearest first: indices and squared distances are written to the given
   * arrays, whose length is the number looked for; returns how many were found.
   */
  nearest(
    x: number, y: number, z: number, radius: number, indices: Int32Array, distances2: Float64Array,
    accept?: (index: number) => boolean,
  ): number {
    const size = this.#cellSize;
    const p = this.positions;
    const heads = this.#heads, next = this.#next, mask = this.#mask;
    const wanted = indices.length;
    let found = 0;
    let limit = radius * radius;
    const x1 = Math.floor((x + radius) / size), y1 = Math.floor((y + radius) / size), z1 = Math.floor((z + radius) / size);
    for (let i = Math.floor((x - radius) / size); i <= x1; i += 1) {
      for (let j = Math.floor((y - radius) / size); j <= y1; j += 1) {
        for (let k = Math.floor((z - radius) / size); k <= z1; k += 1) {
          const bucket = (Math.imul(i, 73856093) ^ Math.imul(j, 19349663) ^ Math.imul(k, 83492791)) & mask;
          for (let index = heads[bucket]!; index >= 0; index = next[index]!) {
            const dx = p[index * 3]! - x, dy = p[index * 3 + 1]! - y, dz = p[index * 3 + 2]! - z;
            const distance2 = dx * dx + dy * dy + dz * dz;
            if (distance2 > limit || (accept !== undefined && !accept(index))) continue;
            // Two cells may share a bucket, whose points are then offered twice.
            let known = false;
            for (let n = 0; n < found; n += 1) if (indices[n] === index) known = true;
            if (known) continue;
            let place = found < wanted ? found : wanted - 1;
            while (place > 0 && distances2[place - 1]! > distance2) {
              indices[place] = indices[place - 1]!;
              distances2[place] = distances2[place - 1]!;
              place -= 1;
            }
            indices[place] = index;
            distances2[place] = distance2;
            if (found < wanted) found += 1;
            if (found === wanted) limit = distances2[wanted - 1]!;
          }
        }
      }
    }
    return found;
  }

  #bucket(i: number, j: number, k: number): number {
    return (Math.imul(i, 73856093) ^ Math.imul(j, 19349663) ^ Math.imul(k, 83492791)) & this.#mask;
  }
}
