import type { RigPose } from '../../shared/rig/rigPose.ts';

/** A remote pose as it came off the wire. */
export interface TimedPose {
  /** Room clock when it was captured, ms; whole, not wrapped. Names the frame: no two of one sender are equal. */
  readonly captureTimestampMs: number;
  /** The sender says that its face rests: it sends less often until it moves again. */
  readonly still: boolean;
  readonly pose: RigPose;
}
