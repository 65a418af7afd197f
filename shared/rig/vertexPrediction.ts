/**
 * Predicts a quantised vertex attribute from the neighbours that come before it, so that the rig file only holds small
 * residuals. Encoder and decoder share this class; all arithmetic is on integers.
 *
 * With `mirrored` given, only the lower-numbered vertex of each mirrored pair is coded (a representative).
 */
export class VertexPredictor {
  /** Vertices that are coded, ascending. */
  readonly coded: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #neighbours: Uint32Array;

  constructor(vertexCount: number, faces: Uint32Array, mirrored?: Uint32Array) {
    const isCoded = (vertex: number): boolean => mirrored === undefined || vertex <= mirrored[vertex]!;
    this.coded = Uint32Array.from(Array.from({ length: vertexCount }, (_, vertex) => vertex).filter(isCoded));
    const earlier = Array.from({ length: vertexCount }, () => new Set<number>());
    for (let start = 0; start < faces.length; start += 3) {
      for (let corner = 0; corner < 3; corner++) {
        const a = faces[start + corner]!, b = faces[start + (corner + 1) % 3]!;
        if (!isCoded(a) || !isCoded(b) || a === b) continue;
        earlier[Math.max(a, b)]!.add(Math.min(a, b));
      }
    }
    this.#starts = new Uint32Array(vertexCount + 1);
    const flat: number[] = [];
    earlier.forEach((set, vertex) => {
      flat.push(...[...set].sort((a, b) => a - b));
      this.#starts[vertex + 1] = flat.length;
    });
    this.#neighbours = Uint32Array.from(flat);
  }

  /** The rounded mean of the earlier neighbours' values; the previously coded vertex's value where there are none. */
  predict(values: Int32Array, stride: number, axis: number, vertex: number, previous: number): number {
    const from = this.#starts[vertex]!, to = this.#starts[vertex + 1]!;
    if (from === to) return previous < 0 ? 0 : values[previous * stride + axis]!;
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[this.#neighbours[i]! * stride + axis]!;
    return Math.round(sum / (to - from));
  }
}
