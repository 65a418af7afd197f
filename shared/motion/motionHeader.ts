import { SHORT_WINDOW_MS, windowOfClass } from './decodingWindow.ts';

/** A motion frame's first bytes, which the relay may look at; it reads nothing behind them (PROTOCOL.md chapter MOTION). */
export interface MotionHeader {
  /** Decodable without any earlier frame. */
  readonly keyframe: boolean;
  /** Nothing has changed since the frame before it; two bytes in all. */
  readonly still: boolean;
  /** Nothing that comes later needs it: the relay may leave it out to halve a viewer's rate. */
  readonly droppable: boolean;
  /**
   * How much older the newest state may be from which this one can be decoded, ms: infinite for a keyframe, which needs none, and for a
   * still frame, which needs the last state that changed.
   */
  readonly windowMs: number;
  readonly tracked: boolean;
  /** Capture time on the room clock in ticks of `MOTION_TICK_MS`, modulo `MOTION_TICKS`; `motionCaptureTimestampMs` unwraps it. */
  readonly captureTicks: number;
}

export const MOTION_TICK_MS = 2;
export const MOTION_TICKS = 1024;
export const MOTION_HEADER_BYTES = 2;
/** No encoder writes a longer frame, and whoever gets one drops it. */
export const MOTION_FRAME_MAX_BYTES = 208;
/** Of the ticks' circle of 2,048 ms, so much lies after the moment that a receiver names; the rest before it. */
const AHEAD_MS = 256;

/** Kinds of frame, the header's two lowest bits. */
export const MOTION_KIND = { delta: 0, keyframe: 1, still: 2, droppable: 3 } as const;
export type MotionKind = (typeof MOTION_KIND)[keyof typeof MOTION_KIND];

/** The header of a motion frame, or undefined for bytes that are not one. Never throws. */
export function readMotionHeader(bytes: Uint8Array): MotionHeader | undefined {
  if (bytes.length < MOTION_HEADER_BYTES || bytes.length > MOTION_FRAME_MAX_BYTES) return undefined;
  const kind = bytes[0]! & 3;
  if (kind === MOTION_KIND.still && bytes.length !== MOTION_HEADER_BYTES) return undefined;
  return {
    keyframe: kind === MOTION_KIND.keyframe, still: kind === MOTION_KIND.still, droppable: kind === MOTION_KIND.droppable,
    windowMs: kind === MOTION_KIND.delta ? windowOfClass(bytes[1]! >> 5) : kind === MOTION_KIND.droppable ? SHORT_WINDOW_MS : Infinity,
    tracked: (bytes[0]! & 4) !== 0, captureTicks: (bytes[0]! >> 3 | bytes[1]! << 5) & (MOTION_TICKS - 1),
  };
}

/**
 * The capture time that ticks stand for, milliseconds modulo 2^32: the one in [near − 1,792, near + 256) ms of
 * `nearTimestampMs`, the room clock's time about when the frame passed.
 */
export function motionCaptureTimestampMs(captureTicks: number, nearTimestampMs: number): number {
  const wrap = MOTION_TICKS * MOTION_TICK_MS;
  const latest = nearTimestampMs + AHEAD_MS;
  const age = (((latest - captureTicks * MOTION_TICK_MS) % wrap) + wrap) % wrap;
  return (latest - age) >>> 0;
}

