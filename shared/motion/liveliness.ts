import type { MotionModel } from './motionModel.ts';
import { MotionQuantiser } from './motionQuantiser.ts';
import type { MotionQuality } from './motionQuantiser.ts';
import { timestampDistanceMs } from './timestampDistance.ts';

/** A face moves little while its state, held to the wide limits of a quiet face, changes no more often than this in a second… */
export const QUIET_CHANGES = 19;
/** …nor, where fewer frames come, in more than this share of them: a slow tracker's face is no quieter for it. */
export const QUIET_SHARE = 0.65;
export const LIVELY_WINDOW_MS = 1000;
/** Fewer frames tell nothing. */
const LEAST_FRAMES = 4;

/**
 * Tells a lively face from one that moves little. It asks what a quiet face's limits would have done, whatever was sent: noise that
 * makes a lively face's narrow limits send would keep it lively for ever.
 */
export class Liveliness {
  readonly #quantiser: MotionQuantiser;
  readonly #state: Int16Array;
  readonly #next: Int16Array;
  /** The frames of the last second, oldest first. */
  readonly #frames: { readonly timestampMs: number; readonly changes: boolean }[] = [];
  #changes = 0;

  constructor(model: MotionModel, quality: MotionQuality) {
    this.#quantiser = new MotionQuantiser(model, quality);
    this.#state = new Int16Array(model.coefficientCount);
    this.#next = new Int16Array(model.coefficientCount);
  }

  reset(): void {
    this.#frames.length = 0;
    this.#changes = 0;
  }

  /** To be called once a frame. */
  isLively(vector: Float64Array, timestampMs: number): boolean {
    const frames = this.#frames;
    this.#quantiser.quantise(vector, frames.length > 0 ? this.#state : undefined, false, this.#next);
    const changes = frames.length === 0 || this.#next.some((value, index) => value !== this.#state[index]);
    if (changes) {
      this.#state.set(this.#next);
      this.#changes++;
    }
    frames.push({ timestampMs, changes });
    while (timestampDistanceMs(timestampMs, frames[0]!.timestampMs) > LIVELY_WINDOW_MS) if (frames.shift()!.changes) this.#changes--;
    return frames.length >= LEAST_FRAMES && this.#changes > Math.min(QUIET_CHANGES, QUIET_SHARE * frames.length);
  }
}
