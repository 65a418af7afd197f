import { timestampDistanceMs } from './timestampDistance.ts';
import { LONG_CLASS, LONG_WINDOW_MS, QUIET_CLASS, QUIET_WINDOW_MS } from './decodingWindow.ts';
import type { MotionHistory } from './motionHistory.ts';
import type { MotionModel } from './motionModel.ts';

/**
 * Chooses how much of a state has to be said: for each group of coefficients the least mode that leads every receiver to it,
 * whichever state of the window he has, and the class of frames in which these modes are coded shortest.
 */
export class FrameShape {
  readonly modes: Uint8Array;
  frameClass = 0;
  readonly #model: MotionModel;
  readonly #span: Int32Array;
  /** Bits a mode, [classes][groups][modes]. */
  readonly #bits: readonly (readonly Float64Array[])[];

  constructor(model: MotionModel) {
    this.#model = model;
    this.modes = new Uint8Array(model.groupCount);
    this.#span = new Int32Array(model.coefficientCount);
    this.#bits = model.modes.map((groups) => groups.map((sums) => Float64Array.from({ length: sums.length - 1 }, (_, mode) => (
      Math.log2(sums.at(-1)! / (sums[mode + 1]! - sums[mode]!))))));
  }

  /** Sets `modes` and `frameClass` (which follows from the window where the face moves little); false where no mode reaches far enough. */
  fit(history: MotionHistory, timestampMs: number, windowMs: number, values: Int16Array): boolean {
    this.measure(history, timestampMs, windowMs, values);
    const { groupStarts, reach, groupCount, modeCount } = this.#model;
    for (let group = 0; group < groupCount; group++) {
      let mode = 0;
      for (let index = groupStarts[group]!; index < groupStarts[group + 1]!; index++) {
        while (mode < modeCount && reach[mode]![index]! < this.#span[index]!) mode++;
      }
      if (mode === modeCount) return false;
      this.modes[group] = mode;
    }
    if (windowMs === QUIET_WINDOW_MS || windowMs === LONG_WINDOW_MS) {
      this.frameClass = windowMs === LONG_WINDOW_MS ? LONG_CLASS : QUIET_CLASS;
      return true;
    }
    let least = Infinity;
    for (let frameClass = 0; frameClass < QUIET_CLASS; frameClass++) {
      let bits = 0;
      for (let group = 0; group < groupCount; group++) bits += this.#bits[frameClass]![group]![this.modes[group]!]!;
      if (bits >= least) continue;
      least = bits;
      this.frameClass = frameClass;
    }
    return true;
  }

  /** How far each coefficient lies at most from what it was in the window, [coefficients]; valid until the next call. */
  measure(history: MotionHistory, timestampMs: number, windowMs: number, values: Int16Array): Int32Array {
    this.#span.fill(0);
    for (let at = 0; at < history.count; at++) {
      const state = history.at(at);
      if (timestampDistanceMs(timestampMs, state.timestampMs) > windowMs) continue;
      for (let index = 0; index < values.length; index++) {
        const distance = Math.abs(values[index]! - state.values[index]!);
        if (distance > this.#span[index]!) this.#span[index] = distance;
      }
    }
    return this.#span;
  }

  statesWithin(history: MotionHistory, timestampMs: number, windowMs: number): number {
    let count = 0;
    for (let at = 0; at < history.count; at++) if (timestampDistanceMs(timestampMs, history.at(at).timestampMs) <= windowMs) count++;
    return count;
  }

  /** The most steps that any coefficient has gone in the window; 0 where a receiver who has any state of it has this one. */
  farthest(history: MotionHistory, timestampMs: number, windowMs: number, values: Int16Array): number {
    return this.measure(history, timestampMs, windowMs, values).reduce((most, distance) => Math.max(most, distance), 0);
  }
}
