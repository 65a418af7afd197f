/**
 * Predicts a column's codes from the splats already coded: the rounded mean of those on the same face, in this chunk
 * or an earlier one; on a face without any, the code of the splat before. The encoder and the decoder run the same.
 */
export class ColumnPredictor {
  readonly #sums: Int32Array;
  readonly #counts: Uint16Array;
  #previous: number;

  /** @param levels the column's number of codes; the first prediction is levels >> 1. */
  constructor(rigFaceCount: number, levels: number) {
    this.#sums = new Int32Array(rigFaceCount);
    this.#counts = new Uint16Array(rigFaceCount);
    this.#previous = levels >> 1;
  }

  predict(face: number): number {
    const count = this.#counts[face];
    return count === 0 ? this.#previous : Math.floor((2 * this.#sums[face] + count) / (2 * count));
  }

  /** To be told every splat's code after its prediction, in coding order. */
  learn(face: number, code: number): void {
    this.#previous = code;
    // A face's mean rests after this many: neither the sum nor the count can overflow.
    if (this.#counts[face] >= MAX_SPLATS_IN_MEAN) return;
    this.#sums[face] += code;
    this.#counts[face]++;
  }
}

const MAX_SPLATS_IN_MEAN = 255;

/** Residual of a code against its prediction, wrapped into [0, levels) with small magnitudes first: 0, -1, 1, -2, 2 … */
export function foldResidual(code: number, prediction: number, levels: number): number {
  let r = code - prediction;
  if (r < 0) r += levels;
  return r <= (levels - 1) >> 1 ? 2 * r : 2 * (levels - r) - 1;
}

/** Inverse of `foldResidual` for folded in [0, levels). */
export function unfoldResidual(folded: number, prediction: number, levels: number): number {
  const r = folded & 1 ? levels - ((folded + 1) >> 1) : folded >> 1;
  const code = prediction + r;
  return code >= levels ? code - levels : code;
}
