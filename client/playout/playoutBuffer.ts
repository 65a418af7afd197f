import { sequenceDistance } from '../../shared/protocol/poseFrame.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { mixPoses, restPose } from '../motion/restPose.ts';

/** A pose as it came off the wire. */
export interface TimedPose {
  /** 16 bits, wraps. */
  readonly sequenceNumber: number;
  /** The sender's own clock; only differences mean anything here. */
  readonly captureTimestampMs: number;
  readonly pose: RigPose;
}

/** What was shown at one moment and what it was made of. */
export interface PlayedPose {
  readonly pose: RigPose;
  /** Moment shown, on the sender's clock. */
  readonly mediaTimeMs: number;
  /** `interpolated` between two frames, `held` at the newest, `easing` towards rest, or `resting`. */
  readonly state: 'interpolated' | 'held' | 'easing' | 'resting';
  /** The frames around the moment; equal when only one counted. Undefined at rest. */
  readonly from: TimedPose | undefined;
  readonly to: TimedPose | undefined;
}

export interface PlayoutOptions {
  /** Delay bounds, ms. The delay follows the network's jitter between them. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** With nothing newer, the last pose is held this long, then eases to rest over `easeMs`. */
  readonly holdMs: number;
  readonly easeMs: number;
}

export const DEFAULT_PLAYOUT: PlayoutOptions = { minDelayMs: 30, maxDelayMs: 300, holdMs: 350, easeMs: 900 };

export interface PlayoutCounters {
  readonly received: number;
  /** Arrived after their moment had been shown, or twice. */
  readonly late: number;
  readonly duplicate: number;
  /** Sequence numbers never seen, counted once overtaken by a whole buffer. */
  readonly lost: number;
}

/** Frames kept: about two seconds at 30 Hz. */
const CAPACITY = 64;
/** Transit times remembered for the delay estimate: about four seconds at 30 Hz. */
const TRANSIT_WINDOW = 128;
/** The delay may stretch or squeeze media time by at most this much, which no eye notices in a face. */
const DELAY_SLEW_PER_MS = 0.05;
/** A jump of the sender's clock beyond this is a new stream (a reload, a sleeping laptop), not jitter. */
const CLOCK_JUMP_MS = 3000;

/**
 * Puts a remote participant's frames back on an even time line: shows the sender's face a small, jitter-sized
 * delay ago, interpolated between the two frames around that moment. Pure: time comes in as an argument.
 */
export class PlayoutBuffer {
  readonly #options: PlayoutOptions;
  /** Sorted by capture time, oldest first. */
  #frames: TimedPose[] = [];
  /** Arrival minus capture, newest last: network transit plus an unknown but constant clock offset. */
  #transits: number[] = [];
  #highestSequence: number | undefined;
  #delayMs: number;
  #wantedDelayMs: number;
  #baseTransitMs = 0;
  #lastSampleMs: number | undefined;
  #lastMediaTimeMs = -Infinity;
  #received = 0;
  #late = 0;
  #duplicate = 0;
  #lost = 0;

  constructor(options: PlayoutOptions = DEFAULT_PLAYOUT) {
    this.#options = options;
    this.#delayMs = options.minDelayMs;
    this.#wantedDelayMs = options.minDelayMs;
  }

  get counters(): PlayoutCounters {
    return { received: this.#received, late: this.#late, duplicate: this.#duplicate, lost: this.#lost };
  }

  /** Current delay behind the fastest frame's arrival, ms. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Takes a frame that arrived at `nowMs` (this machine's monotonic clock). Order and duplicates do not matter. */
  push(frame: TimedPose, nowMs: number): void {
    this.#received++;
    const newest = this.#frames.at(-1);
    if (newest && Math.abs(frame.captureTimestampMs - newest.captureTimestampMs) > CLOCK_JUMP_MS) this.#restart();
    if (this.#frames.some((kept) => kept.captureTimestampMs === frame.captureTimestampMs)) {
      this.#duplicate++;
      return;
    }
    this.#countLoss(frame.sequenceNumber);
    this.#observeTransit(nowMs - frame.captureTimestampMs);
    if (frame.captureTimestampMs < this.#lastMediaTimeMs) {
      this.#late++;
      // Still worth keeping when it is the newest there is: it says where the face went.
      if (newest && frame.captureTimestampMs < newest.captureTimestampMs) return;
    }
    let index = this.#frames.length;
    while (index > 0 && this.#frames[index - 1]!.captureTimestampMs > frame.captureTimestampMs) index--;
    this.#frames.splice(index, 0, frame);
    if (this.#frames.length > CAPACITY) this.#frames.shift();
  }

  /** The pose to show at `nowMs`. Media time never runs backwards within a stream. */
  sample(nowMs: number): PlayedPose {
    const newest = this.#frames.at(-1);
    if (!newest) return { pose: restPose(), mediaTimeMs: 0, state: 'resting', from: undefined, to: undefined };
    this.#slewDelay(nowMs);
    const mediaTimeMs = Math.max(this.#lastMediaTimeMs, nowMs - this.#baseTransitMs - this.#delayMs);
    this.#lastMediaTimeMs = mediaTimeMs;

    if (mediaTimeMs >= newest.captureTimestampMs) return this.#afterNewest(newest, mediaTimeMs);
    let index = this.#frames.length - 1;
    while (index > 0 && this.#frames[index - 1]!.captureTimestampMs > mediaTimeMs) index--;
    const to = this.#frames[index]!;
    const from = this.#frames[index - 1];
    // Media time never goes back: nothing before `from` can be needed again.
    if (index > 1) this.#frames.splice(0, index - 1);
    if (!from) return { pose: to.pose, mediaTimeMs, state: 'held', from: to, to };
    const t = (mediaTimeMs - from.captureTimestampMs) / (to.captureTimestampMs - from.captureTimestampMs);
    return { pose: mixPoses(from.pose, to.pose, t), mediaTimeMs, state: 'interpolated', from, to };
  }

  #afterNewest(newest: TimedPose, mediaTimeMs: number): PlayedPose {
    const { holdMs, easeMs } = this.#options;
    const silentMs = mediaTimeMs - newest.captureTimestampMs;
    if (silentMs <= holdMs) return { pose: newest.pose, mediaTimeMs, state: 'held', from: newest, to: newest };
    const t = Math.min(1, (silentMs - holdMs) / easeMs);
    if (t >= 1) return { pose: restPose(), mediaTimeMs, state: 'resting', from: undefined, to: undefined };
    const eased = t * t * (3 - 2 * t);
    return { pose: mixPoses(newest.pose, restPose(), eased), mediaTimeMs, state: 'easing', from: newest, to: newest };
  }

  #restart(): void {
    this.#frames = [];
    this.#transits = [];
    this.#highestSequence = undefined;
    this.#lastMediaTimeMs = -Infinity;
    this.#lastSampleMs = undefined;
    this.#delayMs = this.#options.minDelayMs;
  }

  #countLoss(sequenceNumber: number): void {
    if (this.#highestSequence === undefined) {
      this.#highestSequence = sequenceNumber;
      return;
    }
    const ahead = sequenceDistance(sequenceNumber, this.#highestSequence);
    if (ahead > 0) {
      this.#lost += ahead - 1;
      this.#highestSequence = sequenceNumber;
    } else if (ahead < 0 && this.#lost > 0) {
      this.#lost--; // It was late, not lost.
    }
  }

  /**
   * The delay covers the spread of transit times (95th percentile over the fastest) plus one frame interval, so
   * that the frame after the shown moment has nearly always arrived.
   */
  #observeTransit(transitMs: number): void {
    const transits = this.#transits;
    transits.push(transitMs);
    if (transits.length > TRANSIT_WINDOW) transits.shift();
    const sorted = transits.toSorted((a, b) => a - b);
    const fastest = sorted[0]!;
    const slow = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))]!;
    this.#baseTransitMs = fastest;
    const { minDelayMs, maxDelayMs } = this.#options;
    this.#wantedDelayMs = Math.min(maxDelayMs, Math.max(minDelayMs, slow - fastest + this.#frameIntervalMs()));
  }

  /** Spacing of the kept frames' capture times that nine in ten stay under, ms. */
  #frameIntervalMs(): number {
    const spacings: number[] = [];
    for (let i = 1; i < this.#frames.length; i++) {
      spacings.push(this.#frames[i]!.captureTimestampMs - this.#frames[i - 1]!.captureTimestampMs);
    }
    spacings.sort((a, b) => a - b);
    return spacings[Math.floor(spacings.length * 0.9)] ?? 33;
  }

  #slewDelay(nowMs: number): void {
    const elapsedMs = this.#lastSampleMs === undefined ? Infinity : Math.max(0, nowMs - this.#lastSampleMs);
    this.#lastSampleMs = nowMs;
    const step = elapsedMs * DELAY_SLEW_PER_MS;
    this.#delayMs += Math.min(step, Math.max(-step, this.#wantedDelayMs - this.#delayMs));
  }
}
