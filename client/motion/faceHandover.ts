import type { RigPose } from '../../shared/rig/rigPose.ts';
import { mixPoses, restPose } from './restPose.ts';

/** How a face that the camera has lost gives way to one that lives without it. */
export interface GivingWay {
  /** The camera's next picture is waited for this long after the last one. */
  readonly patienceMs: number;
  readonly easeMs: number;
  /** Wholly, within the time: a face that means something, as one that speaks. Otherwise it only comes back to life, step by step. */
  readonly wholly: boolean;
}

/** Where the avatar only comes back to life: share of the living face taken over with each step. */
const REVIVING_SHARE = 0.2;
const FACE_BACK_EASE_MS = 350;
/** A face that was hidden for longer than this, and than so many pictures, is not taken up where it now is at once. */
const HIDDEN_MS = 200;
const HIDDEN_PICTURES = 3;

/** Hands the avatar over between a tracked face and one that moves without a camera, gradually both ways. Pure. */
export class FaceHandover {
  #shown: RigPose = restPose();
  #lastTracked: RigPose = restPose();
  #lastSeenMs = -Infinity;
  /** What was shown when the camera saw a face again, and when that was. */
  #comingBack: { from: RigPose; sinceMs: number } | undefined;
  #driven = true;

  /** What the avatar shows. */
  get shown(): RigPose {
    return this.#shown;
  }

  /** When the camera last saw the face, on the clock of the times handed in; −∞ before the first time. */
  get lastSeenMs(): number {
    return this.#lastSeenMs;
  }

  /**
   * The camera saw this face. Gives what to show.
   * @param intervalMs between two pictures, about: a slow tracker's next one may come too late to ease towards
   */
  see(tracked: RigPose, timeMs: number, intervalMs: number): RigPose {
    const hidden = timeMs - this.#lastSeenMs > Math.max(HIDDEN_MS, HIDDEN_PICTURES * intervalMs);
    if (this.#driven || hidden) this.#comingBack = { from: this.#shown, sinceMs: timeMs };
    this.#driven = false;
    this.#lastSeenMs = timeMs;
    this.#lastTracked = tracked;
    const t = this.#comingBack ? (timeMs + intervalMs - this.#comingBack.sinceMs) / FACE_BACK_EASE_MS : 1;
    if (t >= 1) this.#comingBack = undefined;
    this.#shown = this.#comingBack ? mixPoses(this.#comingBack.from, tracked, t * t * (3 - 2 * t)) : tracked;
    return this.#shown;
  }

  /** The camera is on and says nothing. Gives what to show; undefined while its next picture may still come. */
  miss(living: () => RigPose, timeMs: number, { patienceMs, easeMs, wholly }: GivingWay): RigPose | undefined {
    const lostMs = timeMs - this.#lastSeenMs - patienceMs;
    if (lostMs <= 0) return undefined;
    const t = Math.min(1, lostMs / easeMs);
    return this.drive(wholly ? mixPoses(this.#lastTracked, living(), t) : mixPoses(this.#shown, living(), t * REVIVING_SHARE));
  }

  /** Something other than a camera moves the face. Gives what to show. */
  drive(pose: RigPose): RigPose {
    this.#driven = true;
    this.#shown = pose;
    return pose;
  }

  /** The camera is off: what it saw counts no more. */
  forget(): void {
    this.#lastSeenMs = -Infinity;
    this.#lastTracked = this.#shown;
    this.#comingBack = undefined;
    this.#driven = true;
  }
}
