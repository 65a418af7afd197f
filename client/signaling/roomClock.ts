import type { SignalingConnection } from './signalingConnection.ts';

const SAMPLES = 5;
/** Answers remembered: the one with the shortest trip counts, however busy the page was when it asked the last ones. */
const REMEMBERED = 40;
/** Clocks of two machines drift apart by up to some 50 millionths: an old answer is worth less by as much. */
const DRIFT_SHARE = 50e-6;
/** A better estimate is reached by running this much faster or slower, which motion does not show. */
const SLEW_SHARE = 0.005;
/** Unless it is farther off than this: then something is wrong, and it is put right at once. */
const STEP_MS = 250;

interface ClockAnswer {
  /** `performance.now()` at its arrival. */
  readonly atMs: number;
  readonly roundTripMs: number;
  /** Server time minus `performance.now()`. */
  readonly offsetMs: number;
}

/**
 * The clock that everyone in a room shares: the server's, estimated from the round trip with the least delay (its error
 * is at most half of that trip). Monotonic, and without steps once it runs.
 */
export class RoomClock {
  readonly #answers: ClockAnswer[] = [];
  /** In use at `#sinceMs`, on its way to `#wantedMs`. */
  #offsetMs: number | undefined;
  #wantedMs = 0;
  #sinceMs = 0;
  #roundTripMs = Infinity;

  /** Milliseconds of the room clock; before the first sync, this machine's own time. */
  nowMs(): number {
    return this.at(performance.now());
  }

  /** The room clock at a moment of `performance.now()`. */
  at(performanceMs: number): number {
    if (this.#offsetMs === undefined) return performanceMs + performance.timeOrigin;
    const most = Math.max(0, performanceMs - this.#sinceMs) * SLEW_SHARE;
    return performanceMs + this.#offsetMs + Math.min(most, Math.max(-most, this.#wantedMs - this.#offsetMs));
  }

  /** Round trip of the answer in use, ms: twice the largest error. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Asks a few times and keeps to the best answer of late. */
  async sync(connection: SignalingConnection): Promise<void> {
    const answers: ClockAnswer[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const sentMs = performance.now();
      const { serverTimeMs } = await connection.request('connection:clock', {});
      const atMs = performance.now();
      answers.push({ atMs, roundTripMs: atMs - sentMs, offsetMs: serverTimeMs - (sentMs + atMs) / 2 });
    }
    this.take(answers);
  }

  /** Learns from answers, oldest first; at least one. */
  take(answers: readonly ClockAnswer[]): void {
    this.#answers.push(...answers);
    this.#answers.splice(0, Math.max(0, this.#answers.length - REMEMBERED));
    const newest = answers.at(-1)!;
    const worth = ({ atMs, roundTripMs }: ClockAnswer): number => roundTripMs / 2 + (newest.atMs - atMs) * DRIFT_SHARE;
    let best = newest;
    for (const other of this.#answers) {
      // An old answer that contradicts the new one by more than both can err is of another clock.
      const contradicts = Math.abs(other.offsetMs - newest.offsetMs) > worth(other) + worth(newest) + 1;
      if (!contradicts && worth(other) < worth(best)) best = other;
    }
    this.#use(best, newest.atMs);
  }

  #use({ offsetMs, roundTripMs }: ClockAnswer, nowMs: number): void {
    const presentMs = this.#offsetMs === undefined ? undefined : this.at(nowMs) - nowMs;
    this.#offsetMs = presentMs === undefined || Math.abs(offsetMs - presentMs) > STEP_MS ? offsetMs : presentMs;
    this.#wantedMs = offsetMs;
    this.#sinceMs = nowMs;
    this.#roundTripMs = roundTripMs;
  }
}
