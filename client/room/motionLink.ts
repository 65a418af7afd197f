import { MotionEncoder } from '../../shared/motion/motionEncoder.ts';
import { MOTION_TICK_MS, readMotionHeader } from '../../shared/motion/motionHeader.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';
import { MOTION_REPORT_URGENT_INTERVAL_MS } from '../../shared/motion/motionReport.ts';
import type { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import type { RoomClock } from '../signaling/roomClock.ts';
import { BundleReceiver } from '../transport/bundleReceiver.ts';
import { InterestPlanner } from './interestPlanner.ts';
import type { FaceSight } from './interestPlanner.ts';
import type { Participant } from './participant.ts';
import type { PoseSample } from './poseDriver.ts';

/** The channel out, as `PoseTransport` has it. */
export interface MotionChannel {
  readonly ready: boolean;
  readonly droppedFrames: number;
  /** Sends now or drops, and says which. */
  send(bytes: Uint8Array): boolean;
  sendText(text: string): void;
}

export interface MotionLinkOptions {
  readonly clock: RoomClock;
  readonly diagnostics: DiagnosticsRecorder;
  /** Everyone in the room as this page knows them. */
  participants(): readonly Participant[];
  /** Tells the server what this viewer wants of whom, by slot. */
  sendInterest(levels: [number, MotionLevel][]): Promise<unknown>;
}

/** A page whose timer comes this much late has stood still: what has come meanwhile has to be read before it is judged. */
const STALL_MS = 60;
/** The shortest step in time that the encoder makes a frame of. */
const OVERTAKEN_STEP_MS = 16;

/** Motion of one stay in a room: the own face out, everybody's in, and what the relay is told about both. */
export class MotionLink {
  readonly #options: MotionLinkOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #interest = new InterestPlanner();
  #channel: MotionChannel | undefined;
  #encoder = new MotionEncoder();
  #bundles = new BundleReceiver();
  #lastCaptureMs = -Infinity;
  #unreadable = 0;
  #tickMs = performance.now();

  constructor(options: MotionLinkOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), MOTION_REPORT_URGENT_INTERVAL_MS / 2);
  }

  /** Frames of this page that never left, and messages of others that could not be read. */
  get framesDropped(): number {
    return (this.#channel?.droppedFrames ?? 0) + this.#unreadable + this.#bundles.counters.unreadable;
  }

  /** Bundles that the network lost. */
  get bundlesLost(): number {
    return this.#bundles.counters.lost;
  }

  /** Motion flows over this channel from now on; undefined: over none. */
  useChannel(channel: MotionChannel | undefined): void {
    this.#channel = channel;
    this.#encoder = new MotionEncoder();
    this.#bundles = new BundleReceiver();
    this.#interest.forgetTold();
    // Another server's clock may be behind this one's.
    this.#lastCaptureMs = -Infinity;
  }

  /** Somebody has come who knows nothing of this face yet. */
  greet(): void {
    this.#encoder.requestKeyframe();
  }

  /** Sends one sample of the own face; dropped while the channel is not open or older frames still wait in it. */
  publish(sample: PoseSample): void {
    const channel = this.#channel;
    if (!channel) return;
    // The wire counts in ticks: no two frames may fall on one, or the second would pass for a copy of the first.
    let captureMs = Math.round(this.#options.clock.at(sample.captureMs) / MOTION_TICK_MS) * MOTION_TICK_MS;
    // What a slow tracker saw is older than what filled in for it meanwhile, and all the same the best that is known.
    if (captureMs <= this.#lastCaptureMs && sample.tracked) captureMs = this.#lastCaptureMs + OVERTAKEN_STEP_MS;
    if (captureMs <= this.#lastCaptureMs || !channel.ready) return;
    const captureTimestampMs = captureMs % 2 ** 32;
    const bytes = this.#encoder.encode({ captureTimestampMs, tracked: sample.tracked, ...sample.pose });
    this.#lastCaptureMs = captureMs;
    if (!bytes || !channel.send(bytes)) return;
    this.#options.diagnostics.sent({
      captureTimestampMs, capturedAtEpochMs: performance.timeOrigin + sample.captureMs, tracked: sample.tracked, bytes: bytes.length,
      pose: sample.pose, measuredWeights: sample.measuredWeights,
    });
  }

  /** A message of the room's bundle channel. */
  receiveBundle(bytes: Uint8Array): void {
    const { clock, diagnostics } = this.#options;
    const nowMs = clock.nowMs();
    const bundle = this.#bundles.receive(bytes, nowMs);
    if (!bundle) {
      diagnostics.count('bundlesUnreadable');
      return;
    }
    diagnostics.count('bundlesReceived');
    diagnostics.count('bundleBytesReceived', bytes.length);
    const bySlot = new Map(this.#options.participants().map((participant) => [participant.slot, participant]));
    for (const { slot, frame } of bundle.entries) {
      const participant = bySlot.get(slot);
      if (participant && !participant.isSelf) this.#takeFrame(participant, frame, bundle.tickTimestampMs, nowMs);
    }
  }

  /** A message of one participant's own channel, where the relay sends no bundles. */
  receiveFrame(participantId: string, bytes: Uint8Array): void {
    const nowMs = this.#options.clock.nowMs();
    const participant = this.#options.participants().find((other) => other.participantId === participantId);
    if (participant) this.#takeFrame(participant, bytes, Math.floor(nowMs) >>> 0, nowMs);
  }

  /** Looks at how everybody appears to this viewer, and tells the server what is worth sending, where that is new. */
  watch(sights: readonly FaceSight[], watching: boolean): void {
    if (!this.#channel) return;
    const levels = this.#interest.update(sights, watching, performance.now());
    if (!levels) return;
    this.#options.diagnostics.count('interestReports');
    this.#options.sendInterest(levels).catch(() => this.#interest.forgetTold());
  }

  /** What is asked of somebody's motion at present. */
  wishedLevel(slot: number): MotionLevel | undefined {
    return this.#interest.levelOf(slot);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#channel = undefined;
  }

  #takeFrame(participant: Participant, bytes: Uint8Array, nearTimestampMs: number, nowMs: number): void {
    const decoded = participant.decoder.decode(bytes, nearTimestampMs);
    const { diagnostics } = this.#options;
    if (!decoded) {
      const header = readMotionHeader(bytes);
      if (!header) this.#unreadable++;
      diagnostics.count(header ? 'framesWithoutUse' : 'framesUnreadable');
      return;
    }
    const { blendshapeWeights, headRotation, headPositionMeters } = decoded;
    // The wire carries the room clock modulo 2^32: put back the part that was cut off.
    const wholeNowMs = Math.floor(nowMs);
    const captureTimestampMs = wholeNowMs + ((decoded.captureTimestampMs - wholeNowMs) | 0);
    const frame = { captureTimestampMs, still: readMotionHeader(bytes)?.still ?? false, pose: { blendshapeWeights, headRotation, headPositionMeters } };
    participant.playout.push(frame, nowMs);
    diagnostics.received(participant.participantId, frame, bytes.length);
  }

  #tick(): void {
    const nowMs = performance.now();
    const stalled = nowMs - this.#tickMs > MOTION_REPORT_URGENT_INTERVAL_MS / 2 + STALL_MS;
    this.#tickMs = nowMs;
    if (stalled) setTimeout(() => this.#report(), 0);
    else this.#report();
  }

  #report(): void {
    const report = this.#channel?.ready ? this.#bundles.report(this.#options.clock.nowMs()) : undefined;
    if (report === undefined) return;
    this.#channel?.sendText(report);
    this.#options.diagnostics.count('linkReports');
  }
}
