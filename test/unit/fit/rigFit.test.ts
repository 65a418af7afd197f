import { describe, expect, it } from 'vitest';
import { solveBounded, solveCholesky } from '../../../shared/fit/boundedLeastSquares.ts';
import { landmarkPositions, projectLandmarks } from '../../../shared/fit/headProjection.ts';
import type { HeadState } from '../../../shared/fit/headProjection.ts';
import { buildLandmarkModel } from '../../../shared/fit/landmarkModel.ts';
import { fitRig } from '../../../shared/fit/rigFit.ts';
import { conjugate, fromRotationVector, multiplyQuaternions, rotateVector, shareOfRotation, toRotationVector } from '../../../shared/fit/rotation.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import { committedRig } from '../../support/paintedPortrait.ts';

const model = buildLandmarkModel(committedRig());
const CAMERA = { focalPixels: 1800, principalPoint: [512, 500] as const };

/** Somebody the fit does not know, before a camera it does. */
function somebody(seed: number, weights: Partial<Record<BlendshapeName, number>>, turn: readonly [number, number, number] = [0, 0, 0]): HeadState {
  const random = new SeededRandom(seed);
  const state: HeadState = {
    cameraFromHeadRotation: fromRotationVector(turn), cameraFromHeadTranslation: [0.02, -0.03, -0.8],
    identity: Float64Array.from({ length: model.componentCount }, (_, k) => (k < 12 ? 0.6 * random.normal() : 0)), weights: new Float64Array(BLENDSHAPE_COUNT),
  };
  for (const [name, weight] of Object.entries(weights)) state.weights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = weight;
  return state;
}

function landmarksOf(state: HeadState, jitterPixels: number, seed = 5): Float32Array {
  const random = new SeededRandom(seed);
  const pixels = new Float64Array(478 * 2);
  const points = new Float64Array(478 * 3);
  projectLandmarks(landmarkPositions(model, state), state, CAMERA, pixels, points);
  return Float32Array.from({ length: 478 * 3 }, (_, i) => (i % 3 === 2 ? (-points[i]! - 0.8) * (CAMERA.focalPixels / 0.8)
    : pixels[Math.floor(i / 3) * 2 + (i % 3)]! + jitterPixels * random.normal()));
}

function weightOf(weights: ArrayLike<number>, name: BlendshapeName): number {
  return weights[BLENDSHAPE_NAMES.indexOf(name)]!;
}

describe('fitRig', () => {
  it('explains exact landmarks of a stranger to a fraction of a percent', () => {
    const fitted = fitRig(model, { landmarks: landmarksOf(somebody(1, {}), 0), camera: CAMERA });
    expect(fitted.reprojectionErrorPercent).toBeLessThan(0.35);
  });

  it('finds the head\'s rotation, jitter and all', () => {
    const truth = somebody(2, {}, [0.12, 0.35, -0.08]);
    const { state } = fitRig(model, { landmarks: landmarksOf(truth, 1), camera: CAMERA });
    const off = toRotationVector(multiplyQuaternions(conjugate(truth.cameraFromHeadRotation), state.cameraFromHeadRotation));
    expect((Math.hypot(...off) * 180) / Math.PI).toBeLessThan(2.5);
  });

  it('tells an open jaw and a smile from the shape of the face', () => {
    const neutral = fitRig(model, { landmarks: landmarksOf(somebody(3, {}), 0.5), camera: CAMERA });
    const open = fitRig(model, { landmarks: landmarksOf(somebody(3, { jawOpen: 0.6 }), 0.5), camera: CAMERA });
    const smile = fitRig(model, { landmarks: landmarksOf(somebody(3, { mouthSmileLeft: 0.7, mouthSmileRight: 0.7 }), 0.5), camera: CAMERA });
    expect(weightOf(open.blendshapeWeights, 'jawOpen') - weightOf(neutral.blendshapeWeights, 'jawOpen')).toBeGreaterThan(0.35);
    expect(weightOf(smile.blendshapeWeights, 'mouthSmileLeft') - weightOf(neutral.blendshapeWeights, 'mouthSmileLeft')).toBeGreaterThan(0.25);
    // The same person: the identity changes less with the expression than it does between people.
    const stranger = fitRig(model, { landmarks: landmarksOf(somebody(4, {}), 0.5), camera: CAMERA });
    const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, k) => value - b[k]!));
    expect(distance(open.identityCoefficients, neutral.identityCoefficients)).toBeLessThan(0.9 * distance(stranger.identityCoefficients, neutral.identityCoefficients));
  });

  it('keeps every weight and coefficient within its bounds, whatever it is shown', () => {
    const random = new SeededRandom(11);
    const landmarks = landmarksOf(somebody(6, { jawOpen: 1, mouthFunnel: 1, eyeBlinkLeft: 1 }, [0, 0.6, 0]), 25);
    for (let i = 0; i < 40; i++) landmarks[random.integer(478) * 3] = random.between(0, 1024);
    const fitted = fitRig(model, { landmarks, camera: CAMERA });
    expect([...fitted.blendshapeWeights].every((value) => value >= 0 && value <= 1)).toBe(true);
    expect([...fitted.identityCoefficients].every((value) => Math.abs(value) <= 3.5 + 1e-6)).toBe(true);
    expect(Number.isFinite(fitted.reprojectionErrorPercent)).toBe(true);
  });

  it('leans on the model\'s estimate where landmarks say little', () => {
    const estimate = new Float32Array(BLENDSHAPE_COUNT);
    estimate[BLENDSHAPE_NAMES.indexOf('cheekPuff')] = 0.8;
    const landmarks = landmarksOf(somebody(7, {}), 0.5);
    const without = fitRig(model, { landmarks, camera: CAMERA });
    const given = fitRig(model, { landmarks, camera: CAMERA, blendshapeEstimate: estimate });
    expect(weightOf(given.blendshapeWeights, 'cheekPuff')).toBeGreaterThan(weightOf(without.blendshapeWeights, 'cheekPuff'));
  });
});

describe('solveBounded', () => {
  const matrix = Float64Array.of(4, 0, 1, 3); // Lower triangle of [[4, 1], [1, 3]].

  it('agrees with the free solution where no bound is in the way', () => {
    const x = solveBounded(matrix, Float64Array.of(1, 2), Float64Array.of(-9, -9), Float64Array.of(9, 9));
    expect(x[0]).toBeCloseTo(1 / 11, 9);
    expect(x[1]).toBeCloseTo(7 / 11, 9);
  });

  it('re-solves the free variable when the other is held, instead of clipping', () => {
    const x = solveBounded(matrix, Float64Array.of(1, 2), Float64Array.of(-9, -9), Float64Array.of(9, 0.2));
    expect(x[1]).toBeCloseTo(0.2, 9);
    expect(x[0]).toBeCloseTo((1 - 0.2) / 4, 9);
  });

  it('satisfies the optimality conditions on random problems', () => {
    const random = new SeededRandom(8);
    for (let trial = 0; trial < 30; trial++) {
      const n = 6;
      const root = Float64Array.from({ length: n * n }, () => random.normal());
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) a[i * n + j]! += root[i * n + k]! * root[j * n + k]! + (i === j ? 0.05 : 0);
      const b = Float64Array.from({ length: n }, () => random.normal());
      const lower = new Float64Array(n).fill(0);
      const upper = new Float64Array(n).fill(0.5);
      const x = solveBounded(a, b, lower, upper);
      for (let i = 0; i < n; i++) {
        const gradient = b.reduce((sum, _, j) => sum + a[i * n + j]! * x[j]!, -b[i]!);
        if (x[i]! > 1e-9 && x[i]! < 0.5 - 1e-9) expect(Math.abs(gradient)).toBeLessThan(1e-6);
        else if (x[i]! <= 1e-9) expect(gradient).toBeGreaterThan(-1e-6);
        else expect(gradient).toBeLessThan(1e-6);
      }
    }
  });

  it('has a Cholesky solver that solves', () => {
    const a = Float64Array.of(4, 1, 1, 3);
    const b = Float64Array.of(1, 2);
    solveCholesky(a, b);
    expect(b[0]).toBeCloseTo(1 / 11, 9);
    expect(b[1]).toBeCloseTo(7 / 11, 9);
  });
});

describe('rotations', () => {
  it('go to vectors and back', () => {
    const v = [0.3, -0.7, 0.2] as const;
    toRotationVector(fromRotationVector(v)).forEach((value, k) => expect(value).toBeCloseTo(v[k]!, 9));
    const [x, y, z] = rotateVector(fromRotationVector([0, Math.PI / 2, 0]), [0, 0, 1]);
    [[x, 1], [y, 0], [z, 0]].forEach(([got, wanted]) => expect(got).toBeCloseTo(wanted!, 9));
  });

  it('are shared out: two shares of one make the whole', () => {
    const q = fromRotationVector([0.2, 0.5, -0.1]);
    const whole = multiplyQuaternions(shareOfRotation(q, 0.6), shareOfRotation(q, 0.4));
    whole.forEach((value, k) => expect(value).toBeCloseTo(q[k]!, 9));
  });
});
