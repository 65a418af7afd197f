/** A sample's RTP timestamp and when its packet would have arrived without queueing. */
export interface RtpClockReading {
  readonly rtpTimestamp: number;
  readonly arrivedAtMs: number;
}

/**
 * Ties a stream's RTP timestamps to a clock: of the packets of a short window the one with the least transit counts,
 * since queues only ever add. Pure.
 */
export class RtpClock {
  readonly #ticksPerMs: number;
  readonly #window: number;
  #first: RtpClockReading | undefined;
  /** Arrival minus media time since the first packet, the least so far, ms. */
  #leastMs = Infinity;
  #packets = 0;

  /** @param window packets a reading is made of */
  constructor(clockHz: number, window: number) {
    this.#ticksPerMs = clockHz / 1000;
    this.#window = window;
  }

  /** Takes a packet; gives a reading with the window's last one, and begins anew. */
  push(rtpTimestamp: number, arrivedAtMs: number): RtpClockReading | undefined {
    this.#first ??= { rtpTimestamp, arrivedAtMs };
    // Signed distance modulo 2³².
    const ticks = (rtpTimestamp - this.#first.rtpTimestamp) | 0;
    this.#leastMs = Math.min(this.#leastMs, arrivedAtMs - this.#first.arrivedAtMs - ticks / this.#ticksPerMs);
    if (++this.#packets < this.#window) return undefined;
    const reading = { rtpTimestamp: this.#first.rtpTimestamp, arrivedAtMs: this.#first.arrivedAtMs + this.#leastMs };
    this.restart();
    return reading;
  }

  /** Forgets what came. */
  restart(): void {
    this.#first = undefined;
    this.#leastMs = Infinity;
    this.#packets = 0;
  }
}
