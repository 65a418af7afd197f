import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { IDENTITY_ROTATION, slerp } from './rotation.ts';

/** A face at rest: every weight 0, head straight. A fresh one each call, so its weights may be written to. */
export function restPose(): RigPose {
  return { blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: IDENTITY_ROTATION, headPositionMeters: [0, 0, 0] };
}

/** Weights and position blended in a straight line, rotation along the arc; t in [0, 1] from `a` to `b`. A new pose. */
export function mixPoses(a: RigPose, b: RigPose, t: number): RigPose {
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (let i = 0; i < BLENDSHAPE_COUNT; i++) {
    weights[i] = a.blendshapeWeights[i]! + (b.blendshapeWeights[i]! - a.blendshapeWeights[i]!) * t;
  }
  const mix = (axis: 0 | 1 | 2): number => a.headPositionMeters[axis] + (b.headPositionMeters[axis] - a.headPositionMeters[axis]) * t;
  return {
    blendshapeWeights: weights,
    headRotation: slerp(a.headRotation, b.headRotation, t),
    headPositionMeters: [mix(0), mix(1), mix(2)],
  };
}
