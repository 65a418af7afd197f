import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

export const restPose = (): RigPose => ({
  blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0],
});

/** A lively pose: every blendshape at some weight, head turned by up to a good half radian, displaced by centimetres. */
export function randomPose(seed: number): RigPose {
  const random = new SeededRandom(seed);
  const q = [0.25 * random.normal(), 0.25 * random.normal(), 0.25 * random.normal(), 1];
  const length = Math.hypot(...q);
  return {
    blendshapeWeights: Float32Array.from({ length: BLENDSHAPE_COUNT }, () => random.next()),
    headRotation: q.map((value) => value / length) as unknown as RigPose['headRotation'],
    headPositionMeters: [random.between(-0.05, 0.05), random.between(-0.05, 0.05), random.between(-0.05, 0.05)],
  };
}
