/** A token bucket: `burst` events at once, `perSecond` in the long run. */
export class RateBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #lastMs: number;

  constructor(options: { perSecond: number; burst: number; nowMs: () => number }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#nowMs = options.nowMs;
    this.#tokens = options.burst;
    this.#lastMs = options.nowMs();
  }

  /** Takes one event out of the budget; false when there is none left. */
  take(): boolean {
    const nowMs = this.#nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#lastMs) / 1000 * this.#perSecond);
    this.#lastMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
