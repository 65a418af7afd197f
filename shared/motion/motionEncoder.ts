import { timestampDistanceMs } from '../protocol/poseFrame.ts';
import { FrameShape } from './frameShape.ts';
import { MOTION_FRAME_MAX_BYTES, MOTION_HEADER_BYTES, MOTION_KIND, MOTION_TICK_MS, MOTION_TICKS } from './motionHeader.ts';
import type { MotionKind } from './motionHeader.ts';
import { MotionHistory, SHORT_WINDOW_MS, WIDE_WINDOW_MS } from './motionHistory.ts';
import type { MotionFrame } from './motionFrame.ts';
import { motionModel } from './motionModel.ts';
import type { MotionModel } from './motionModel.ts';
import { encodeChange, encodeWhole } from './motionPayload.ts';
import { MotionQuantiser } from './motionQuantiser.ts';
import { MOTION_INPUTS, writeMotionVector } from './motionVector.ts';
import { RangeEncoder } from './rangeEncoder.ts';
import { stateCheck } from './stateCheck.ts';

export interface MotionEncoderOptions {
  /** Longest time between two keyframes of a moving face, milliseconds. Default 200. */
  readonly keyframeIntervalMs?: number;
  /** The same of a face that holds still. Default 600. */
  readonly stillKeyframeIntervalMs?: number;
  /** Time between two messages of a face that holds still, milliseconds. Default 200. */
  readonly stillIntervalMs?: number;
  /** Another model than the product's own, for training. */
  readonly model?: MotionModel;
}

/** Frames closer together than this are not sent; a camera is not that fast, and the window of states is counted by time. */
const LEAST_INTERVAL_MS = 14;
/** While what changed last is repeated for those who missed it. */
const SETTLING_INTERVAL_MS = 60;
/** Camera frames do not come evenly: an interval is over when so much of it is left. */
const INTERVAL_SLACK_MS = 12;

/** Turns one face's frames into messages for its channel. One a sender; not to be shared. */
export class MotionEncoder {
  readonly #options: Required<Omit<MotionEncoderOptions, 'model'>>;
  readonly #model: MotionModel;
  readonly #history: MotionHistory;
  readonly #quantiser: MotionQuantiser;
  readonly #shape: FrameShape;
  readonly #coder = new RangeEncoder(MOTION_FRAME_MAX_BYTES - MOTION_HEADER_BYTES);
  readonly #vector = new Float64Array(MOTION_INPUTS);
  /** The state sent last. */
  readonly #values: Int16Array;
  readonly #next: Int16Array;
  #lastMs = 0;
  #keyframeMs = 0;
  #tracked = false;
  #keyframeWanted = true;
  #droppableNext = false;

  constructor({ keyframeIntervalMs = 200, stillKeyframeIntervalMs = 600, stillIntervalMs = 200, model = motionModel() }: MotionEncoderOptions = {}) {
    this.#options = { keyframeIntervalMs, stillKeyframeIntervalMs, stillIntervalMs };
    this.#model = model;
    this.#history = new MotionHistory(model.coefficientCount);
    this.#quantiser = new MotionQuantiser(model);
    this.#shape = new FrameShape(model);
    this.#values = new Int16Array(model.coefficientCount);
    this.#next = new Int16Array(model.coefficientCount);
  }

  /** Makes the next frame a keyframe: somebody has just come, or lost track. */
  requestKeyframe(): void {
    this.#keyframeWanted = true;
  }

  /**
   * The message for a frame, in memory of its own, or undefined when there is nothing worth sending now. What is out of its
   * range is clamped, what is not finite counts as rest.
   */
  encode(frame: MotionFrame): Uint8Array | undefined {
    const timestampMs = (Math.round(frame.captureTimestampMs / MOTION_TICK_MS) * MOTION_TICK_MS) >>> 0;
    const sinceLastMs = timestampDistanceMs(timestampMs, this.#lastMs);
    const started = this.#history.count > 0;
    // A clock that ran backwards, or nothing to go on: a new beginning.
    const anew = !started || sinceLastMs > WIDE_WINDOW_MS || sinceLastMs <= -WIDE_WINDOW_MS;
    if (anew) this.#history.clear();
    else if (sinceLastMs < LEAST_INTERVAL_MS) return undefined;

    writeMotionVector(frame, this.#vector);
    this.#quantiser.quantise(this.#vector, started ? this.#values : undefined, this.#next);
    const changed = !started || this.#tracked !== frame.tracked || differs(this.#next, this.#values);
    const kind = this.#kind(timestampMs, sinceLastMs, anew, changed);
    if (kind === undefined) return undefined;
    this.#values.set(this.#next);
    const bytes = this.#write(kind, timestampMs, frame.tracked);
    this.#history.push(timestampMs, frame.tracked).values.set(this.#values);
    this.#lastMs = timestampMs;
    this.#tracked = frame.tracked;
    if (kind === MOTION_KIND.keyframe) {
      this.#keyframeMs = timestampMs;
      this.#keyframeWanted = false;
    }
    this.#droppableNext = kind !== MOTION_KIND.droppable && kind !== MOTION_KIND.still;
    return bytes;
  }

  #kind(timestampMs: number, sinceLastMs: number, anew: boolean, changed: boolean): MotionKind | undefined {
    if (anew || this.#keyframeWanted) return MOTION_KIND.keyframe;
    const { keyframeIntervalMs, stillKeyframeIntervalMs, stillIntervalMs } = this.#options;
    const sinceKeyframeMs = timestampDistanceMs(timestampMs, this.#keyframeMs) + INTERVAL_SLACK_MS;
    if (!changed) {
      const settled = this.#shape.isSettled(this.#history, timestampMs, this.#next);
      if (sinceLastMs + INTERVAL_SLACK_MS < (settled ? stillIntervalMs : SETTLING_INTERVAL_MS)) return undefined;
      if (settled) return sinceKeyframeMs >= stillKeyframeIntervalMs ? MOTION_KIND.keyframe : MOTION_KIND.still;
    }
    if (sinceKeyframeMs >= keyframeIntervalMs) return MOTION_KIND.keyframe;
    // Frames that need a fresher state are smaller; where there are too few such states, one loss would be one too many.
    const droppable = this.#droppableNext && changed && this.#shape.statesWithin(this.#history, timestampMs, SHORT_WINDOW_MS) >= 3;
    const kind = droppable ? MOTION_KIND.droppable : MOTION_KIND.delta;
    const fits = this.#shape.fit(this.#history, timestampMs, droppable ? SHORT_WINDOW_MS : WIDE_WINDOW_MS, this.#next);
    return fits ? kind : MOTION_KIND.keyframe;
  }

  #write(kind: MotionKind, timestampMs: number, tracked: boolean): Uint8Array {
    let detail = 0;
    let payload: Uint8Array | undefined;
    if (kind === MOTION_KIND.still) {
      detail = stateCheck(this.#values);
    } else {
      this.#coder.begin();
      if (kind === MOTION_KIND.keyframe) {
        encodeWhole(this.#coder, this.#model, this.#values);
      } else {
        detail = this.#shape.frameClass;
        encodeChange(this.#coder, this.#model, detail, this.#shape.modes, this.#values);
      }
      payload = this.#coder.finish();
    }
    const bytes = new Uint8Array(MOTION_HEADER_BYTES + (payload?.length ?? 0));
    const header = kind | Number(tracked) << 2 | ((timestampMs / MOTION_TICK_MS) & (MOTION_TICKS - 1)) << 3 | detail << 13;
    bytes[0] = header & 255;
    bytes[1] = header >> 8;
    if (payload) bytes.set(payload, MOTION_HEADER_BYTES);
    return bytes;
  }
}

function differs(a: Int16Array, b: Int16Array): boolean {
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return true;
  return false;
}
