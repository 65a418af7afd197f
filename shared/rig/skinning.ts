import { BLENDSHAPE_NAMES } from './blendshapes.ts';
import type { Rig } from './rig.ts';
import type { RigPose } from './rigPose.ts';

/** A person's head at rest. */
export interface NeutralHead {
  /** [vertexCount, 3], metres, rig space. */
  readonly positions: Float32Array;
  /** [joints, 3], metres, rig space. */
  readonly jointPositions: Float32Array;
}

/** Share of the head's rotation that the neck joint takes; the head joint adds the rest. */
export const NECK_SHARE = 0.4;
/** Turn of an eyeball at weight 1 of an eyeLook* shape. */
export const EYE_YAW_RADIANS = (30 * Math.PI) / 180;
export const EYE_PITCH_RADIANS = (25 * Math.PI) / 180;

/**
 * The neutral head of the given identity (in standard deviations; missing coefficients are 0).
 * @throws RangeError when there are more coefficients than the rig has components.
 */
export function neutralHead(rig: Rig, identityCoefficients: ArrayLike<number>): NeutralHead {
  const { components, jointComponents, componentCount } = rig.identity;
  if (identityCoefficients.length > componentCount) {
    throw new RangeError(`identity coefficients: expected at most ${componentCount}, got ${identityCoefficients.length}`);
  }
  const positions = rig.positions.slice();
  const jointPositions = Float32Array.from(rig.joints.flatMap((joint) => joint.position));
  for (let component = 0; component < identityCoefficients.length; component++) {
    const coefficient = identityCoefficients[component]!;
    if (coefficient === 0) continue;
    const start = component * positions.length;
    for (let i = 0; i < positions.length; i++) positions[i] = positions[i]! + coefficient * components[start + i]!;
    const jointStart = component * jointPositions.length;
    for (let i = 0; i < jointPositions.length; i++) {
      jointPositions[i] = jointPositions[i]! + coefficient * jointComponents[jointStart + i]!;
    }
  }
  return { positions, jointPositions };
}

/** Numbers of one joint's affine matrix: 3 rows of 4. */
export const JOINT_MATRIX_SIZE = 12;

const LOOK = {
  downLeft: BLENDSHAPE_NAMES.indexOf('eyeLookDownLeft'), downRight: BLENDSHAPE_NAMES.indexOf('eyeLookDownRight'),
  inLeft: BLENDSHAPE_NAMES.indexOf('eyeLookInLeft'), inRight: BLENDSHAPE_NAMES.indexOf('eyeLookInRight'),
  outLeft: BLENDSHAPE_NAMES.indexOf('eyeLookOutLeft'), outRight: BLENDSHAPE_NAMES.indexOf('eyeLookOutRight'),
  upLeft: BLENDSHAPE_NAMES.indexOf('eyeLookUpLeft'), upRight: BLENDSHAPE_NAMES.indexOf('eyeLookUpRight'),
} as const;

/** Joints that move by themselves; the others only follow their parents. `setLocalRotation` knows these names. */
export const TURNING_JOINTS: ReadonlySet<string> = new Set(['neck', 'head', 'leftEye', 'rightEye']);

const localRotation = new Float64Array(4);

/**
 * Where each joint takes the points that ride on it: `current · inverse rest`, row-major 3×4, for all joints, written to
 * `out` ([joints.length, 12]). `headPositionMeters` is not part of it.
 */
export function jointMatrices(rig: Rig, jointPositions: Float32Array, pose: RigPose, out: Float64Array): void {
  for (let joint = 0; joint < rig.joints.length; joint++) {
    const { name, parent } = rig.joints[joint]!;
    setLocalRotation(name, pose);
    // About the joint's own place first: x → R (x - p) + p; then whatever the parent does.
    const x = localRotation[0]!, y = localRotation[1]!, z = localRotation[2]!, w = localRotation[3]!;
    const px = jointPositions[joint * 3]!, py = jointPositions[joint * 3 + 1]!, pz = jointPositions[joint * 3 + 2]!;
    const r00 = 1 - 2 * (y * y + z * z), r01 = 2 * (x * y - z * w), r02 = 2 * (x * z + y * w);
    const r10 = 2 * (x * y + z * w), r11 = 1 - 2 * (x * x + z * z), r12 = 2 * (y * z - x * w);
    const r20 = 2 * (x * z - y * w), r21 = 2 * (y * z + x * w), r22 = 1 - 2 * (x * x + y * y);
    const t0 = px - (r00 * px + r01 * py + r02 * pz);
    const t1 = py - (r10 * px + r11 * py + r12 * pz);
    const t2 = pz - (r20 * px + r21 * py + r22 * pz);
    const at = joint * JOINT_MATRIX_SIZE;
    for (let row = 0; row < 3; row++) {
      const from = parent * JOINT_MATRIX_SIZE + row * 4;
      const m0 = parent < 0 ? Number(row === 0) : out[from]!;
      const m1 = parent < 0 ? Number(row === 1) : out[from + 1]!;
      const m2 = parent < 0 ? Number(row === 2) : out[from + 2]!;
      const m3 = parent < 0 ? 0 : out[from + 3]!;
      out[at + row * 4] = m0 * r00 + m1 * r10 + m2 * r20;
      out[at + row * 4 + 1] = m0 * r01 + m1 * r11 + m2 * r21;
      out[at + row * 4 + 2] = m0 * r02 + m1 * r12 + m2 * r22;
      out[at + row * 4 + 3] = m0 * t0 + m1 * t1 + m2 * t2 + m3;
    }
  }
}

function setLocalRotation(name: string, { headRotation, blendshapeWeights: weights }: RigPose): void {
  if (name === 'neck') setShare(headRotation, NECK_SHARE);
  else if (name === 'head') setShare(headRotation, 1 - NECK_SHARE);
  else if (name === 'leftEye') setEye(weights[LOOK.outLeft]! - weights[LOOK.inLeft]!, weights[LOOK.upLeft]! - weights[LOOK.downLeft]!);
  else if (name === 'rightEye') setEye(weights[LOOK.inRight]! - weights[LOOK.outRight]!, weights[LOOK.upRight]! - weights[LOOK.downRight]!);
  else localRotation.set(IDENTITY);
}

const IDENTITY = [0, 0, 0, 1] as const;

/** The rotation of the same axis by a share of the angle: slerp from the identity. */
function setShare(rotation: readonly [number, number, number, number], share: number): void {
  const x = rotation[0], y = rotation[1], z = rotation[2], w = rotation[3];
  const length = Math.sqrt(x * x + y * y + z * z);
  if (length < 1e-9) {
    localRotation.set(IDENTITY);
    return;
  }
  // The shorter way round, whichever sign the quaternion has.
  const half = share * Math.atan2(w < 0 ? -length : length, Math.abs(w));
  const scale = Math.sin(half) / length;
  localRotation[0] = x * scale;
  localRotation[1] = y * scale;
  localRotation[2] = z * scale;
  localRotation[3] = Math.cos(half);
}

/** `right` turns the gaze towards +x, `up` towards +y, each in [-1, 1]. */
function setEye(right: number, up: number): void {
  const yaw = 0.5 * EYE_YAW_RADIANS * right, pitch = -0.5 * EYE_PITCH_RADIANS * up;
  const cy = Math.cos(yaw), sy = Math.sin(yaw), cp = Math.cos(pitch), sp = Math.sin(pitch);
  // Yaw after pitch.
  localRotation[0] = cy * sp;
  localRotation[1] = sy * cp;
  localRotation[2] = -sy * sp;
  localRotation[3] = cy * cp;
}

let matrices = new Float64Array(0);

/**
 * Moves a neutral head into a pose: blendshapes, then linear blend skinning, then the displacement of the whole.
 * The CPU reference of the vertex shader. Allocates nothing; writes [vertexCount, 3] to `out`.
 */
export function poseVertices(rig: Rig, neutral: NeutralHead, pose: RigPose, out: Float32Array): void {
  out.set(neutral.positions);
  for (let shape = 0; shape < rig.blendshapes.length; shape++) {
    const weight = pose.blendshapeWeights[shape]!;
    if (weight === 0) continue;
    const { vertexIndices, deltas } = rig.blendshapes[shape]!;
    for (let row = 0, from = 0; row < vertexIndices.length; row++, from += 3) {
      const to = vertexIndices[row]! * 3;
      out[to] = out[to]! + weight * deltas[from]!;
      out[to + 1] = out[to + 1]! + weight * deltas[from + 1]!;
      out[to + 2] = out[to + 2]! + weight * deltas[from + 2]!;
    }
  }
  if (matrices.length !== rig.joints.length * JOINT_MATRIX_SIZE) matrices = new Float64Array(rig.joints.length * JOINT_MATRIX_SIZE);
  jointMatrices(rig, neutral.jointPositions, pose, matrices);
  const { jointIndices, jointWeights } = rig;
  const [moveX, moveY, moveZ] = pose.headPositionMeters;
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    const at = vertex * 3;
    const x = out[at]!, y = out[at + 1]!, z = out[at + 2]!;
    let sumX = moveX, sumY = moveY, sumZ = moveZ;
    for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) {
      const weight = jointWeights[slot]!;
      if (weight === 0) continue;
      const m = jointIndices[slot]! * JOINT_MATRIX_SIZE;
      sumX += weight * (matrices[m]! * x + matrices[m + 1]! * y + matrices[m + 2]! * z + matrices[m + 3]!);
      sumY += weight * (matrices[m + 4]! * x + matrices[m + 5]! * y + matrices[m + 6]! * z + matrices[m + 7]!);
      sumZ += weight * (matrices[m + 8]! * x + matrices[m + 9]! * y + matrices[m + 10]! * z + matrices[m + 11]!);
    }
    out[at] = sumX;
    out[at + 1] = sumY;
    out[at + 2] = sumZ;
  }
}
