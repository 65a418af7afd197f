/** Frame intervals that are clearly too slow, and comfortably quick, ms. */
const SLOW_MS = 38;
const QUICK_MS = 20;
/** A verdict is made over this long, so that one hiccup changes nothing. */
const WINDOW_MS = 900;
const STEP_DOWN = 0.8;
const STEP_UP = 1.12;

/**
 * The share of every avatar's points that this device can draw, found from the pace of its frames: falls quickly,
 * rises carefully, and after a rise that had to be taken back waits longer before the next try.
 */
export class AdaptiveBudget {
  readonly #slowestShare: number;
  #share = 1;
  #windowStartMs: number | undefined;
  #frames = 0;
  #lastMs: number | undefined;
  #quickWindows = 0;
  #patience = 3;

  /** @param options.slowestShare the least share, however slow the frames come. */
  constructor(options: { slowestShare: number }) {
    this.#slowestShare = options.slowestShare;
  }

  get share(): number {
    return this.#share;
  }

  /** To be called once a frame; returns the share to draw. */
  measure(nowMs: number): number {
    // A pause (a hidden tab, a breakpoint) is no slow frame.
    if (this.#lastMs === undefined || nowMs - this.#lastMs > 2500) this.#restart(nowMs);
    this.#lastMs = nowMs;
    this.#frames++;
    const elapsedMs = nowMs - this.#windowStartMs!;
    if (elapsedMs < WINDOW_MS || this.#frames < 3) return this.#share;
    const intervalMs = elapsedMs / (this.#frames - 1);
    if (intervalMs > SLOW_MS) {
      this.#share = Math.max(this.#slowestShare, this.#share * STEP_DOWN);
      if (this.#quickWindows < 0) this.#patience = Math.min(24, this.#patience * 2);
      this.#quickWindows = 0;
    } else if (intervalMs < QUICK_MS && this.#share < 1 && ++this.#quickWindows >= this.#patience) {
      this.#share = Math.min(1, this.#share * STEP_UP);
      this.#quickWindows = -2; // Falling back within the next two windows counts as a failed try.
    }
    this.#restart(nowMs);
    return this.#share;
  }

  #restart(nowMs: number): void {
    this.#windowStartMs = nowMs;
    this.#frames = 1;
  }
}
