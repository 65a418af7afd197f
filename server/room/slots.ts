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

  /** The lowest slot that is free and has been for a while; undefined when there is none. */
  take(): number | undefined {
    const nowMs = this.#nowMs();
    for (let slot = 0; slot <= MOTION_SLOT_MAX; slot++) {
      if (this.#taken.has(slot) || (this.#pausedUntilMs.get(slot) ?? 0) > nowMs) continue;
      this.#pausedUntilMs.delete(slot);
      this.#taken.add(slot);
      return slot;
    }
    return undefined;
  }

  release(slot: number): void {
    if (this.#taken.delete(slot)) this.#pausedUntilMs.set(slot, this.#nowMs() + REUSE_PAUSE_MS);
  }
}
