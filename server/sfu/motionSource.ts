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
}

/** A frame after a keyframe can be decoded by whoever has just that keyframe for this long (PROTOCOL.md, chapter MOTION). */
export const DECODABLE_SPAN_MS = 240;
/** A keyframe older than this says nothing any more: its capture time would be read wrongly. */
const KEYFRAME_LIFE_MS = 1_500;
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
    const frame: SourceFrame = { bytes, header, arrivedMs, index: ++this.#frames, keyframeIndex: this.#keyframes };
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
    if (last !== undefined && newest.arrivedMs - last.arrivedMs < DECODABLE_SPAN_MS) return [newest];
    const keyframe = this.keyframe(nowMs);
    if (keyframe === undefined) return [];
    if (newest === keyframe || newest.arrivedMs - keyframe.arrivedMs >= DECODABLE_SPAN_MS) return keyframe === last ? [] : [keyframe];
    return keyframe.index <= (last?.index ?? -1) ? [newest] : [keyframe, newest];
  }
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
