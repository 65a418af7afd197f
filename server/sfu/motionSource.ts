import type { MotionHeader } from '../../shared/motion/motionHeader.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';

/** A frame as it came, with what its header says. */
export interface SourceFrame {
  readonly bytes: Uint8Array;
  readonly header: MotionHeader;
  readonly arrivedMs: number;
  /** Counts this source's frames. */
  readonly index: number;
  /** Counts this source's keyframes; that of the last one for other frames. */
  readonly keyframeIndex: number;
  /** Of the newest frame up to this one that was not a still one. */
  readonly changeIndex: number;
}

/** Frames do not take the same time to get here: windows of capture times (MOTION9) are taken shorter by this in arrival times. */
const TRANSIT_SLACK_MS = 32;
/** A keyframe older than this says nothing any more: its capture time would be read wrongly. */
const KEYFRAME_LIFE_MS = 1_650;
/** Of the keyframes, one in so many is a `trickle`. */
const TRICKLE_DIVISOR = 3;
/** Frames kept for one tick; more than that in one is a flood, of which the newest count. */
const TICK_FRAMES_MAX = 4;

/** One participant's motion as it comes in: what came since the last tick, and the newest of it for those who come late. */
export class MotionSource {
  readonly slot: number;
  /** What came since the last tick, oldest first. */
  readonly fresh: SourceFrame[] = [];
  newest: SourceFrame | undefined;
  #keyframe: SourceFrame | undefined;
  #frames = 0;
  #keyframes = 0;

  constructor(slot: number) {
    this.slot = slot;
  }

  take(bytes: Uint8Array, header: MotionHeader, arrivedMs: number): void {
    if (header.keyframe) this.#keyframes++;
    const index = ++this.#frames;
    const changeIndex = header.still ? this.newest?.changeIndex ?? index : index;
    const frame: SourceFrame = { bytes, header, arrivedMs, index, keyframeIndex: this.#keyframes, changeIndex };
    if (header.keyframe) this.#keyframe = frame;
    this.newest = frame;
    this.fresh.push(frame);
    if (this.fresh.length > TICK_FRAMES_MAX) this.fresh.shift();
  }

  /** The newest keyframe, while it says something. */
  keyframe(nowMs: number): SourceFrame | undefined {
    return this.#keyframe !== undefined && nowMs - this.#keyframe.arrivedMs < KEYFRAME_LIFE_MS ? this.#keyframe : undefined;
  }

  /**
   * The newest there is for a viewer who last got `last`: one frame, or where that is too long ago the newest keyframe
   * and, where it can be decoded after it, the newest frame.
   */
  catchUp(last: SourceFrame | undefined, nowMs: number): readonly SourceFrame[] {
    const { newest } = this;
    if (newest === undefined || newest === last) return [];
    if (newest.header.keyframe || (last !== undefined && isDecodableAfter(newest, last))) return [newest];
    const keyframe = this.keyframe(nowMs);
    if (keyframe === undefined) return [];
    if (!isDecodableAfter(newest, keyframe)) return keyframe === last ? [] : [keyframe];
    return keyframe.index <= (last?.index ?? -1) ? [newest] : [keyframe, newest];
  }
}

/** Whether a frame is of use to who has an earlier one, and perhaps none between them (MOTION9, MOTION13). */
function isDecodableAfter(frame: SourceFrame, before: SourceFrame): boolean {
  if (frame.header.still) return before.index >= frame.changeIndex;
  return frame.arrivedMs - before.arrivedMs < frame.header.windowMs - TRANSIT_SLACK_MS;
}

/** Whether a frame belongs to a level. */
export function belongsTo({ header, keyframeIndex }: SourceFrame, slot: number, level: MotionLevel): boolean {
  switch (level) {
    case 'full': return true;
    case 'half': return !header.droppable;
    case 'low': return header.keyframe;
    // Shifted by slot, so that not everybody's come at once.
    case 'trickle': return header.keyframe && (keyframeIndex + slot) % TRICKLE_DIVISOR === 0;
  }
}
