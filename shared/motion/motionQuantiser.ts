import { STATE_LIMIT } from './motionModel.ts';
import type { MotionModel } from './motionModel.ts';

export interface MotionQuality {
  /** Share of its limit that a part's error may reach in a lively face, which is sent often anyhow. Default 0.25. */
  readonly livelyShare?: number;
  /** A part that moves does so until this share of its limit is left. Default 0.3. */
  readonly settleShare?: number;
  /** When one part moves, others that have used up this share of their limits do as well. Default 1: none. */
  readonly joinShare?: number;
}

/**
 * Quantises a pose with inertia. A part of the face (a block of the transform) keeps its state until its error reaches a limit, then its
 * coefficients furthest off follow: a state that holds costs nothing, and one that flickers costs in every frame of the window.
 */
export class MotionQuantiser {
  readonly #model: MotionModel;
  readonly #exact: Float64Array;
  readonly #errors: Float64Array;
  readonly #limits: Float64Array;
  readonly #settle: number;
  readonly #join: number;
  readonly #lively: number;

  constructor(model: MotionModel, { livelyShare = 0.25, settleShare = 0.3, joinShare = 1 }: MotionQuality = {}) {
    this.#model = model;
    this.#exact = new Float64Array(model.coefficientCount);
    this.#errors = new Float64Array(model.blockLimits.length);
    this.#limits = model.blockLimits.map((limit) => limit ** 2);
    this.#settle = settleShare ** 2;
    this.#join = joinShare ** 2;
    this.#lively = livelyShare ** 2;
  }

  /** @param before the state to hold on to, if any. */
  quantise(vector: Float64Array, before: Int16Array | undefined, lively: boolean, out: Int16Array): void {
    const { blockStarts } = this.#model;
    const exact = this.#exact;
    this.#model.transform(vector, exact);
    if (!before) {
      for (let index = 0; index < exact.length; index++) out[index] = nearest(exact[index]!);
      return;
    }
    out.set(before);
    let moves = false;
    const share = lively ? this.#lively : 1;
    for (let block = 0; block < this.#limits.length; block++) {
      this.#errors[block] = this.#squaredError(out, blockStarts[block]!, blockStarts[block + 1]!);
      if (this.#errors[block]! > this.#limits[block]! * share) moves = true;
    }
    if (!moves) return;
    for (let block = 0; block < this.#limits.length; block++) {
      const limit = this.#limits[block]! * share;
      if (this.#errors[block]! <= limit * this.#join) continue;
      const start = blockStarts[block]!, end = blockStarts[block + 1]!;
      this.#follow(out, start, end, this.#errors[block]! - limit * this.#settle);
    }
  }

  /** Moves the coefficients that are furthest off until the error is less by `excess`, or all are as near as they get. */
  #follow(out: Int16Array, start: number, end: number, excess: number): void {
    const { squaredSteps } = this.#model;
    let rest = excess;
    while (rest > 0) {
      let worst = -1;
      let most = 0;
      for (let index = start; index < end; index++) {
        const distance = Math.abs(this.#exact[index]! - out[index]!);
        const goal = nearest(this.#exact[index]!);
        if (goal === out[index]) continue;
        const gain = (distance ** 2 - (this.#exact[index]! - goal) ** 2) * squaredSteps[index]!;
        if (gain <= most) continue;
        most = gain;
        worst = index;
      }
      if (worst < 0) return;
      out[worst] = nearest(this.#exact[worst]!);
      rest -= most;
    }
  }

  /** mm² */
  #squaredError(state: Int16Array, start: number, end: number): number {
    let error = 0;
    for (let index = start; index < end; index++) error += (this.#exact[index]! - state[index]!) ** 2 * this.#model.squaredSteps[index]!;
    return error;
  }
}

function nearest(value: number): number {
  return Math.min(STATE_LIMIT, Math.max(-STATE_LIMIT, Math.round(value)));
}
