/**
 * Hash grids over points in space whose distances differ widely from place to place: cells of one size would hold hundreds
 * of points at the eyes and none at the shoulders. Every point lies in a grid of each octave (cells of `cellSize`, twice,
 * four times … that), and a query takes the one whose cells fit its radius. Points of different layers do not see each
 * other.
 */
export class OctaveGrid {
  readonly #octaves: number;
  readonly #buckets: number;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #layers: Uint8Array;
  readonly #positions: Float32Array;
  #cellSize: number;
  count = 0;

  /** @param cellSize of the finest octave, metres */
  constructor(cellSize: number, octaves: number, capacity: number) {
    this.#cellSize = cellSize;
    this.#octaves = octaves;
    this.#buckets = 1 << Math.ceil(Math.log2(Math.max(64, capacity * 2)));
    this.#heads = new Int32Array(this.#buckets * octaves).fill(-1);
    this.#next = new Int32Array(capacity * octaves);
    this.#layers = new Uint8Array(capacity);
    this.#positions = new Float32Array(capacity * 3);
  }

  /** Empty again, with other cells. */
  clear(cellSize: number): void {
    this.#cellSize = cellSize;
    this.#heads.fill(-1);
    this.count = 0;
  }

  /** Adds a point and returns its index. */
  add(x: number, y: number, z: number, layer: number): number {
    const index = this.count++;
    this.#positions[index * 3] = x;
    this.#positions[index * 3 + 1] = y;
    this.#positions[index * 3 + 2] = z;
    this.#layers[index] = layer;
    let size = this.#cellSize;
    for (let octave = 0; octave < this.#octaves; octave++, size *= 2) {
      const bucket = octave * this.#buckets + this.#bucket(Math.floor(x / size), Math.floor(y / size), Math.floor(z / size));
      const entry = octave * this.#layers.length + index;
      this.#next[entry] = this.#heads[bucket]!;
      this.#heads[bucket] = index;
    }
    return index;
  }

  /** Squared distance of some point within `radius`, -1 when there is none; the point need not be the nearest. */
  anyWithin(x: number, y: number, z: number, radius: number, octave: number, layer: number): number {
    const size = this.#cellSize * 2 ** octave;
    const p = this.#positions;
    const heads = this.#heads, next = this.#next, layers = this.#layers;
    const base = octave * this.#buckets, entries = octave * layers.length;
    const radius2 = radius * radius;
    const x1 = Math.floor((x + radius) / size), y1 = Math.floor((y + radius) / size), z1 = Math.floor((z + radius) / size);
    for (let i = Math.floor((x - radius) / size); i <= x1; i++) {
      for (let j = Math.floor((y - radius) / size); j <= y1; j++) {
        for (let k = Math.floor((z - radius) / size); k <= z1; k++) {
          for (let index = heads[base + this.#bucket(i, j, k)]!; index >= 0; index = next[entries + index]!) {
            const dx = p[index * 3]! - x, dy = p[index * 3 + 1]! - y, dz = p[index * 3 + 2]! - z;
            const distance2 = dx * dx + dy * dy + dz * dz;
            if (distance2 < radius2 && layers[index] === layer) return distance2;
          }
        }
      }
    }
    return -1;
  }

  /**
   * The nearest points within `radius`, nearest first: indices and squared distances are written to the given arrays, whose
   * length is the number looked for; returns how many were found.
   */
  nearest(
    x: number, y: number, z: number, radius: number, octave: number, layer: number, indices: Int32Array, distances2: Float64Array,
    accept: (index: number) => boolean,
  ): number {
    const size = this.#cellSize * 2 ** octave;
    const p = this.#positions;
    const heads = this.#heads, next = this.#next, layers = this.#layers;
    const base = octave * this.#buckets, entries = octave * layers.length;
    const wanted = indices.length;
    let found = 0;
    let limit = radius * radius;
    const x1 = Math.floor((x + radius) / size), y1 = Math.floor((y + radius) / size), z1 = Math.floor((z + radius) / size);
    for (let i = Math.floor((x - radius) / size); i <= x1; i++) {
      const awayX = Math.max(0, i * size - x, x - (i + 1) * size);
      for (let j = Math.floor((y - radius) / size); j <= y1; j++) {
        const awayY = Math.max(0, j * size - y, y - (j + 1) * size);
        for (let k = Math.floor((z - radius) / size); k <= z1; k++) {
          const awayZ = Math.max(0, k * size - z, z - (k + 1) * size);
          if (awayX * awayX + awayY * awayY + awayZ * awayZ > limit) continue;
          for (let index = heads[base + this.#bucket(i, j, k)]!; index >= 0; index = next[entries + index]!) {
            const dx = p[index * 3]! - x, dy = p[index * 3 + 1]! - y, dz = p[index * 3 + 2]! - z;
            const distance2 = dx * dx + dy * dy + dz * dz;
            if (distance2 > limit || layers[index] !== layer || !accept(index)) continue;
            // Two cells may share a bucket, whose points are then offered twice.
            let known = false;
            for (let n = 0; n < found; n++) if (indices[n] === index) known = true;
            if (known) continue;
            let place = found < wanted ? found : wanted - 1;
            while (place > 0 && distances2[place - 1]! > distance2) {
              indices[place] = indices[place - 1]!;
              distances2[place] = distances2[place - 1]!;
              place--;
            }
            indices[place] = index;
            distances2[place] = distance2;
            if (found < wanted) found++;
            if (found === wanted) limit = distances2[wanted - 1]!;
          }
        }
      }
    }
    return found;
  }

  #bucket(i: number, j: number, k: number): number {
    return (Math.imul(i, 73856093) ^ Math.imul(j, 19349663) ^ Math.imul(k, 83492791)) & (this.#buckets - 1);
  }
}
