import type { Perception } from '../../server/perception/perception.ts';
import { conjugate, multiplyQuaternions } from '../../shared/fit/rotation.ts';
import type { Quaternion } from '../../shared/fit/rotation.ts';
import { toRigWeights } from '../../shared/fit/trackerResponse.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { AvatarStage, ReadShot } from './avatarStage.ts';
import { FRONT_CAMERA } from './headCrop.ts';
import { MOTIONS, poseOf, rotationOf, weightsOf } from './motions.ts';
import type { Motion } from './motions.ts';
import { BONE_READER, FACE_READER, angleBetween, readRotation } from './rotationReading.ts';
import type { RotationReader } from './rotationReading.ts';

const UNTURNED = { yaw: 0, pitch: 0, roll: 0 };

export interface MotionFigures {
  readonly apdDegrees: number | null;
  /** As `apdDegrees`, read off landmarks on bone alone. */
  readonly apdBoneDegrees: number | null;
  readonly aed: number | null;
}

const UNREAD: MotionFigures = { apdDegrees: null, apdBoneDegrees: null, aed: null };

/** A motion's weights are what a tracker says of a person; the avatar is posed as the client poses it then. */
function shownPose(motion: Pick<Motion, 'yaw' | 'pitch' | 'roll' | 'weights'>): RigPose {
  const pose = poseOf(motion);
  toRigWeights(pose.blendshapeWeights);
  return pose;
}

/**
 * How well the avatar on stage follows the ten motions. Both errors are against the neutral render's own reading, so that
 * what the models always say about this face (a squint, a lowered brow) is not held against the motion.
 */
export async function followMotions(stage: AvatarStage, perception: Perception, rest: ReadShot): Promise<MotionFigures> {
  if (rest.landmarks === undefined) return UNREAD;
  const restWeights = await perception.estimateBlendshapes(rest.landmarks);
  const resting: Reading = { unturned: stage.landmarks(poseOf({ ...UNTURNED, weights: {} })), seen: rest.landmarks };
  const [restTurn, restBoneTurn] = [readTurn(resting, FACE_READER), readTurn(resting, BONE_READER)];
  let [angles, boneAngles, differences, readable] = [0, 0, 0, 0];
  for (const motion of MOTIONS) {
    const { landmarks } = await stage.read(shownPose(motion), FRONT_CAMERA);
    if (landmarks === undefined) continue;
    readable++;
    const moved: Reading = { unturned: stage.landmarks(shownPose({ ...motion, ...UNTURNED })), seen: landmarks };
    angles += turnError(restTurn, readTurn(moved, FACE_READER), rotationOf(motion));
    boneAngles += turnError(restBoneTurn, readTurn({ ...moved, unturned: resting.unturned }, BONE_READER), rotationOf(motion));
    const weights = restWeights === undefined ? undefined : await perception.estimateBlendshapes(landmarks);
    if (weights === undefined) continue;
    const asked = weightsOf(motion.weights);
    // tongueOut, the last one, is not in MediaPipe's model.
    for (let k = 0; k < BLENDSHAPE_COUNT - 1; k++) {
      differences += Math.abs(asked[k]! - Math.max(0, weights[k]! - restWeights![k]!)) / (BLENDSHAPE_COUNT - 1);
    }
  }
  if (readable === 0) return UNREAD;
  return {
    apdDegrees: angles / readable, apdBoneDegrees: boneAngles / readable,
    aed: restWeights === undefined ? null : differences / readable,
  };
}

/** A face as seen, and where its landmarks would be were it not turned. */
export interface Reading {
  /** With its expression, metres, [478, 3]. */
  readonly unturned: Float32Array;
  /** Pixels in `FRONT_CAMERA`, [478, 3]. */
  readonly seen: Float32Array;
}

export function readTurn({ unturned, seen }: Reading, reader: RotationReader): Quaternion {
  return readRotation(unturned, seen, FRONT_CAMERA, reader);
}

/** Angle between the turn asked for and the one from the resting reading to the other, degrees. */
export function turnError(resting: Quaternion, moved: Quaternion, asked: Quaternion): number {
  return angleBetween(multiplyQuaternions(moved, conjugate(resting)), asked);
}
