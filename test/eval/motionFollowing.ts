import type { Perception } from '../../server/perception/perception.ts';
import { conjugate, multiplyQuaternions } from '../../shared/fit/rotation.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { AvatarStage, ReadShot } from './avatarStage.ts';
import { FRONT_CAMERA } from './headCrop.ts';
import { MOTIONS, poseOf, rotationOf, weightsOf } from './motions.ts';
import { angleBetween, readRotation } from './rotationReading.ts';

export interface MotionFigures {
  readonly apdDegrees: number | null;
  readonly aed: number | null;
}

/**
 * How well the avatar on stage follows the ten motions. Both errors are against the neutral render's own reading, so that
 * what the models always say about this face (a squint, a lowered brow) is not held against the motion.
 */
export async function followMotions(stage: AvatarStage, perception: Perception, rest: ReadShot): Promise<MotionFigures> {
  if (rest.landmarks === undefined) return { apdDegrees: null, aed: null };
  const still = stage.landmarks(poseOf({ yaw: 0, pitch: 0, roll: 0, weights: {} }));
  const restRotation = readRotation(still, rest.landmarks, FRONT_CAMERA);
  const restWeights = await perception.estimateBlendshapes(rest.landmarks);
  let angles = 0;
  let differences = 0;
  let readable = 0;
  for (const motion of MOTIONS) {
    const { landmarks } = await stage.read(poseOf(motion), FRONT_CAMERA);
    if (landmarks === undefined) continue;
    readable++;
    const turn = multiplyQuaternions(readRotation(still, landmarks, FRONT_CAMERA), conjugate(restRotation));
    angles += angleBetween(turn, rotationOf(motion));
    const weights = restWeights === undefined ? undefined : await perception.estimateBlendshapes(landmarks);
    if (weights === undefined) continue;
    const asked = weightsOf(motion.weights);
    // tongueOut, the last one, is not in MediaPipe's model.
    for (let k = 0; k < BLENDSHAPE_COUNT - 1; k++) {
      differences += Math.abs(asked[k]! - Math.max(0, weights[k]! - restWeights![k]!)) / (BLENDSHAPE_COUNT - 1);
    }
  }
  if (readable === 0) return { apdDegrees: null, aed: null };
  return { apdDegrees: angles / readable, aed: restWeights === undefined ? null : differences / readable };
}
