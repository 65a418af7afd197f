import { timestampDistanceMs } from './timestampDistance.ts';
import { LONG_CLASS, LONG_WINDOW_MS, QUIET_WINDOW_MS, SHORT_WINDOW_MS, WIDE_WINDOW_MS } from './decodingWindow.ts';
import { FrameShape } from './frameShape.ts';
import { Liveliness } from './liveliness.ts';
import { MOTION_FRAME_MAX_BYTES, MOTION_HEADER_BYTES, MOTION_KIND, MOTION_TICK_MS, MOTION_TICKS } from './motionHeader.ts';
import type { MotionKind } from './motionHeader.ts';
import { MotionHistory } from './motionHistory.ts';
import type { MotionFrame } from './motionFrame.ts';
import { motionModel } from './motionModel.ts';
import type { MotionModel } from './motionModel.ts';
import { encodeChange, encodeWhole } from './motionPayload.ts';
import { MotionQuantiser } from './motionQuantiser.ts';
import type { MotionQuality } from './motionQuantiser.ts';
import { MOTION_INPUTS, writeMotionVector } from './motionVector.ts';
import { RangeEncoder } from './rangeEncoder.ts';
import { stateCheck } from './stateCheck.ts';

export interface MotionEncoderOptions extends MotionQuality {
  /** Longest time between two keyframes of a moving face, milliseconds. Default 200. */
  readonly keyframeIntervalMs?: number;
  /** The same of a face that holds still. Default 1450. */
  readonly stillKeyframeIntervalMs?: number;
  /** Time between two messages of a face that holds still, milliseconds. Default 250. */
  readonly stillIntervalMs?: number;
  /** Another model than the product's own, for training. */
  readonly model?: MotionModel;
}

/** Frames closer together than this are not sent; a camera is not that fast, and the window of states is counted by time. */
const LEAST_INTERVAL_MS = 14;
/** While what changed last is repeated for those who missed it. */
const SETTLING_INTERVAL_MS = 60;
/** The same of a face that moves little: the next change repeats it as well. */
const QUIET_SETTLING_INTERVAL_MS = 300;
/** Who has missed such a change may wait for the next one. */
const SMALL_CHANGE_STEPS = 6;
/** Of the frames of a face that moves little, one so often refers to the long window. */
const LONG_INTERVAL_MS = 420;
/** So many states within a window are enough for it: one in several hundred receivers has missed them all at 20 % loss. */
const DENSE_STATES = 4;
/** Camera frames do not come evenly: an interval is over when so much of it is left. */
const INTERVAL_SLACK_MS = 12;

/** Turns one face's frames into messages for its channel. One a sender; not to be shared. */
export class MotionEncoder {
  readonly #options: Required<Omit<MotionEncoderOptions, 'model' | keyof MotionQuality>>;
  readonly #model: MotionModel;
  readonly #history: MotionHistory;
  readonly #quantiser: MotionQuantiser;
  readonly #shape: FrameShape;
  readonly #liveliness: Liveliness;
  readonly #coder = new RangeEncoder(MOTION_FRAME_MAX_BYTES - MOTION_HEADER_BYTES);
  readonly #vector = new Float64Array(MOTION_INPUTS);
  /** The state sent last. */
  readonly #values: Int16Array;
  readonly #next: Int16Array;
  #lastMs = 0;
  #keyframeMs = 0;
  /** When there was the last frame that can be decoded from a state 1.5 s old, or from none. */
  #longMs = 0;
  #tracked = false;
  #keyframeWanted = true;
  #droppableNext = false;
  /** Messages since the last change that said the whole state again. */
  #repeats = 0;

  constructor({ keyframeIntervalMs = 200, stillKeyframeIntervalMs = 1450, stillIntervalMs = 250, model = motionModel(), ...quality }: MotionEncoderOptions = {}) {
    this.#options = { keyframeIntervalMs, stillKeyframeIntervalMs, stillIntervalMs };
    this.#model = model;
    this.#history = new MotionHistory(model.coefficientCount);
    this.#quantiser = new MotionQuantiser(model, quality);
    this.#shape = new FrameShape(model);
    this.#liveliness = new Liveliness(model, quality);
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
    const anew = !started || sinceLastMs > LONG_WINDOW_MS || sinceLastMs <= -WIDE_WINDOW_MS;
    if (anew) this.#history.clear();
    else if (sinceLastMs < LEAST_INTERVAL_MS) return undefined;

    writeMotionVector(frame, this.#vector);
    if (anew) this.#liveliness.reset();
    const quiet = !this.#liveliness.isLively(this.#vector, timestampMs);
    this.#quantiser.quantise(this.#vector, started ? this.#values : undefined, !quiet, this.#next);
    const changed = !started || this.#tracked !== frame.tracked || differs(this.#next, this.#values);
    const kind = this.#kind(timestampMs, sinceLastMs, { anew, changed, quiet });
    if (kind === undefined) return undefined;
    this.#values.set(this.#next);
    const bytes = this.#write(kind, timestampMs, frame.tracked);
    this.#history.push(timestampMs, frame.tracked).values.set(this.#values);
    this.#lastMs = timestampMs;
    this.#tracked = frame.tracked;
    if (kind === MOTION_KIND.keyframe) {
      this.#keyframeMs = timestampMs;
      this.#longMs = timestampMs;
      this.#keyframeWanted = false;
    }
    if (kind === MOTION_KIND.delta && this.#shape.frameClass === LONG_CLASS) this.#longMs = timestampMs;
    if (changed) this.#repeats = 0;
    else if (kind !== MOTION_KIND.still) this.#repeats++;
    this.#droppableNext = kind !== MOTION_KIND.droppable && kind !== MOTION_KIND.still;
    return bytes;
  }

  #kind(timestampMs: number, sinceLastMs: number, { anew, changed, quiet }: { anew: boolean; changed: boolean; quiet: boolean }): MotionKind | undefined {
    if (anew || this.#keyframeWanted) return MOTION_KIND.keyframe;
    const { keyframeIntervalMs, stillKeyframeIntervalMs, stillIntervalMs } = this.#options;
    const sinceKeyframeMs = timestampDistanceMs(timestampMs, this.#keyframeMs) + INTERVAL_SLACK_MS;
    if (!changed) {
      const far = this.#shape.farthest(this.#history, timestampMs, WIDE_WINDOW_MS, this.#next);
      const settled = quiet && far <= SMALL_CHANGE_STEPS ? this.#repeats > 0 : far === 0;
      const intervalMs = settled ? stillIntervalMs : quiet && far <= SMALL_CHANGE_STEPS ? QUIET_SETTLING_INTERVAL_MS : SETTLING_INTERVAL_MS;
      if (sinceLastMs + INTERVAL_SLACK_MS < intervalMs) return undefined;
      if (settled) return sinceKeyframeMs >= stillKeyframeIntervalMs ? MOTION_KIND.keyframe : MOTION_KIND.still;
    }
    if (sinceKeyframeMs >= (quiet ? stillKeyframeIntervalMs : keyframeIntervalMs)) return MOTION_KIND.keyframe;
    // Frames that need a fresher state are smaller; where there are too few such states, one loss would be one too many.
    const droppable = this.#droppableNext && changed && this.#shape.statesWithin(this.#history, timestampMs, SHORT_WINDOW_MS) >= 4;
    const windowMs = droppable ? SHORT_WINDOW_MS : this.#windowMs(timestampMs, quiet);
    if (!this.#shape.fit(this.#history, timestampMs, windowMs, this.#next)) return MOTION_KIND.keyframe;
    return droppable ? MOTION_KIND.droppable : MOTION_KIND.delta;
  }

  /** A window that holds enough states for some of them to have arrived. */
  #windowMs(timestampMs: number, quiet: boolean): number {
    if (!quiet) return WIDE_WINDOW_MS;
    if (timestampDistanceMs(timestampMs, this.#longMs) >= LONG_INTERVAL_MS) return LONG_WINDOW_MS;
    if (this.#shape.statesWithin(this.#history, timestampMs, WIDE_WINDOW_MS) >= DENSE_STATES) return WIDE_WINDOW_MS;
    return this.#shape.statesWithin(this.#history, timestampMs, QUIET_WINDOW_MS) >= DENSE_STATES ? QUIET_WINDOW_MS : LONG_WINDOW_MS;
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
