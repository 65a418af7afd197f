/**
 * The queue in front of a slow line, as routers have it: first in, first out, the newest dropped when it is full. Pure: it says when
 * a datagram has left the line; whoever asks waits for that.
 */
export class RateQueue {
  readonly #bytesPerMs: number;
  readonly #queueBytes: number;
  /** When the line has sent all that was given to it. */
  #freeAtMs = -Infinity;

  constructor(kilobitsPerSecond: number, queueBytes: number) {
    this.#bytesPerMs = kilobitsPerSecond / 8;
    this.#queueBytes = queueBytes;
  }

  /** Moment at which a datagram that comes at `nowMs` is through the line, or undefined where the queue is full. */
  offer(bytes: number, nowMs: number): number | undefined {
    const waitingBytes = Math.max(0, this.#freeAtMs - nowMs) * this.#bytesPerMs;
    if (waitingBytes + bytes > this.#queueBytes) return undefined;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + bytes / this.#bytesPerMs;
    return this.#freeAtMs;
  }
}
