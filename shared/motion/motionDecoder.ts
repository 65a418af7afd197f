import { MotionHistory } from './motionHistory.ts';
import { MOTION_HEADER_BYTES, motionCaptureTimestampMs, readMotionHeader } from './motionHeader.ts';
import { motionModel } from './motionModel.ts';
import type { MotionModel } from './motionModel.ts';
import { decodeChange, decodeWhole } from './motionPayload.ts';
import { MOTION_INPUTS, readMotionVector } from './motionVector.ts';
import { RangeDecoder } from './rangeDecoder.ts';
import { stateCheck } from './stateCheck.ts';
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
  readonly #model: MotionModel;
  readonly #history: MotionHistory;
  readonly #coder = new RangeDecoder();
  readonly #values: Int16Array;
  readonly #vector = new Float64Array(MOTION_INPUTS);

  /** @param model another than the product's own, for training. */
  constructor(model: MotionModel = motionModel()) {
    this.#model = model;
    this.#history = new MotionHistory(model.coefficientCount);
    this.#values = new Int16Array(model.coefficientCount);
  }

  /**
   * The frame of a message, or undefined for one of no use (see `counters`). Never throws, whatever the bytes. A late message
   * gives a frame older than those before: order by `captureTimestampMs`. The frame owns its memory.
   * @param nearTimestampMs the room clock about when the message passed (the bundle's tick): at most 256 ms before the capture
   * and 1.7 s after it.
   */
  decode(bytes: Uint8Array, nearTimestampMs: number): MotionFrame | undefined {
    const header = readMotionHeader(bytes);
    if (!header) return this.#refuse('malformed');
    const timestampMs = motionCaptureTimestampMs(header.captureTicks, nearTimestampMs);
    if (this.#history.has(timestampMs)) return this.#refuse('duplicates');
    const detail = bytes[1]! >> 5;
    if (header.keyframe) {
      this.#coder.begin(bytes, MOTION_HEADER_BYTES);
      decodeWhole(this.#coder, this.#model, this.#values);
      if (detail !== 0 || !this.#coder.exhausted) return this.#refuse('malformed');
      this.counters.keyframes++;
    } else if (header.still) {
      const before = this.#history.newestBefore(timestampMs, 0x7fffffff);
      if (!before || stateCheck(before.values) !== detail) return this.#refuse('unreferenced');
      this.#values.set(before.values);
      this.counters.stills++;
    } else {
      const before = this.#history.newestBefore(timestampMs, header.windowMs);
      if (!before) return this.#refuse('unreferenced');
      this.#coder.begin(bytes, MOTION_HEADER_BYTES);
      decodeChange(this.#coder, this.#model, detail, before.values, this.#values);
      if (!this.#coder.exhausted) return this.#refuse('malformed');
    }
    this.#history.push(timestampMs, header.tracked).values.set(this.#values);
    this.counters.decoded++;
    this.#model.invert(this.#values, this.#vector);
    return { captureTimestampMs: timestampMs, tracked: header.tracked, ...readMotionVector(this.#vector) };
  }

  #refuse(reason: 'malformed' | 'duplicates' | 'unreferenced'): undefined {
    this.counters[reason]++;
    return undefined;
  }
}
