import type { RigPose } from '../../shared/rig/rigPose.ts';
import { mixPoses, restPose } from '../motion/restPose.ts';
import { addOffset, offsetBetween, smallerOffset } from './poseOffset.ts';
import type { PoseOffset } from './poseOffset.ts';
import type { TimedPose } from './timedPose.ts';

/**
 * `interpolated` between two frames, `extrapolated` a little beyond the newest, `held` where that came to rest,
 * `easing` back to the resting face after a long silence, or `resting`.
 */
export type PlayoutState = 'interpolated' | 'extrapolated' | 'held' | 'easing' | 'resting';

/** A point of a trajectory and what it was made of. */
export interface TrajectoryPoint {
  readonly pose: RigPose;
  readonly state: PlayoutState;
  /** The frames around the moment; equal when only one counted, undefined at rest. */
  readonly from: TimedPose | undefined;
  readonly to: TimedPose | undefined;
  /** Share of `to` in an interpolation, in [0, 1]. */
  readonly mix: number;
}

export interface TrajectoryOptions {
  /** Beyond the newest frame the last speed is carried on and brought to zero over this time, ms. */
  readonly extrapolationMs: number;
  /** With nothing newer the pose is held this long at least, then eases to rest over `easeMs`. */
  readonly holdMs: number;
  readonly easeMs: number;
}

/** Frames kept: about two seconds at 30 Hz. */
const CAPACITY = 64;
/** A resting sender's next frame says that the face moves again: from rest to there in about one frame. */
const WAKE_MS = 40;
/** So does any frame after a gap longer than this and than so many usual intervals: the face was held meanwhile. */
const PAUSE_MS = 150;
const PAUSE_INTERVALS = 1.7;
/** Speeds between frames farther apart than this say nothing about the next moment. */
const SPEED_GAP_MS = 120;
/** How long a resting sender may be silent before it counts as gone, and the most that any sender may. */
const STILL_HOLD_MS = 2500;
const LONGEST_HOLD_MS = 5000;

/** A sender's pose as a function of its media time, made from the frames that are here. Pure. */
export class Trajectory {
  readonly #options: TrajectoryOptions;
  /** Sorted by capture time, oldest first. */
  readonly #frames: TimedPose[] = [];
  /** Change over one millisecond at the newest frame; undefined until asked for. */
  #speed: PoseOffset | 'none' | undefined;

  constructor(options: TrajectoryOptions) {
    this.#options = options;
  }

  get newest(): TimedPose | undefined {
    return this.#frames.at(-1);
  }

  /** Median spacing of the kept frames, ms, pauses of a resting face left out; 33 before there is one. */
  get intervalMs(): number {
    const frames = this.#frames;
    const spacings: number[] = [];
    for (let i = Math.max(1, frames.length - 9); i < frames.length; i++) {
      if (!frames[i - 1]!.still) spacings.push(frames[i]!.captureTimestampMs - frames[i - 1]!.captureTimestampMs);
    }
    return spacings.sort((a, b) => a - b)[spacings.length >> 1] ?? 33;
  }

  /** Puts a frame in its place. False: it is there already. */
  insert(frame: TimedPose): boolean {
    const frames = this.#frames;
    let index = frames.length;
    while (index > 0 && frames[index - 1]!.captureTimestampMs > frame.captureTimestampMs) index--;
    if (index > 0 && frames[index - 1]!.captureTimestampMs === frame.captureTimestampMs) return false;
    frames.splice(index, 0, frame);
    if (frames.length > CAPACITY) frames.shift();
    this.#speed = undefined;
    return true;
  }

  /** Frames whose successors are before this moment will not be asked for again; a few stay for the speed. */
  forgetBefore(mediaTimeMs: number): void {
    let count = 0;
    while (count + 9 < this.#frames.length && this.#frames[count + 1]!.captureTimestampMs <= mediaTimeMs) count++;
    if (count > 0) this.#frames.splice(0, count);
  }

  clear(): void {
    this.#frames.length = 0;
    this.#speed = undefined;
  }

  /** The pose at a moment of media time. */
  at(mediaTimeMs: number): TrajectoryPoint {
    const newest = this.newest;
    if (!newest) return { pose: restPose(), state: 'resting', from: undefined, to: undefined, mix: 1 };
    if (mediaTimeMs >= newest.captureTimestampMs) return this.#beyond(newest, mediaTimeMs - newest.captureTimestampMs);
    let index = this.#frames.length - 1;
    while (index > 0 && this.#frames[index - 1]!.captureTimestampMs > mediaTimeMs) index--;
    const to = this.#frames[index]!;
    const from = this.#frames[index - 1];
    if (!from) return { pose: to.pose, state: 'held', from: to, to, mix: 1 };
    const paused = from.still || to.captureTimestampMs - from.captureTimestampMs > Math.max(PAUSE_MS, PAUSE_INTERVALS * this.intervalMs);
    const startMs = paused ? Math.max(from.captureTimestampMs, to.captureTimestampMs - WAKE_MS) : from.captureTimestampMs;
    const mix = Math.max(0, (mediaTimeMs - startMs) / (to.captureTimestampMs - startMs));
    return { pose: mixPoses(from.pose, to.pose, mix), state: 'interpolated', from, to, mix };
  }

  #beyond(newest: TimedPose, beyondMs: number): TrajectoryPoint {
    const around = { from: newest, to: newest, mix: 1 };
    if (beyondMs === 0) return { pose: newest.pose, state: 'interpolated', ...around };
    const { extrapolationMs, easeMs } = this.#options;
    const coasting = Math.min(beyondMs, extrapolationMs);
    const speed = this.#speedOf(newest);
    // Speed falls in a straight line to zero: a soft stop, half as far as it would have gone.
    const coasted = speed === 'none' || extrapolationMs === 0 ? newest.pose : addOffset(newest.pose, speed, coasting - coasting ** 2 / (2 * extrapolationMs));
    if (beyondMs < extrapolationMs) return { pose: coasted, state: 'extrapolated', ...around };
    const silentMs = beyondMs - this.#holdMs(newest);
    if (silentMs <= 0) return { pose: coasted, state: 'held', ...around };
    const t = Math.min(1, silentMs / easeMs);
    if (t >= 1) return { pose: restPose(), state: 'resting', from: undefined, to: undefined, mix: 1 };
    return { pose: mixPoses(coasted, restPose(), t * t * (3 - 2 * t)), state: 'easing', ...around };
  }

  /** Long enough for the rate that the sender (or the server, for this viewer) has chosen. */
  #holdMs(newest: TimedPose): number {
    const frames = this.#frames;
    let longestGapMs = 0;
    for (let i = Math.max(1, frames.length - 4); i < frames.length; i++) {
      longestGapMs = Math.max(longestGapMs, frames[i]!.captureTimestampMs - frames[i - 1]!.captureTimestampMs);
    }
    return Math.min(LONGEST_HOLD_MS, Math.max(this.#options.holdMs, 2.5 * longestGapMs, newest.still ? STILL_HOLD_MS : 0));
  }

  #speedOf(newest: TimedPose): PoseOffset | 'none' {
    return this.#speed ??= this.#measureSpeed(newest);
  }

  /**
   * What the last two steps agree on, a millisecond's share of it: quantisation and a turn of direction are no motion.
   * @returns `none` where the face rests or frames are too far apart
   */
  #measureSpeed(newest: TimedPose): PoseOffset | 'none' {
    const before = this.#frames.at(-2);
    const first = this.#frames.at(-3);
    if (newest.still || !before || !first) return 'none';
    const lastMs = newest.captureTimestampMs - before.captureTimestampMs;
    const earlierMs = before.captureTimestampMs - first.captureTimestampMs;
    if (lastMs > SPEED_GAP_MS || earlierMs > SPEED_GAP_MS) return 'none';
    const step = smallerOffset(offsetBetween(first.pose, before.pose), offsetBetween(before.pose, newest.pose), lastMs / earlierMs);
    return perMillisecond(step, lastMs);
  }
}

function perMillisecond(step: PoseOffset, durationMs: number): PoseOffset {
  const [x, y, z, w] = step.rotation;
  const sine = Math.hypot(x, y, z);
  const angle = 2 * Math.atan2(sine, w) / durationMs;
  const k = sine > 1e-9 ? Math.sin(angle / 2) / sine : 0;
  const [px, py, pz] = step.positionMeters;
  return {
    weights: step.weights.map((weight) => weight / durationMs),
    rotation: [x * k, y * k, z * k, Math.cos(angle / 2)],
    positionMeters: [px / durationMs, py / durationMs, pz / durationMs],
  };
}
