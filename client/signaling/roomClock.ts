import type { SignalingConnection } from './signalingConnection.ts';

const SAMPLES = 5;

/**
 * The clock that everyone in a room shares: the server's, estimated from the round trip with the least delay
 * (its error is at most half of that trip). Monotonic between syncs.
 */
export class RoomClock {
  /** Server time minus `performance.now()`. */
  #offsetMs: number | undefined;
  #roundTripMs = Infinity;

  /** Milliseconds of the room clock; before the first sync, this machine's own time. */
  nowMs(): number {
    return performance.now() + (this.#offsetMs ?? performance.timeOrigin);
  }

  /** The room clock at a moment of `performance.now()`. */
  at(performanceMs: number): number {
    return performanceMs + (this.#offsetMs ?? performance.timeOrigin);
  }

  /** Round trip of the sample in use, ms. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Asks a few times and keeps the best answer. */
  async sync(connection: SignalingConnection): Promise<void> {
    let best = { roundTripMs: Infinity, offsetMs: 0 };
    for (let i = 0; i < SAMPLES; i++) {
      const sentMs = performance.now();
      const { serverTimeMs } = await connection.request('connection:clock', {});
      const roundTripMs = performance.now() - sentMs;
      if (roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs: serverTimeMs - sentMs - roundTripMs / 2 };
    }
    this.#offsetMs = best.offsetMs;
    this.#roundTripMs = best.roundTripMs;
  }
}
