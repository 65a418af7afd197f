import { angleBetween } from '../motion/rotation.ts';
import type { Quaternion, Vector3 } from '../motion/rotation.ts';

/** Where a head was measured to be. */
export interface MeasuredHead {
  readonly cameraFromHeadRotation: Quaternion;
  readonly cameraFromHeadMeters: Vector3;
}

/** Nobody turns or moves the head faster, radians and metres a second; allowance for jitter on top, radians and metres. */
const FASTEST_TURN = 9;
const FASTEST_MOVE = 2.2;
const TURN_ALLOWANCE = 0.12;
const MOVE_ALLOWANCE = 0.04;
/** What goes on being measured for this long is believed after all: the head is there now. */
const BELIEVED_AFTER_MS = 180;
/** After this long without a picture anything may have happened. */
const FORGOTTEN_AFTER_MS = 600;

/**
 * Tells a head from a tracker's slip. A hand before the face, hair or the picture's edge make a tracker fit its mesh to
 * something else for a few pictures: the head seems to jump and jump back. Pictures that ask for an impossible movement
 * are left out, as if there had been no face; what stays is believed.
 */
export class JumpGuard {
  #last: { head: MeasuredHead; timeMs: number } | undefined;
  #doubtedSinceMs: number | undefined;

  reset(): void {
    this.#last = undefined;
    this.#doubtedSinceMs = undefined;
  }

  /** Whether a measurement is to be believed. Times rise. */
  believes(head: MeasuredHead, timeMs: number): boolean {
    const last = this.#last;
    if (last && timeMs - last.timeMs < FORGOTTEN_AFTER_MS && !this.#possible(last, head, timeMs)) {
      this.#doubtedSinceMs ??= timeMs;
      if (timeMs - this.#doubtedSinceMs < BELIEVED_AFTER_MS) return false;
    }
    this.#doubtedSinceMs = undefined;
    this.#last = { head, timeMs };
    return true;
  }

  #possible({ head, timeMs }: { head: MeasuredHead; timeMs: number }, now: MeasuredHead, nowMs: number): boolean {
    const seconds = Math.max(0, nowMs - timeMs) / 1000;
    const a = head.cameraFromHeadMeters, b = now.cameraFromHeadMeters;
    return angleBetween(head.cameraFromHeadRotation, now.cameraFromHeadRotation) < FASTEST_TURN * seconds + TURN_ALLOWANCE
      && Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < FASTEST_MOVE * seconds + MOVE_ALLOWANCE;
  }
}
