import { MotionDecoder } from '../../../shared/motion/motionDecoder.ts';
import { MotionEncoder } from '../../../shared/motion/motionEncoder.ts';
import type { MotionFrame } from '../../../shared/motion/motionFrame.ts';
import type { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { readMotionHeader } from '../../../shared/motion/motionHeader.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';

/** A frame's message, or none, and when its picture was taken. */
export interface SentFrame { readonly timestampMs: number; readonly bytes: Uint8Array | undefined }

export interface EncodedTrack {
  readonly frames: readonly SentFrame[];
  readonly bytes: number;
  readonly messages: number;
  readonly keyframes: number;
  readonly stills: number;
  /** Median of a frame. */
  readonly encodeMicroseconds: number;
}

/** The room clock does not begin at 0, and wraps. */
const START_MS = 0xffff_ff00 - 5000;

export function encodeTrack(poses: readonly RigPose[], fps: number): EncodedTrack {
  const encoder = new MotionEncoder();
  const frames: SentFrame[] = [];
  let bytes = 0, messages = 0, keyframes = 0, stills = 0;
  const spentMs: number[] = [];
  for (const [index, pose] of poses.entries()) {
    const timestampMs = Math.round(START_MS + (1000 * index) / fps) >>> 0;
    const frame: MotionFrame = { captureTimestampMs: timestampMs, tracked: true, ...pose };
    const startMs = performance.now();
    const message = encoder.encode(frame);
    spentMs.push(performance.now() - startMs);
    frames.push({ timestampMs, bytes: message });
    if (!message) continue;
    bytes += message.length;
    messages++;
    const header = readMotionHeader(message);
    if (header?.keyframe) keyframes++;
    if (header?.still) stills++;
  }
  return { frames, bytes, messages, keyframes, stills, encodeMicroseconds: medianMicroseconds(spentMs) };
}

/**
 * What a receiver shows when each frame's picture was taken, were the network instant: the newest pose decoded so far, held where
 * nothing came. @param loss share of messages that never arrive.
 */
export function receive(frames: readonly SentFrame[], loss: number, random: SeededRandom): { shown: (MotionFrame | undefined)[]; decodeMicroseconds: number } {
  const decoder = new MotionDecoder();
  let newest: MotionFrame | undefined;
  const spentMs: number[] = [];
  const shown = frames.map(({ timestampMs, bytes }) => {
    if (bytes && !(random.next() < loss)) {
      const startMs = performance.now();
      newest = decoder.decode(bytes, timestampMs + 20) ?? newest;
      spentMs.push(performance.now() - startMs);
    }
    return newest;
  });
  return { shown, decodeMicroseconds: medianMicroseconds(spentMs) };
}

/** The median: whatever else the machine does only adds. */
function medianMicroseconds(milliseconds: readonly number[]): number {
  return 1000 * ([...milliseconds].sort((a, b) => a - b)[milliseconds.length >> 1] ?? 0);
}
