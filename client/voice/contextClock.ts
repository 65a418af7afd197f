/** Messages that the relation between the clocks is taken from: ten seconds' worth. */
const WINDOW = 500;
/** From the middle of an analysed frame to its posting at best, ms: half a frame, and a block of 128 samples. */
const POSTING_MS = 18;

/**
 * Relates an audio context's clock to the page's by when messages of the audio thread arrive. The least difference of the last
 * seconds counts: a busy page only ever reads them late. Pure.
 */
export class ContextClock {
  readonly #differences: number[] = [];
  #leastMs = Infinity;

  /** What an arrival at best has behind it, ms. */
  readonly postingMs = POSTING_MS;

  /** Takes a message about `contextMs` that arrived at `nowMs`. */
  observe(contextMs: number, nowMs: number): void {
    const difference = nowMs - contextMs;
    this.#differences.push(difference);
    if (difference <= this.#leastMs) this.#leastMs = difference;
    if (this.#differences.length > WINDOW) {
      const gone = this.#differences.shift()!;
      if (gone <= this.#leastMs) this.#leastMs = Math.min(...this.#differences);
    }
  }

  /** The page's time at a moment of the context, the way of a message included. */
  performanceMs(contextMs: number): number {
    return contextMs + this.#leastMs;
  }
}
