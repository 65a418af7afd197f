import { MOTION_SLOT_MAX } from '../../shared/motion/motionBundle.ts';

/** How long a slot given up is not given away: frames that name it are still on their way, and faces still shown. */
const REUSE_PAUSE_MS = 10_000;

/** The seat numbers of a room: small, since bundles name everybody by them. */
export class Slots {
  readonly #nowMs: () => number;
  readonly #taken = new Set<number>();
  /** When each slot may be given away again. */
  readonly #pausedUntilMs = new Map<number, number>();

  /** @param nowMs a monotonic clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * The lowest slot that is free and has been for a while; where there is none, the one free for longest. Undefined when
   * all are taken.
   */
  take(): number | undefined {
    const nowMs = this.#nowMs();
    let best: number | undefined;
    let bestPausedUntilMs = Infinity;
    for (let slot = 0; slot <= MOTION_SLOT_MAX && bestPausedUntilMs > nowMs; slot++) {
      const pausedUntilMs = this.#pausedUntilMs.get(slot) ?? 0;
      if (this.#taken.has(slot) || pausedUntilMs >= bestPausedUntilMs) continue;
      best = slot;
      bestPausedUntilMs = pausedUntilMs;
    }
    if (best === undefined) return undefined;
    this.#pausedUntilMs.delete(best);
    this.#taken.add(best);
    return best;
  }

  release(slot: number): void {
    if (this.#taken.delete(slot)) this.#pausedUntilMs.set(slot, this.#nowMs() + REUSE_PAUSE_MS);
  }
}
