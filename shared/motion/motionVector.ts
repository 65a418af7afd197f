import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';

/** Inputs of the motion transform: 52 weights, head rotation vector x, y, z (radians), head position x, y, z (metres). */
export const MOTION_INPUTS = BLENDSHAPE_COUNT + 6;
/** Positions are clamped to this, metres. */
const POSITION_LIMIT_METERS = 3.2767;

export interface MotionPose {
  readonly blendshapeWeights: Float32Array;
  readonly headRotation: readonly [number, number, number, number];
  readonly headPositionMeters: readonly [number, number, number];
}

/**
 * Writes a pose as inputs of the transform, [58]: weights and position clamped, the rotation as axis times angle, the shorter way.
 * What is not finite counts as rest.
 */
export function writeMotionVector(pose: MotionPose, out: Float64Array): void {
  for (let index = 0; index < BLENDSHAPE_COUNT; index++) out[index] = clamp(pose.blendshapeWeights[index]!, 0, 1);
  const [x, y, z, w] = pose.headRotation;
  const sine = Math.hypot(x, y, z);
  const half = Math.atan2(w < 0 ? -sine : sine, Math.abs(w));
  const scale = sine > 1e-12 && Number.isFinite(half) ? (2 * half) / sine : 0;
  out[BLENDSHAPE_COUNT] = scale === 0 ? 0 : x * scale;
  out[BLENDSHAPE_COUNT + 1] = scale === 0 ? 0 : y * scale;
  out[BLENDSHAPE_COUNT + 2] = scale === 0 ? 0 : z * scale;
  for (let axis = 0; axis < 3; axis++) {
    out[BLENDSHAPE_COUNT + 3 + axis] = clamp(pose.headPositionMeters[axis]!, -POSITION_LIMIT_METERS, POSITION_LIMIT_METERS);
  }
}

/** The pose of inputs, in memory of its own. */
export function readMotionVector(vector: Float64Array): MotionPose {
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (let index = 0; index < BLENDSHAPE_COUNT; index++) blendshapeWeights[index] = clamp(vector[index]!, 0, 1);
  const x = vector[BLENDSHAPE_COUNT]!, y = vector[BLENDSHAPE_COUNT + 1]!, z = vector[BLENDSHAPE_COUNT + 2]!;
  const angle = Math.hypot(x, y, z);
  const turn = Math.min(angle, Math.PI) / 2;
  const scale = angle > 1e-12 ? Math.sin(turn) / angle : 0;
  const meters = (axis: number): number => clamp(vector[BLENDSHAPE_COUNT + 3 + axis]!, -POSITION_LIMIT_METERS, POSITION_LIMIT_METERS);
  return {
    blendshapeWeights, headRotation: [x * scale, y * scale, z * scale, Math.cos(turn)],
    headPositionMeters: [meters(0), meters(1), meters(2)],
  };
}

function clamp(value: number, low: number, high: number): number {
  return value > low ? Math.min(value, high) : value <= low ? low : 0;
}
