import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';
import { motionCaptureTimestampMs, readMotionHeader } from './motionHeader.ts';
import type { MotionFrame } from './motionFrame.ts';

/** What became of the messages a decoder was given. */
export interface MotionCounters {
  /** Given back as frames, keyframes and still ones included. */
  decoded: number;
  keyframes: number;
  stills: number;
  /** Had been decoded before. */
  duplicates: number;
  /** Needed a state that the receiver has not got: a newcomer before the first keyframe, or a gap too long. */
  unreferenced: number;
  /** Not motion frames. */
  malformed: number;
}

/** Turns one participant's messages, any of them lost, late or doubled, back into frames. One a remote participant. */
export class MotionDecoder {
  readonly counters: MotionCounters = { decoded: 0, keyframes: 0, stills: 0, duplicates: 0, unreferenced: 0, malformed: 0 };

  /**
   * The frame of a message, or undefined for one of no use (see `counters`). Never throws, whatever the bytes. A late message
   * gives a frame older than those before: order by `captureTimestampMs`. The frame owns its memory.
   * @param nearTimestampMs the room clock about when the message passed: the bundle's tick; within 256 ms before and 1.7 s
   * after the capture.
   */
  decode(bytes: Uint8Array, nearTimestampMs: number): MotionFrame | undefined {
    const header = readMotionHeader(bytes);
    if (!header || bytes.length !== 68) {
      this.counters.malformed++;
      return undefined;
    }
    const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
    for (let index = 0; index < BLENDSHAPE_COUNT; index++) blendshapeWeights[index] = bytes[2 + index]! / 255;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const short = (at: number): number => view.getInt16(at, true);
    this.counters.decoded++;
    return {
      captureTimestampMs: motionCaptureTimestampMs(header.captureTicks, nearTimestampMs), tracked: header.tracked, blendshapeWeights,
      headRotation: [short(54) / 32767, short(56) / 32767, short(58) / 32767, short(60) / 32767],
      headPositionMeters: [short(62) / 10000, short(64) / 10000, short(66) / 10000],
    };
  }
}
