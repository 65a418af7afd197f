import type { Camera, Object3D, WebGLRenderer } from 'three';
import type { Rig } from '../../../../shared/rig/rig.ts';
import type { RigPose } from '../../../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../../../shared/splat/boundSplats.ts';

/** What a contender is given: the same heads at the same places. */
export interface Course {
  readonly renderer: WebGLRenderer;
  readonly camera: Camera;
  readonly rig: Rig;
  readonly splats: BoundSplats;
  readonly places: readonly Object3D[];
}

/** A renderer in the race. */
export interface Contender {
  /** Draws one frame of everybody in the given poses into the cleared canvas. */
  draw(poses: readonly RigPose[]): void;
  /** How many frames old the order is that the frame just drawn was blended in. */
  sortAgeFrames(): number;
}
