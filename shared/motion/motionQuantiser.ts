import { STATE_LIMIT } from './motionModel.ts';
import type { MotionModel } from './motionModel.ts';

/** A coefficient further from the state than this, in steps, follows at once. */
const FOLLOW_STEPS = 0.75;
/** Error that a whole face may have before the coefficients furthest off follow, in squared steps. */
const ERROR_BUDGET = 3;

/**
 * Quantises a pose with inertia: a value moves only where the face's error asks for it, since a state that holds costs nothing and
 * one that flickers costs in every frame of the window.
 */
export class MotionQuantiser {
  readonly #model: MotionModel;
  readonly #exact: Float64Array;
  readonly budget: number;
  readonly follow: number;

  constructor(model: MotionModel, budget = ERROR_BUDGET, follow = FOLLOW_STEPS) {
    this.#model = model;
    this.#exact = new Float64Array(model.coefficientCount);
    this.budget = budget;
    this.follow = follow;
  }

  /** @param before the state to hold on to, if any. */
  quantise(vector: Float64Array, before: Int16Array | undefined, out: Int16Array): void {
    const exact = this.#exact;
    this.#model.transform(vector, exact);
    let error = 0;
    for (let index = 0; index < exact.length; index++) {
      const value = exact[index]!;
      const keeps = before !== undefined && Math.abs(value - before[index]!) <= this.follow;
      out[index] = keeps ? before[index]! : nearest(value);
      error += (value - out[index]!) ** 2;
    }
    while (error > this.budget) {
      let worst = -1;
      let most = 0.5;
      for (let index = 0; index < exact.length; index++) {
        const distance = Math.abs(exact[index]! - out[index]!);
        if (distance <= most || nearest(exact[index]!) === out[index]) continue;
        most = distance;
        worst = index;
      }
      if (worst < 0) return;
      out[worst] = nearest(exact[worst]!);
      error += (exact[worst]! - out[worst]!) ** 2 - most * most;
    }
  }
}

function nearest(value: number): number {
  return Math.min(STATE_LIMIT, Math.max(-STATE_LIMIT, Math.round(value)));
}
