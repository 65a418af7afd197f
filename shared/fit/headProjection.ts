import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../rig/blendshapes.ts';
import { LANDMARK_COUNT, type LandmarkModel } from './landmarkModel.ts';
import { fromRotationVector, multiplyQuaternions, normalizeQuaternion, toMatrix, type Quaternion, type Vector3 } from './rotation.ts';

/** Pinhole camera: pixel = (focal·x/-z + cx, cy - focal·y/-z). */
export interface PinholeCamera {
  readonly focalPixels: number;
  readonly principalPoint: readonly [number, number];
}

/** What the fit looks for: the head's placing before the camera, identity and expression. */
export interface HeadState {
  cameraFromHeadRotation: Quaternion;
  cameraFromHeadTranslation: Vector3;
  /** In standard deviations, [componentCount]. */
  readonly identity: Float64Array;
  /** [52] */
  readonly weights: Float64Array;
}

/** Turning of an eyeball at eyeLook weight 1, radians: to the side, and up or down. */
export const EYE_YAW_RADIANS = (30 * Math.PI) / 180;
export const EYE_PITCH_RADIANS = (25 * Math.PI) / 180;

const shape = (name: (typeof BLENDSHAPE_NAMES)[number]): number => BLENDSHAPE_NAMES.indexOf(name);
/** Per eye (left, right): the shapes that turn it towards +x, -x, down, up. */
const GAZE_SHAPES: readonly (readonly [number, number, number, number])[] = [
  [shape('eyeLookOutLeft'), shape('eyeLookInLeft'), shape('eyeLookDownLeft'), shape('eyeLookUpLeft')],
  [shape('eyeLookInRight'), shape('eyeLookOutRight'), shape('eyeLookDownRight'), shape('eyeLookUpRight')],
];

/** Landmarks in head space, metres, [478, 3], eyeballs turned. */
export function landmarkPositions(model: LandmarkModel, state: HeadState, out = new Float64Array(LANDMARK_COUNT * 3)): Float64Array {
  out.set(model.mean);
  addScaled(out, model.identity, state.identity);
  addScaled(out, model.shapes, state.weights);
  for (let landmark = 0; landmark < LANDMARK_COUNT; landmark += 1) {
    const eye = model.eyes[landmark]!;
    if (eye === 0) continue;
    const center = eyeCenter(model, state.identity, eye - 1);
    const turned = turnEye(state.weights, eye - 1, [
      out[landmark * 3]! - center[0], out[landmark * 3 + 1]! - center[1], out[landmark * 3 + 2]! - center[2],
    ]);
    for (let axis = 0; axis < 3; axis += 1) out[landmark * 3 + axis] = center[axis]! + turned.position[axis]!;
  }
  return out;
}

function addScaled(out: Float64Array, basis: Float64Array, coefficients: Float64Array): void {
  const stride = out.length;
  for (let k = 0; k < coefficients.length; k += 1) {
    const c = coefficients[k]!;
    if (c === 0) continue;
    const base = k * stride;
    for (let i = 0; i < stride; i += 1) out[i] = out[i]! + c * basis[base + i]!;
  }
}

function eyeCenter(model: LandmarkModel, identity: Float64Array, eye: number): [number, number, number] {
  const center: [number, number, number] = [0, 0, 0];
  for (let axis = 0; axis < 3; axis += 1) {
    let sum = model.eyeCenters[eye * 3 + axis]!;
    for (let k = 0; k < identity.length; k += 1) sum += identity[k]! * model.eyeCenterComponents[(k * 2 + eye) * 3 + axis]!;
    center[axis] = sum;
  }
  return center;
}

/** A point about the eye's centre, turned; and its derivatives by yaw and pitch. */
function turnEye(weights: Float64Array, eye: number, p: Vector3): { position: Vector3; byYaw: Vector3; byPitch: Vector3 } {
  const [right, left, down, up] = GAZE_SHAPES[eye]!;
  const yaw = EYE_YAW_RADIANS * (weights[right]! - weights[left]!);
  const pitch = EYE_PITCH_RADIANS * (weights[down]! - weights[up]!);
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  const y = cp * p[1] - sp * p[2];
  const z = sp * p[1] + cp * p[2];
  return {
    position: [cy * p[0] + sy * z, y, -sy * p[0] + cy * z],
    byYaw: [-sy * p[0] + cy * z, 0, -cy * p[0] - sy * z],
    byPitch: [sy * y, -z, cy * y],
  };
}

/** Projects head-space landmarks; fills pixels [478, 2] and camera-space points [478, 3]. */
export function projectLandmarks(
  positions: Float64Array, state: HeadState, camera: PinholeCamera, pixels: Float64Array, cameraPoints: Float64Array,
): void {
  const m = toMatrix(state.cameraFromHeadRotation);
  const t = state.cameraFromHeadTranslation;
  for (let i = 0; i < LANDMARK_COUNT; i += 1) {
    const px = positions[i * 3]!, py = positions[i * 3 + 1]!, pz = positions[i * 3 + 2]!;
    const x = m[0]! * px + m[1]! * py + m[2]! * pz + t[0];
    const y = m[3]! * px + m[4]! * py + m[5]! * pz + t[1];
    const z = m[6]! * px + m[7]! * py + m[8]! * pz + t[2];
    cameraPoints[i * 3] = x; cameraPoints[i * 3 + 1] = y; cameraPoints[i * 3 + 2] = z;
    const depth = Math.max(-z, 1e-3);
    pixels[i * 2] = camera.principalPoint[0] + (camera.focalPixels * x) / depth;
    pixels[i * 2 + 1] = camera.principalPoint[1] - (camera.focalPixels * y) / depth;
  }
}

/** Parameters in order: rotation vector in camera space, translation, identity (may be none), the 52 weights. */
export interface NormalEquations { readonly a: Float64Array; readonly b: Float64Array }

/**
 * Accumulates JᵀWJ and JᵀWr of the landmarks' reprojection for a step from `state`, lower triangle, row-major.
 * @param rowWeights weight of each landmark's two residuals, 1/pixels², [478]
 * @param observed pixels, [478, stride] (x and y first)
 */
export function accumulateNormalEquations(
  model: LandmarkModel, state: HeadState, camera: PinholeCamera, observed: Float32Array, rowWeights: Float64Array,
  pixels: Float64Array, cameraPoints: Float64Array, identityCount: number,
): NormalEquations {
  const n = 6 + identityCount + BLENDSHAPE_COUNT;
  const a = new Float64Array(n * n);
  const b = new Float64Array(n);
  const m = toMatrix(state.cameraFromHeadRotation);
  const t = state.cameraFromHeadTranslation;
  const rowU = new Float64Array(n);
  const rowV = new Float64Array(n);
  const active = new Int32Array(n);
  const f = camera.focalPixels;
  for (let landmark = 0; landmark < LANDMARK_COUNT; landmark += 1) {
    const weight = rowWeights[landmark]!;
    if (weight <= 0) continue;
    const x = cameraPoints[landmark * 3]!, y = cameraPoints[landmark * 3 + 1]!, z = cameraPoints[landmark * 3 + 2]!;
    const depth = Math.max(-z, 1e-3);
    const gain = f / depth;
    const uz = (f * x) / (depth * depth);
    const vz = (-f * y) / (depth * depth);
    let count = 0;
    const set = (column: number, dx: number, dy: number, dz: number): void => {
      const u = gain * dx + uz * dz;
      const v = -gain * dy + vz * dz;
      if (u === 0 && v === 0) return;
      rowU[count] = u; rowV[count] = v; active[count] = column; count += 1;
    };
    const [rx, ry, rz] = [x - t[0], y - t[1], z - t[2]];
    set(0, 0, -rz, ry); set(1, rz, 0, -rx); set(2, -ry, rx, 0);
    set(3, 1, 0, 0); set(4, 0, 1, 0); set(5, 0, 0, 1);
    const setHead = (column: number, dx: number, dy: number, dz: number): void => {
      if (dx === 0 && dy === 0 && dz === 0) return;
      set(column, m[0]! * dx + m[1]! * dy + m[2]! * dz, m[3]! * dx + m[4]! * dy + m[5]! * dz, m[6]! * dx + m[7]! * dy + m[8]! * dz);
    };
    for (let k = 0; k < identityCount; k += 1) {
      const base = (k * LANDMARK_COUNT + landmark) * 3;
      setHead(6 + k, model.identity[base]!, model.identity[base + 1]!, model.identity[base + 2]!);
    }
    const eye = model.eyes[landmark]!;
    for (let s = 0; s < BLENDSHAPE_COUNT; s += 1) {
      const base = (s * LANDMARK_COUNT + landmark) * 3;
      let dx = model.shapes[base]!, dy = model.shapes[base + 1]!, dz = model.shapes[base + 2]!;
      if (eye !== 0) {
        const place = GAZE_SHAPES[eye - 1]!.indexOf(s);
        if (place >= 0) {
          // The landmark's turned position relative to the eye's centre, found from camera space without the pose.
          const turned = gazeDerivative(model, state, eye - 1, landmark, place);
          dx += turned[0]; dy += turned[1]; dz += turned[2];
        }
      }
      setHead(6 + identityCount + s, dx, dy, dz);
    }
    const residualU = observed[landmark * 3]! - pixels[landmark * 2]!;
    const residualV = observed[landmark * 3 + 1]! - pixels[landmark * 2 + 1]!;
    for (let i = 0; i < count; i += 1) {
      const u = rowU[i]! * weight, v = rowV[i]! * weight;
      const column = active[i]!;
      const base = column * n;
      b[column] = b[column]! + u * residualU + v * residualV;
      for (let j = 0; j <= i; j += 1) {
        const index = base + active[j]!;
        a[index] = a[index]! + u * rowU[j]! + v * rowV[j]!;
      }
    }
  }
  return { a, b };
}

function gazeDerivative(model: LandmarkModel, state: HeadState, eye: number, landmark: number, place: number): Vector3 {
  const center = eyeCenter(model, state.identity, eye);
  const p: [number, number, number] = [0, 0, 0];
  for (let axis = 0; axis < 3; axis += 1) {
    let sum = model.mean[landmark * 3 + axis]!;
    for (let k = 0; k < state.identity.length; k += 1) {
      sum += state.identity[k]! * model.identity[(k * LANDMARK_COUNT + landmark) * 3 + axis]!;
    }
    p[axis] = sum - center[axis]!;
  }
  const { byYaw, byPitch } = turnEye(state.weights, eye, p);
  const [direction, angle] = place < 2 ? [byYaw, EYE_YAW_RADIANS] : [byPitch, EYE_PITCH_RADIANS];
  const sign = place % 2 === 0 ? angle : -angle;
  return [direction[0] * sign, direction[1] * sign, direction[2] * sign];
}

/** Takes a solved step: the rotation is composed, all else added. Weights and identity are set by the caller's bounds. */
export function applyStep(state: HeadState, step: Float64Array, identityCount: number): void {
  const turn = fromRotationVector([step[0]!, step[1]!, step[2]!]);
  state.cameraFromHeadRotation = normalizeQuaternion(multiplyQuaternions(turn, state.cameraFromHeadRotation));
  const t = state.cameraFromHeadTranslation;
  state.cameraFromHeadTranslation = [t[0] + step[3]!, t[1] + step[4]!, t[2] + step[5]!];
  for (let k = 0; k < identityCount; k += 1) state.identity[k] = state.identity[k]! + step[6 + k]!;
  for (let s = 0; s < BLENDSHAPE_COUNT; s += 1) {
    state.weights[s] = Math.min(1, Math.max(0, state.weights[s]! + step[6 + identityCount + s]!));
  }
}
