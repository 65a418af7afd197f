import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import {
  compensateOpacity, createProjectedSplats, LOW_PASS_PIXELS2, MIN_ALPHA, NEAR_METERS, type PinholeCamera, projectSplats,
} from '../../../shared/splat/projection.ts';

const camera: PinholeCamera = {
  cameraFromRigRotation: [0.1, -0.2, 0.05, Math.sqrt(1 - 0.01 - 0.04 - 0.0025)], cameraFromRigTranslation: [0.01, 0.02, -0.6],
  focalPixels: 800, principalPoint: [250, 270], width: 512, height: 500,
};

describe('projectSplats', () => {
  it('puts a centre where a pinhole camera does', () => {
    const upright: PinholeCamera = { ...camera, cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0, -0.5] };
    const out = createProjectedSplats(1);
    projectSplats(Float32Array.of(0.05, 0.1, 0), Float32Array.of(1e-6, 0, 0, 1e-6, 0, 1e-6), Float32Array.of(0.9), upright, out);
    expect(out.centers[0]).toBeCloseTo(250 + 80, 3);
    expect(out.centers[1]).toBeCloseTo(270 - 160, 3);
    expect(out.depths[0]).toBeCloseTo(0.5, 6);
  });

  it('agrees with the spread of projected samples', () => {
    const random = new SeededRandom(5);
    // Σ = L·Lᵀ, small against the distance so that the linearisation holds.
    const L = [[0.003, 0, 0], [0.001, 0.002, 0], [-0.001, 0.0005, 0.001]];
    const cov = (i: number, j: number): number => [0, 1, 2].reduce((sum, k) => sum + L[i][k] * L[j][k], 0);
    const center = [0.03, -0.04, 0.02];
    const out = createProjectedSplats(1);
    projectSplats(Float32Array.from(center), Float32Array.of(cov(0, 0), cov(0, 1), cov(0, 2), cov(1, 1), cov(1, 2), cov(2, 2)), Float32Array.of(0.5), camera, out);
    const count = 20_000;
    const points = createProjectedSplats(count);
    const samples = new Float32Array(count * 3);
    for (let s = 0; s < count; s++) {
      const g = [random.normal(), random.normal(), random.normal()];
      for (let k = 0; k < 3; k++) samples[s * 3 + k] = center[k] + L[k][0] * g[0] + L[k][1] * g[1] + L[k][2] * g[2];
    }
    projectSplats(samples, new Float32Array(count * 6), new Float32Array(count).fill(0.5), camera, points);
    let xx = 0, xy = 0, yy = 0;
    for (let s = 0; s < count; s++) {
      const dx = points.centers[s * 2] - out.centers[0], dy = points.centers[s * 2 + 1] - out.centers[1];
      xx += dx * dx / count;
      xy += dx * dy / count;
      yy += dy * dy / count;
    }
    const [a, b, c] = out.conics;
    const determinant = a * c - b * b;
    expect(c / determinant - LOW_PASS_PIXELS2).toBeCloseTo(xx, 0);
    expect(-b / determinant).toBeCloseTo(xy, 0);
    expect(a / determinant - LOW_PASS_PIXELS2).toBeCloseTo(yy, 0);
  });

  it('reaches to where alpha falls under the least that is drawn', () => {
    const out = createProjectedSplats(1);
    projectSplats(Float32Array.of(0, 0, 0), Float32Array.of(4e-6, 1e-6, 0, 3e-6, 0, 1e-6), Float32Array.of(0.8), camera, out);
    const [a, b, c] = out.conics;
    // Along the edge x = extent the largest alpha is at dy = -b·dx/c.
    const dx = out.extents[0], dy = (-b * dx) / c;
    expect(out.opacities[0] * Math.exp(-0.5 * (a * dx * dx + 2 * b * dx * dy + c * dy * dy))).toBeCloseTo(MIN_ALPHA, 5);
  });

  it('does not draw what is behind the camera or too near', () => {
    const out = createProjectedSplats(2);
    const behind = { ...camera, cameraFromRigRotation: [0, 0, 0, 1] as const, cameraFromRigTranslation: [0, 0, 0] as const };
    projectSplats(Float32Array.of(0, 0, 1, 0, 0, -NEAR_METERS / 2), new Float32Array(12).fill(1e-6), Float32Array.of(1, 1), behind, out);
    expect([...out.depths]).toEqual([0, 0]);
    expect([...out.opacities]).toEqual([0, 0]);
  });
});

describe('compensateOpacity', () => {
  it('changes nothing where the low-pass changes nothing', () => {
    for (const opacity of [0, 0.1, 0.5, 0.95]) expect(compensateOpacity(opacity, 1)).toBeCloseTo(opacity, 6);
  });

  it('keeps a layer of splats as opaque as it was, however small they are on the screen', () => {
    // τ of a layer is density · area · Li₂(opacity).
    const dilogarithm = (x: number): number => Array.from({ length: 400 }, (_, k) => x ** (k + 1) / (k + 1) ** 2).reduce((a, b) => a + b, 0);
    for (const ratio of [0.05, 0.2, 0.5, 0.8]) {
      const kept = dilogarithm(compensateOpacity(0.95, ratio)) / ratio;
      expect(Math.abs(kept / dilogarithm(0.95) - 1)).toBeLessThan(0.11);
    }
  });
});
