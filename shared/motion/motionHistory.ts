import { timestampDistanceMs } from './timestampDistance.ts';

/** States kept: what 1.5 s hold at 60 frames a second, and some more. */
const CAPACITY = 96;

/** One quantised state of a face at its capture time. */
export interface MotionState {
  timestampMs: number;
  readonly values: Int16Array;
  tracked: boolean;
}

/** The latest states that were sent, or received. A ring: nothing is allocated after the start. */
export class MotionHistory {
  readonly #states: MotionState[];
  #count = 0;
  #oldest = 0;

  constructor(coefficientCount: number) {
    this.#states = Array.from({ length: CAPACITY }, () => ({ timestampMs: 0, values: new Int16Array(coefficientCount), tracked: false }));
  }

  clear(): void {
    this.#count = 0;
    this.#oldest = 0;
  }

  /** Makes room for a state, which forgets the one pushed longest ago; the caller fills it. */
  push(timestampMs: number, tracked: boolean): MotionState {
    const at = this.#count < CAPACITY ? this.#count++ : this.#oldest++ % CAPACITY;
    if (this.#oldest === CAPACITY) this.#oldest = 0;
    const state = this.#states[at]!;
    state.timestampMs = timestampMs;
    state.tracked = tracked;
    return state;
  }

  get count(): number {
    return this.#count;
  }

  /** In no order, index in [0, count). */
  at(index: number): MotionState {
    return this.#states[index]!;
  }

  /** The newest state before a moment, no more than `withinMs` before it. */
  newestBefore(timestampMs: number, withinMs: number): MotionState | undefined {
    let found: MotionState | undefined;
    let best = withinMs + 1;
    for (let index = 0; index < this.#count; index++) {
      const age = timestampDistanceMs(timestampMs, this.#states[index]!.timestampMs);
      if (age <= 0 || age >= best) continue;
      best = age;
      found = this.#states[index]!;
    }
    return found;
  }

  has(timestampMs: number): boolean {
    for (let index = 0; index < this.#count; index++) if (this.#states[index]!.timestampMs === timestampMs) return true;
    return false;
  }
}
