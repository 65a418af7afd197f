import { BLENDSHAPE_NAMES, type BlendshapeName } from './blendshapes.ts';
import type { Rig } from './rig.ts';
import type { RigPose } from './rigPose.ts';

/** A rig shaped by an identity, in no pose. */
export interface NeutralHead {
  /** Metres, [vertexCount, 3]. */
  readonly positions: Float32Array;
  /** Metres, [joints.length, 3]. */
  readonly jointPositions: Float32Array;
}

/** How far an eyeball turns at weight 1 of an eyeLook shape, radians. */
export const EYE_YAW_RADIANS = (30 * Math.PI) / 180;
export const EYE_PITCH_RADIANS = (25 * Math.PI) / 180;
/** The neck's share of the head's rotation; the head joint does the rest. */
export const NECK_SHARE = 0.4;

/** Neutral head of an identity; coefficients in standard deviations, missing ones 0, more than the rig has are ignored. */
export function neutralHead(rig: Rig, identityCoefficients: ArrayLike<number>): NeutralHead {
  const positions = rig.positions.slice();
  const jointPositions = Float32Array.from(rig.joints.flatMap((joint) => joint.position));
  const { components, jointComponents, componentCount } = rig.identity;
  for (let k = 0; k < Math.min(componentCount, identityCoefficients.length); k++) {
    const coefficient = identityCoefficients[k];
    if (coefficient === 0) continue;
    const offset = k * positions.length;
    for (let i = 0; i < positions.length; i++) positions[i] += coefficient * components[offset + i];
    const jointOffset = k * jointPositions.length;
    for (let i = 0; i < jointPositions.length; i++) jointPositions[i] += coefficient * jointComponents[jointOffset + i];
  }
  return { positions, jointPositions };
}

type Quaternion = readonly [number, number, number, number];

const shapeIndex = Object.fromEntries(BLENDSHAPE_NAMES.map((name, index) => [name, index])) as Record<BlendshapeName, number>;

/** The share of a rotation: the same axis, a part of its angle (slerp from the identity). */
function shareOfRotation([x, y, z, w]: Quaternion, share: number): Quaternion {
  const sign = w < 0 ? -1 : 1;
  const sine = Math.hypot(x, y, z);
  if (sine < 1e-9) return [0, 0, 0, 1];
  const half = Math.atan2(sine, sign * w) * share;
  const scale = (sign * Math.sin(half)) / sine;
  return [x * scale, y * scale, z * scale, Math.cos(half)];
}

function eyeRotation(weights: ArrayLike<number>, towardsLeft: number, towardsRight: number, up: number, down: number): Quaternion {
  const yaw = (EYE_YAW_RADIANS * (weights[towardsLeft] - weights[towardsRight])) / 2;
  const pitch = (EYE_PITCH_RADIANS * (weights[down] - weights[up])) / 2;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [cy * sp, sy * cp, -sy * sp, cy * cp];
}

function localRotation(name: string, pose: RigPose): Quaternion {
  const w = pose.blendshapeWeights;
  const s = shapeIndex;
  switch (name) {
    case 'neck': return shareOfRotation(pose.headRotation, NECK_SHARE);
    case 'head': return shareOfRotation(pose.headRotation, 1 - NECK_SHARE);
    case 'leftEye': return eyeRotation(w, s.eyeLookOutLeft, s.eyeLookInLeft, s.eyeLookUpLeft, s.eyeLookDownLeft);
    case 'rightEye': return eyeRotation(w, s.eyeLookInRight, s.eyeLookOutRight, s.eyeLookUpRight, s.eyeLookDownRight);
    default: return [0, 0, 0, 1];
  }
}

/**
 * What each joint does to a vertex at rest: posed = R·rest + t, written as rows [R t], [joints.length, 12].
 * Parents come before their children. The root carries the pose's displacement.
 */
export function jointTransforms(rig: Rig, neutral: NeutralHead, pose: RigPose, out: Float32Array): void {
  rig.joints.forEach((joint, index) => {
    const [x, y, z, w] = localRotation(joint.name, pose);
    const local = [
      1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
      2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
      2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
    ];
    const pivot = neutral.jointPositions.subarray(index * 3, index * 3 + 3);
    const at = index * 12;
    const parent = joint.parent * 12;
    for (let row = 0; row < 3; row++) {
      const rotated = local[row * 3] * pivot[0] + local[row * 3 + 1] * pivot[1] + local[row * 3 + 2] * pivot[2];
      if (joint.parent < 0) {
        for (let column = 0; column < 3; column++) out[at + row * 4 + column] = local[row * 3 + column];
        out[at + row * 4 + 3] = pivot[row] - rotated + pose.headPositionMeters[row];
        continue;
      }
      let translation = out[parent + row * 4 + 3];
      for (let column = 0; column < 3; column++) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += out[parent + row * 4 + k] * local[k * 3 + column];
        out[at + row * 4 + column] = sum;
        translation += (out[parent + row * 4 + column] - sum) * pivot[column];
      }
      out[at + row * 4 + 3] = translation;
    }
  });
}

/** Reused by `poseVertices`: one pose is computed at a time. */
const transformScratch = new Float32Array(12 * 16);

/**
 * Vertices of a posed head, metres, written to `out` [vertexCount, 3]: blendshapes, then linear blend skinning.
 * The reference that the shaders are tested against.
 */
export function poseVertices(rig: Rig, neutral: NeutralHead, pose: RigPose, out: Float32Array): void {
  out.set(neutral.positions);
  rig.blendshapes.forEach(({ vertexIndices, deltas }, shape) => {
    const weight = pose.blendshapeWeights[shape];
    if (!weight) return;
    for (let k = 0; k < vertexIndices.length; k++) {
      const v = vertexIndices[k] * 3;
      out[v] += weight * deltas[k * 3];
      out[v + 1] += weight * deltas[k * 3 + 1];
      out[v + 2] += weight * deltas[k * 3 + 2];
    }
  });
  const transforms = transformScratch;
  jointTransforms(rig, neutral, pose, transforms);
  const { jointIndices, jointWeights } = rig;
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    const v = vertex * 3;
    const x = out[v], y = out[v + 1], z = out[v + 2];
    let px = 0, py = 0, pz = 0;
    for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) {
      const weight = jointWeights[slot];
      if (weight === 0) continue;
      const t = jointIndices[slot] * 12;
      px += weight * (transforms[t] * x + transforms[t + 1] * y + transforms[t + 2] * z + transforms[t + 3]);
      py += weight * (transforms[t + 4] * x + transforms[t + 5] * y + transforms[t + 6] * z + transforms[t + 7]);
      pz += weight * (transforms[t + 8] * x + transforms[t + 9] * y + transforms[t + 10] * z + transforms[t + 11]);
    }
    out[v] = px;
    out[v + 1] = py;
    out[v + 2] = pz;
  }
}
