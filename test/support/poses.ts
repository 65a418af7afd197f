import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/** A pose with the given weights and rotation, everything else at rest. */
export function poseWith(weights: Partial<Record<BlendshapeName, number>>, headRotation: RigPose['headRotation'] = [0, 0, 0, 1]): RigPose {
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, value] of Object.entries(weights)) blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = value;
  return { blendshapeWeights, headRotation, headPositionMeters: [0, 0, 0] };
}

export function weightOf(pose: RigPose, name: BlendshapeName): number {
  return pose.blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name)]!;
}
