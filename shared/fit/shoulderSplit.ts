import type { HeadState } from './headProjection.ts';
import type { LandmarkModel } from './landmarkModel.ts';
import {
  conjugate, fromRotationVector, multiplyQuaternions, normalizeQuaternion, rotateVector, shareOfRotation, toRotationVector,
  type Quaternion, type Vector3,
} from './rotation.ts';

/** The neck joint takes this share of the head's rotation, the head joint the rest. */
export const NECK_SHARE = 0.4;
/** How far shoulders follow the head in a portrait: about x (nodding), y (turning) and z (tilting). */
const SHOULDER_SHARES: Vector3 = [0.45, 0.4, 0.1];

export interface ShoulderSplit {
  readonly headRotation: Quaternion;
  readonly cameraFromRigRotation: Quaternion;
  readonly cameraFromRigTranslation: Vector3;
}

/**
 * Splits the head's placing before the camera into that of the resting shoulders and the head's rotation on them.
 * Landmarks only see the head: the shoulders are taken to follow it in part, more when nodding (a camera held high
 * sees both from above) than when tilting.
 */
export function splitShoulders(model: LandmarkModel, state: HeadState): ShoulderSplit {
  const v = toRotationVector(state.cameraFromHeadRotation);
  const cameraFromRig = fromRotationVector([v[0] * SHOULDER_SHARES[0], v[1] * SHOULDER_SHARES[1], v[2] * SHOULDER_SHARES[2]]);
  const headRotation = normalizeQuaternion(multiplyQuaternions(conjugate(cameraFromRig), state.cameraFromHeadRotation));
  const moved = rotateVector(cameraFromRig, headOffset(model, state.identity, headRotation));
  const t = state.cameraFromHeadTranslation;
  return {
    headRotation,
    cameraFromRigRotation: cameraFromRig,
    cameraFromRigTranslation: [t[0] - moved[0], t[1] - moved[1], t[2] - moved[2]],
  };
}

/** Where the rig's origin goes when neck and head joints share a head rotation: head point x goes to q·x + this. */
export function headOffset(model: LandmarkModel, identity: Float64Array, headRotation: Quaternion): Vector3 {
  const joint = (slot: number): Vector3 => {
    const p: [number, number, number] = [0, 0, 0];
    for (let axis = 0; axis < 3; axis += 1) {
      let sum = model.neckAndHead[slot * 3 + axis]!;
      for (let k = 0; k < identity.length; k += 1) sum += identity[k]! * model.neckAndHeadComponents[(k * 2 + slot) * 3 + axis]!;
      p[axis] = sum;
    }
    return p;
  };
  const neck = joint(0);
  const head = joint(1);
  const neckTurn = shareOfRotation(headRotation, NECK_SHARE);
  const headTurn = shareOfRotation(headRotation, 1 - NECK_SHARE);
  const turnedHead = rotateVector(headTurn, head);
  const lever = rotateVector(neckTurn, [
    head[0] - turnedHead[0] - neck[0], head[1] - turnedHead[1] - neck[1], head[2] - turnedHead[2] - neck[2],
  ]);
  return [lever[0] + neck[0], lever[1] + neck[1], lever[2] + neck[2]];
}
