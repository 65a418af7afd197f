import type { MotionModel } from './motionModel.ts';
import { MotionQuantiser } from './motionQuantiser.ts';
import type { MotionQuality } from './motionQuantiser.ts';
import { timestampDistanceMs } from './timestampDistance.ts';

/** A face moves little while its state, held to the wide limits of a quiet face, changes no more often than this in a second. */
export const QUIET_CHANGES = 19;
export const LIVELY_WINDOW_MS = 1000;

/**
 * Tells a lively face from one that moves little. It asks what a quiet face's limits would have done, whatever was sent: noise that
 * makes a lively face's narrow limits send would keep it lively for ever.
 */
export class Liveliness {
  readonly #quantiser: MotionQuantiser;
  readonly #state: Int16Array;
  readonly #next: Int16Array;
  /** Times of the latest changes, a ring. */
  readonly #changesMs = new Float64Array(QUIET_CHANGES + 1);
  #changes = 0;

  constructor(model: MotionModel, quality: MotionQuality) {
    this.#quantiser = new MotionQuantiser(model, quality);
    this.#state = new Int16Array(model.coefficientCount);
    this.#next = new Int16Array(model.coefficientCount);
  }

  reset(): void {
    this.#changes = 0;
  }

  /** To be called once a frame. */
  isLively(vector: Float64Array, timestampMs: number): boolean {
    this.#quantiser.quantise(vector, this.#changes > 0 ? this.#state : undefined, false, this.#next);
    if (this.#changes === 0 || this.#next.some((value, index) => value !== this.#state[index])) {
      this.#state.set(this.#next);
      this.#changesMs[this.#changes++ % this.#changesMs.length] = timestampMs;
    }
    // The oldest of the last QUIET_CHANGES + 1 changes.
    return this.#changes >= this.#changesMs.length
      && timestampDistanceMs(timestampMs, this.#changesMs[this.#changes % this.#changesMs.length]!) <= LIVELY_WINDOW_MS;
  }
}
