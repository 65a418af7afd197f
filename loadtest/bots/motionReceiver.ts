import { BundleReceiver } from '../../client/transport/bundleReceiver.ts';
import { motionCaptureTimestampMs, readMotionHeader } from '../../shared/motion/motionHeader.ts';
import { MOTION_LEVELS } from '../../shared/motion/motionLevel.ts';
import type { BundleCounters } from '../../client/transport/bundleReceiver.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';
import { MOTION_REPORT_URGENT_INTERVAL_MS } from '../../shared/motion/motionReport.ts';
import type { ParticipantInfo } from '../../shared/protocol/signaling.ts';
import type { SentFrames } from './sentFrames.ts';
import { WatchedFace } from './watchedFace.ts';
import type { ViewerMeter } from './viewerMeter.ts';

export interface MotionReceiverOptions {
  readonly watched: number;
  readonly wantedInFull: number;
  readonly meter: ViewerMeter;
  /** What a slot of this room has sent, where it is a bot of this process; only such are watched. */
  readonly sentBy: (slot: number) => SentFrames | undefined;
  readonly roomNowMs: () => number;
}

const SLOTS = 1_024;
const FULL = MOTION_LEVELS.at(-1)!;

/** A bot's receiving end: reads every bundle and every frame's header, times them, and plays out the faces it watches. */
export class MotionReceiver {
  readonly #options: MotionReceiverOptions;
  /** The browser's own: reads bundles and words the reports on this downlink. */
  readonly #bundles = new BundleReceiver();
  readonly #slots = new Map<string, number>();
  readonly #watched = new Map<number, WatchedFace>();
  /** Frames captured in the window, by slot. */
  readonly framesBySlot = new Uint32Array(SLOTS);
  /** Known once the seat is taken. */
  ownSlot = -1;
  #openedAtMs: number | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  messages = 0;
  bytes = 0;
  unreadable = 0;
  sendReport: (text: string) => void = () => {};
  onSlotsChange: () => void = () => {};

  constructor(options: MotionReceiverOptions) {
    this.#options = options;
  }

  participantCame({ participantId, slot }: ParticipantInfo): void {
    if (slot === this.ownSlot) return;
    this.#slots.set(participantId, slot);
    this.onSlotsChange();
  }

  participantLeft(participantId: string): void {
    const slot = this.#slots.get(participantId);
    if (slot === undefined) return;
    this.#slots.delete(participantId);
    this.#watched.delete(slot);
    this.onSlotsChange();
  }

  /** The others it wants in full, lowest slots after its own first (everybody looks at somebody else), and the rest. */
  wantedLevels(restLevel: MotionLevel): [number, MotionLevel][] {
    const { ownSlot } = this;
    const { wantedInFull } = this.#options;
    const distance = (slot: number): number => (slot - ownSlot + SLOTS) % SLOTS;
    return [...this.#slots.values()].sort((a, b) => distance(a) - distance(b))
      .map((slot, index) => [slot, index < wantedInFull ? FULL : restLevel]);
  }

  /** Slots of which every frame is wanted. */
  get fullSlots(): number[] {
    return this.wantedLevels('trickle').filter(([, level]) => level === FULL).map(([slot]) => slot);
  }

  channelOpened(): void {
    if (this.#openedAtMs !== undefined) return;
    this.#openedAtMs = this.#options.roomNowMs();
    this.#chooseWatched(this.#openedAtMs);
    this.#reportTimer = setInterval(() => this.#report(this.#options.roomNowMs()), MOTION_REPORT_URGENT_INTERVAL_MS);
  }

  /** A message of the room's bundle channel. */
  bundleCame(message: Uint8Array): void {
    const nowMs = this.#options.roomNowMs();
    this.messages++;
    this.bytes += message.length;
    const bundle = this.#bundles.receive(message, nowMs);
    if (bundle === undefined) {
      this.unreadable++;
      return;
    }
    const tickMs = unwrapped(bundle.tickTimestampMs, nowMs);
    this.#report(nowMs);
    for (const { slot, frame } of bundle.entries) if (slot !== this.ownSlot) this.#frame(slot, frame, tickMs, tickMs, nowMs);
  }

  /** A message of one participant's own channel, in the plain way. */
  frameCame(participantId: string, message: Uint8Array): void {
    const nowMs = this.#options.roomNowMs();
    this.messages++;
    this.bytes += message.length;
    const slot = this.#slots.get(participantId);
    if (slot !== undefined) this.#frame(slot, message, nowMs, undefined, nowMs);
  }

  /** Shows the watched faces as a screen would now. */
  show(nowMs: number): void {
    const { meter, watched } = this.#options;
    if (this.#watched.size < watched && this.#openedAtMs !== undefined) this.#chooseWatched(nowMs);
    const counts = meter.covers(nowMs);
    for (const face of this.#watched.values()) {
      const ageMs = face.ageMs(nowMs);
      if (counts && ageMs !== undefined) meter.faceShown(ageMs, face.delayMs, nowMs);
    }
  }

  get bundleCounters(): BundleCounters {
    return this.#bundles.counters;
  }

  clearCounts(): void {
    this.framesBySlot.fill(0);
  }

  get undecodable(): number {
    return [...this.#watched.values()].reduce((sum, face) => sum + face.undecodable, 0);
  }

  close(): void {
    clearInterval(this.#reportTimer);
  }

  #chooseWatched(nowMs: number): void {
    for (const slot of this.#slots.values()) {
      if (this.#watched.size >= this.#options.watched) return;
      const sent = this.#watched.has(slot) ? undefined : this.#options.sentBy(slot);
      if (sent) this.#watched.set(slot, new WatchedFace(nowMs, sent));
    }
  }

  #report(nowMs: number): void {
    const text = this.#bundles.report(nowMs);
    if (text !== undefined) this.sendReport(text);
  }

  #frame(slot: number, frame: Uint8Array, nearMs: number, tickMs: number | undefined, nowMs: number): void {
    const header = readMotionHeader(frame);
    if (header === undefined) {
      this.unreadable++;
      return;
    }
    const captureMs = unwrapped(motionCaptureTimestampMs(header.captureTicks, nearMs), nowMs);
    const { meter } = this.#options;
    if (meter.covers(captureMs)) {
      this.framesBySlot[slot]!++;
      meter.frameCame(captureMs, tickMs, nowMs);
    }
    const face = this.#watched.get(slot);
    if (face === undefined) return;
    const first = face.firstFrameAtMs === undefined;
    face.push(frame, captureMs, header.still, nowMs);
    // Who was there before this viewer; the others had to come first.
    if (first && face.firstFrameAtMs !== undefined && this.#openedAtMs !== undefined && meter.covers(this.#openedAtMs) && face.sinceMs <= this.#openedAtMs) {
      meter.firstFace(nowMs - this.#openedAtMs);
    }
  }
}

/** The whole room clock of a time modulo 2^32 that is close to `nowMs`. */
function unwrapped(timestampMs: number, nowMs: number): number {
  const wholeMs = Math.floor(nowMs);
  return wholeMs - ((wholeMs - timestampMs) | 0);
}
