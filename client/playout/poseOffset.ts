import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { IDENTITY_ROTATION, conjugate, multiply, normalize, slerp } from '../motion/rotation.ts';
import type { Quaternion } from '../motion/rotation.ts';

/** What has to be added to one pose to make another of it. */
export interface PoseOffset {
  readonly weights: Float32Array;
  /** From the left: `to = rotation · from`. */
  readonly rotation: Quaternion;
  readonly positionMeters: readonly [number, number, number];
}

/** The offset that leads from one pose to another. */
export function offsetBetween(from: RigPose, to: RigPose): PoseOffset {
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (let i = 0; i < BLENDSHAPE_COUNT; i++) weights[i] = to.blendshapeWeights[i]! - from.blendshapeWeights[i]!;
  const [a, b] = [from.headPositionMeters, to.headPositionMeters];
  return { weights, rotation: normalize(multiply(to.headRotation, conjugate(from.headRotation))), positionMeters: [b[0] - a[0], b[1] - a[1], b[2] - a[2]] };
}

/** A pose moved by a share of an offset; shares outside [0, 1] go beyond it. Weights stay within [0, 1]. A new pose. */
export function addOffset(pose: RigPose, offset: PoseOffset, share: number): RigPose {
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (let i = 0; i < BLENDSHAPE_COUNT; i++) weights[i] = Math.min(1, Math.max(0, pose.blendshapeWeights[i]! + offset.weights[i]! * share));
  const turn = slerp(IDENTITY_ROTATION, offset.rotation, share);
  const [p, d] = [pose.headPositionMeters, offset.positionMeters];
  return {
    blendshapeWeights: weights,
    headRotation: normalize(multiply(turn, pose.headRotation)),
    headPositionMeters: [p[0] + d[0] * share, p[1] + d[1] * share, p[2] + d[2] * share],
  };
}

/**
 * Of two offsets the smaller in each component, nothing where they disagree in direction (the minmod limiter of
 * flux schemes): the speed that both support. `scale` is applied to `a` before the comparison.
 */
export function smallerOffset(a: PoseOffset, b: PoseOffset, scale: number): PoseOffset {
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (let i = 0; i < BLENDSHAPE_COUNT; i++) weights[i] = minmod(a.weights[i]! * scale, b.weights[i]!);
  const [p, q] = [a.positionMeters, b.positionMeters];
  // Small turns: the vector parts add like angles, and w >= 0 after `normalize`.
  const x = minmod(a.rotation[0] * scale, b.rotation[0]);
  const y = minmod(a.rotation[1] * scale, b.rotation[1]);
  const z = minmod(a.rotation[2] * scale, b.rotation[2]);
  return {
    weights,
    rotation: [x, y, z, Math.sqrt(Math.max(0, 1 - x * x - y * y - z * z))],
    positionMeters: [minmod(p[0] * scale, q[0]), minmod(p[1] * scale, q[1]), minmod(p[2] * scale, q[2])],
  };
}

function minmod(a: number, b: number): number {
  return a * b <= 0 ? 0 : Math.abs(a) < Math.abs(b) ? a : b;
}
