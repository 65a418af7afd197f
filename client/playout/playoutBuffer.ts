import { MediaClock } from './mediaClock.ts';
import { addOffset, offsetBetween } from './poseOffset.ts';
import type { PoseOffset } from './poseOffset.ts';
import type { TimedPose } from './timedPose.ts';
import { Trajectory } from './trajectory.ts';
import type { TrajectoryPoint } from './trajectory.ts';

/** What was shown at one moment and what it was made of. */
export interface PlayedPose extends TrajectoryPoint {
  /** Moment shown, on the sender's media time (room clock at capture), ms. */
  readonly mediaTimeMs: number;
  /** Largest weight by which the pose still differs from its trajectory, while it glides over to newer knowledge. */
  readonly correction: number;
}

export interface PlayoutOptions {
  /** Most delay behind the fastest frame's arrival, ms; below it the delay follows the jitter. */
  readonly maxDelayMs: number;
  /** Not waited for, but foreseen: how far the shown moment usually runs beyond the newest frame at most, ms. */
  readonly reachMs: number;
  /** Beyond the newest frame motion is carried on and brought to rest over this time, ms. */
  readonly extrapolationMs: number;
  /** With nothing newer the pose is held this long at least, then eases to the resting face over `easeMs`. */
  readonly holdMs: number;
  readonly easeMs: number;
}

export const DEFAULT_PLAYOUT: PlayoutOptions = { maxDelayMs: 300, reachMs: 16, extrapolationMs: 60, holdMs: 400, easeMs: 900 };

export interface PlayoutCounters {
  readonly received: number;
  /** Arrived after their moment had been shown. */
  readonly late: number;
  readonly duplicate: number;
}

/** A jump of the sender's clock beyond this is a new stream (a reload, a sleeping laptop), not jitter. */
const CLOCK_JUMP_MS = 5000;
/** Time constant with which a wrongly foreseen pose glides to the right one: a share of the frame interval. */
const GLIDE_SHARE = 0.7;
const SHORTEST_GLIDE_MS = 20;
const LONGEST_GLIDE_MS = 220;
/** Out of the resting face, after a silence. */
const WAKING_GLIDE_MS = 120;
/** A step of media time that is this much longer than the time between two looks skips something. */
const CATCH_UP_MS = 30;
/** A rest of a correction that nobody sees. */
const NEGLIGIBLE = 1e-4;

/**
 * Puts a remote participant's frames back on an even time line and shows them a small delay ago, the delay that the
 * jitter needs. What is shown never jumps: where a frame tells that the face went elsewhere than foreseen, the
 * difference fades over about a frame, in one direction only. Pure: time comes in as an argument.
 */
export class PlayoutBuffer {
  readonly #clock: MediaClock;
  readonly #trajectory: Trajectory;
  /** The pose shown last minus its trajectory's. */
  #correction: PoseOffset | undefined;
  #correctionShare = 0;
  #glideMs = SHORTEST_GLIDE_MS;
  #shown: PlayedPose | undefined;
  #newFrames = false;
  #lookedMs = -Infinity;
  #received = 0;
  #late = 0;
  #duplicate = 0;

  constructor(options: PlayoutOptions = DEFAULT_PLAYOUT) {
    this.#clock = new MediaClock(options);
    this.#trajectory = new Trajectory(options);
  }

  get counters(): PlayoutCounters {
    return { received: this.#received, late: this.#late, duplicate: this.#duplicate };
  }

  /** Delay that playout adds behind the fastest frame's arrival, ms. */
  get delayMs(): number {
    return this.#trajectory.newest ? Math.max(0, this.#clock.lagMs - this.#clock.fastestTransitMs) : 0;
  }

  /** By the viewer's clock, how long ago the moment shown was captured, ms: voice that is to be in step plays that late. */
  get mediaLagMs(): number {
    return this.#clock.lagMs;
  }

  /** Nothing younger than this is shown, ms by the viewer's clock; reached gently. 0: as fresh as the network allows. */
  set minimumLagMs(lagMs: number) {
    this.#clock.minimumLagMs = lagMs > 0 ? lagMs : -Infinity;
  }

  /** The newest frame, shown or not. */
  get newest(): TimedPose | undefined {
    return this.#trajectory.newest;
  }

  /** Takes a frame that arrived at `nowMs` (the viewer's room clock, or any steady one). Order and duplicates do not matter. */
  push(frame: TimedPose, nowMs: number): void {
    this.#received++;
    const newest = this.#trajectory.newest;
    if (newest && newest.captureTimestampMs - frame.captureTimestampMs > CLOCK_JUMP_MS) this.#restart();
    if (!this.#trajectory.insert(frame)) {
      this.#duplicate++;
      return;
    }
    this.#clock.arrived(frame.captureTimestampMs, nowMs, this.#trajectory.intervalMs);
    if (this.#shown && frame.captureTimestampMs < this.#shown.mediaTimeMs) this.#late++;
    this.#newFrames = true;
  }

  /** The pose to show at `nowMs`. Media time never runs backwards within a stream, and the pose never jumps. */
  sample(nowMs: number): PlayedPose {
    const last = this.#shown;
    const mediaTimeMs = Math.max(last?.mediaTimeMs ?? -Infinity, this.#clock.advance(nowMs));
    // Having caught up with the sender, what was shown glides to where the face is now.
    const caughtUp = last !== undefined && mediaTimeMs - last.mediaTimeMs > nowMs - this.#lookedMs + CATCH_UP_MS;
    if (last && (this.#newFrames || caughtUp)) this.#correct(last, caughtUp ? mediaTimeMs : last.mediaTimeMs);
    this.#newFrames = false;
    this.#lookedMs = nowMs;
    const point = this.#trajectory.at(mediaTimeMs);
    this.#trajectory.forgetBefore(mediaTimeMs);
    const pose = this.#corrected(point, last && !caughtUp ? mediaTimeMs - last.mediaTimeMs : 0);
    this.#shown = { ...point, pose, mediaTimeMs, correction: this.#correction ? this.#correctionShare * largest(this.#correction) : 0 };
    return this.#shown;
  }

  /** New frames have changed what should have been shown: go on from what was, and let the difference fade. */
  #correct(last: PlayedPose, mediaTimeMs: number): void {
    const correction = offsetBetween(this.#trajectory.at(mediaTimeMs).pose, last.pose);
    this.#correction = largest(correction) < NEGLIGIBLE ? undefined : correction;
    this.#correctionShare = 1;
    const waking = mediaTimeMs !== last.mediaTimeMs || last.state === 'easing' || last.state === 'resting';
    const shortestMs = waking ? WAKING_GLIDE_MS : SHORTEST_GLIDE_MS;
    this.#glideMs = Math.min(LONGEST_GLIDE_MS, Math.max(shortestMs, this.#trajectory.intervalMs * GLIDE_SHARE));
  }

  #corrected({ pose }: TrajectoryPoint, elapsedMs: number): TrajectoryPoint['pose'] {
    if (!this.#correction) return pose;
    this.#correctionShare *= Math.exp(-elapsedMs / this.#glideMs);
    if (this.#correctionShare * largest(this.#correction) < NEGLIGIBLE) {
      this.#correction = undefined;
      return pose;
    }
    return addOffset(pose, this.#correction, this.#correctionShare);
  }

  #restart(): void {
    this.#trajectory.clear();
    this.#clock.restart();
    // What is shown glides over to the new stream; its time line begins anew.
    if (this.#shown) this.#shown = { ...this.#shown, mediaTimeMs: -Infinity };
  }
}

/** Weights, half angles and metres alike: 1e-4 of any of them is below what a screen shows. */
function largest(offset: PoseOffset): number {
  let most = Math.hypot(offset.rotation[0], offset.rotation[1], offset.rotation[2]);
  for (const weight of offset.weights) most = Math.max(most, Math.abs(weight));
  for (const meters of offset.positionMeters) most = Math.max(most, Math.abs(meters));
  return most;
}
