import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../rig/blendshapes.ts';
import { solveBounded } from './boundedLeastSquares.ts';
import { EXPRESSION_REST, EXPRESSION_SPREAD } from './expressionPrior.ts';
import {
  accumulateNormalEquations, applyStep, landmarkPositions, projectLandmarks, type HeadState, type PinholeCamera,
} from './headProjection.ts';
import { LANDMARK_COUNT, type LandmarkModel } from './landmarkModel.ts';
import { splitShoulders, type ShoulderSplit } from './shoulderSplit.ts';
import { toMatrix } from './rotation.ts';

export interface RigFitInput {
  /** MediaPipe's landmarks in pixels, y down, [478, 3]. */
  readonly landmarks: Float32Array;
  readonly camera: PinholeCamera;
  /** MediaPipe's estimate of the weights, where its model is at hand, [52]: a weak prior. */
  readonly blendshapeEstimate?: Float32Array;
}

export interface RigFitResult extends ShoulderSplit {
  /** In standard deviations, [componentCount]. */
  readonly identityCoefficients: Float32Array;
  /** [52], each in [0, 1]. */
  readonly blendshapeWeights: Float32Array;
  /** Mean distance between projected and observed landmarks, all with confidence, in percent of the face's width. */
  readonly reprojectionErrorPercent: number;
  readonly state: HeadState;
}

/** Residual of one landmark that counts as one standard deviation, and where outliers begin, in face widths. */
const RESIDUAL_SIGMA = 0.012;
const OUTLIER_SIGMA = 0.035;
const IDENTITY_RIDGE = 0.3;
/** Firm, so that a resting face's shape is its identity and not a lasting grimace on a stranger's. */
const EXPRESSION_RIDGE = 4;
const ESTIMATE_TRUST = 0.8;
/** MediaPipe sees a squint of about 0.4 in nearly every resting face: taken as it is, it half-closes eyes that are open. */
const SQUINT_TRUST = 0.2;
const IDENTITY_BOUND = 3.5;
const FULL_ROUNDS = 8;

/** MediaPipe's face oval: on a turned head its far side slides along the silhouette instead of sitting on skin. */
const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/** Lid margins: few landmarks that move little, yet a millimetre off paints lashes on the lid and opens it in a blink. */
const LID_MARGINS = [
  33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,
  263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249,
];
const LID_WEIGHT = 3;

/** Width of a face, pixels: between the ears' landmarks, depth included so that a turned head is not narrower. */
export function faceWidthPixels(landmarks: Float32Array): number {
  const at = (i: number, axis: number): number => landmarks[i * 3 + axis]!;
  return Math.hypot(at(234, 0) - at(454, 0), at(234, 1) - at(454, 1), at(234, 2) - at(454, 2));
}

/**
 * Fits pose, identity and expression to the landmarks of one face by regularised Gauss-Newton: the pose alone first,
 * then all together, robustly reweighted. Tens of milliseconds.
 */
export function fitRig(model: LandmarkModel, input: RigFitInput): RigFitResult {
  const faceWidth = faceWidthPixels(input.landmarks);
  const state = initialState(model, input, faceWidth);
  const rest = expressionTarget(input.blendshapeEstimate);
  for (let round = 0; round < 8; round += 1) stepFit(model, state, input, faceWidth, rest, { identity: 0, expression: false });
  state.weights.set(rest);
  for (let round = 0; round < FULL_ROUNDS; round += 1) {
    stepFit(model, state, input, faceWidth, rest, { identity: model.componentCount, expression: true });
  }
  return {
    ...splitShoulders(model, state),
    identityCoefficients: Float32Array.from(state.identity),
    blendshapeWeights: Float32Array.from(state.weights),
    reprojectionErrorPercent: reprojectionErrorPercent(model, state, input, faceWidth),
    state,
  };
}

export function expressionTarget(estimate: Float32Array | undefined): Float64Array {
  if (estimate === undefined) return EXPRESSION_REST.slice();
  return EXPRESSION_REST.map((rest, i) =>
    rest + (BLENDSHAPE_NAMES[i]!.startsWith('eyeSquint') ? SQUINT_TRUST : ESTIMATE_TRUST) * (estimate[i]! - rest));
}

export function initialState(model: LandmarkModel, input: RigFitInput, faceWidth: number): HeadState {
  const { landmarks, camera } = input;
  const modelWidth = Math.abs(model.mean[234 * 3]! - model.mean[454 * 3]!);
  const depth = (camera.focalPixels * modelWidth) / faceWidth;
  let [u, v, x, y] = [0, 0, 0, 0];
  for (let i = 0; i < 468; i += 1) {
    u += landmarks[i * 3]! / 468; v += landmarks[i * 3 + 1]! / 468;
    x += model.mean[i * 3]! / 468; y += model.mean[i * 3 + 1]! / 468;
  }
  return {
    cameraFromHeadRotation: [0, 0, 0, 1],
    cameraFromHeadTranslation: [
      ((u - camera.principalPoint[0]) * depth) / camera.focalPixels - x,
      ((camera.principalPoint[1] - v) * depth) / camera.focalPixels - y,
      -depth,
    ],
    identity: new Float64Array(model.componentCount),
    weights: new Float64Array(BLENDSHAPE_COUNT),
  };
}

/** Row weights, 1/pixels²: confidence, robustness, and less of the oval where it turns away. */
export function landmarkRowWeights(
  model: LandmarkModel, state: HeadState, landmarks: Float32Array, pixels: Float64Array, faceWidth: number, robust: boolean,
): Float64Array {
  const weights = new Float64Array(LANDMARK_COUNT);
  for (let i = 0; i < LANDMARK_COUNT; i += 1) {
    const residual = Math.hypot(landmarks[i * 3]! - pixels[i * 2]!, landmarks[i * 3 + 1]! - pixels[i * 2 + 1]!) / faceWidth;
    const doubt = robust ? 1 / (1 + (residual / OUTLIER_SIGMA) ** 2) ** 2 : 1;
    weights[i] = (model.weights[i]! * doubt) / (RESIDUAL_SIGMA * faceWidth) ** 2;
  }
  for (const i of LID_MARGINS) weights[i] = weights[i]! * LID_WEIGHT;
  const m = toMatrix(state.cameraFromHeadRotation);
  for (const i of FACE_OVAL) {
    // Outward from the head's axis, seen from the camera: below zero it has turned past the silhouette.
    const x = model.mean[i * 3]!, z = model.mean[i * 3 + 2]! + 0.09;
    const outward = (m[6]! * x + m[8]! * z) / Math.hypot(x, z);
    weights[i] = weights[i]! * Math.min(1, Math.max(0.12, (outward - 0.05) / 0.25));
  }
  return weights;
}

/** One Gauss-Newton step from `state`, changed in place. */
export function stepFit(
  model: LandmarkModel, state: HeadState, input: RigFitInput, faceWidth: number, rest: Float64Array,
  free: { identity: number; expression: boolean },
): void {
  const pixels = new Float64Array(LANDMARK_COUNT * 2);
  const cameraPoints = new Float64Array(LANDMARK_COUNT * 3);
  projectLandmarks(landmarkPositions(model, state), state, input.camera, pixels, cameraPoints);
  const rows = landmarkRowWeights(model, state, input.landmarks, pixels, faceWidth, free.expression);
  const { a, b } = accumulateNormalEquations(model, state, input.camera, input.landmarks, rows, pixels, cameraPoints, free.identity);
  const n = b.length;
  const lower = new Float64Array(n).fill(-Infinity);
  const upper = new Float64Array(n).fill(Infinity);
  for (let i = 0; i < 6; i += 1) a[i * n + i] = a[i * n + i]! * (1 + 1e-6) + 1e-6;
  for (let k = 0; k < free.identity; k += 1) {
    const i = 6 + k;
    a[i * n + i] = a[i * n + i]! + IDENTITY_RIDGE;
    b[i] = b[i]! - IDENTITY_RIDGE * state.identity[k]!;
    lower[i] = -IDENTITY_BOUND - state.identity[k]!;
    upper[i] = IDENTITY_BOUND - state.identity[k]!;
  }
  for (let s = 0; s < BLENDSHAPE_COUNT; s += 1) {
    const i = 6 + free.identity + s;
    const precision = EXPRESSION_RIDGE / EXPRESSION_SPREAD[s]! ** 2;
    a[i * n + i] = a[i * n + i]! + precision;
    b[i] = b[i]! + precision * (rest[s]! - state.weights[s]!);
    lower[i] = free.expression ? -state.weights[s]! : 0;
    upper[i] = free.expression ? 1 - state.weights[s]! : 0;
  }
  applyStep(state, solveBounded(a, b, lower, upper), free.identity);
}

export function reprojectionErrorPercent(model: LandmarkModel, state: HeadState, input: RigFitInput, faceWidth: number): number {
  const pixels = new Float64Array(LANDMARK_COUNT * 2);
  projectLandmarks(landmarkPositions(model, state), state, input.camera, pixels, new Float64Array(LANDMARK_COUNT * 3));
  let sum = 0;
  let count = 0;
  for (let i = 0; i < LANDMARK_COUNT; i += 1) {
    if (model.weights[i]! <= 0) continue;
    sum += Math.hypot(input.landmarks[i * 3]! - pixels[i * 2]!, input.landmarks[i * 3 + 1]! - pixels[i * 2 + 1]!);
    count += 1;
  }
  return (100 * sum) / count / faceWidth;
}
