import { describe, expect, it } from 'vitest';
import { solveColors } from '../../../server/generator/colorSolve.ts';
import { composeImage, rasteriseSplats } from '../../../server/generator/splatRasteriser.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

const CAMERA = {
  cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0, -1], focalPixels: 64, principalPoint: [16, 16], width: 32, height: 32,
} as const;

/** A wall of overlapping splats before the camera. */
function wall(random: SeededRandom): { count: number; centers: Float32Array; covariances: Float32Array; opacities: Float32Array } {
  const count = 400;
  const centers = new Float32Array(count * 3);
  const covariances = new Float32Array(count * 6);
  for (let i = 0; i < count; i += 1) {
    centers.set([random.between(-0.25, 0.25), random.between(-0.25, 0.25), random.between(-0.01, 0.01)], i * 3);
    covariances.set([2.5e-4, 0, 0, 2.5e-4, 0, 1e-6], i * 6);
  }
  return { count, centers, covariances, opacities: new Float32Array(count).fill(0.9) };
}

describe('solveColors', () => {
  it('finds the colours that made an image', () => {
    const random = new SeededRandom(5);
    const splats = wall(random);
    const contributions = rasteriseSplats(splats, CAMERA);
    const truth = Float32Array.from({ length: splats.count * 3 }, () => random.between(0.2, 0.8));
    const seen = composeImage(contributions, truth);
    // The solve judges only what covers, so the target is what an opaque wall would show.
    const target = seen.map((value, i) => value / Math.max(1e-3, 1 - contributions.transmittance[(i / 3) | 0]!));
    const sampled = new Float32Array(splats.count * 3).fill(0.5);
    const solved = solveColors({
      contributions, target, pixelWeights: new Float32Array(32 * 32).fill(1), sampled, ridge: new Float32Array(splats.count).fill(1e-3), iterations: 40,
    });
    const squared = (colors: Float32Array): number => composeImage(contributions, colors).reduce((sum, value, i) => sum + (value - seen[i]!) ** 2, 0);
    expect(squared(solved)).toBeLessThan(0.01 * squared(sampled));
  });

  it('leaves splats that no pixel shows at their sampled colour', () => {
    const splats = wall(new SeededRandom(5));
    splats.centers.set([5, 5, 0], 0);
    const contributions = rasteriseSplats(splats, CAMERA);
    const sampled = new Float32Array(splats.count * 3).fill(0.25);
    const solved = solveColors({
      contributions, target: new Float32Array(32 * 32 * 3).fill(0.9), pixelWeights: new Float32Array(32 * 32).fill(1), sampled,
      ridge: new Float32Array(splats.count).fill(0.1), iterations: 10,
    });
    expect(Array.from(solved.subarray(0, 3))).toEqual([0.25, 0.25, 0.25]);
    expect(solved.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('goes on from colours that it is given, around those that are held', () => {
    const random = new SeededRandom(7);
    const splats = wall(random);
    const contributions = rasteriseSplats(splats, CAMERA);
    const seen = composeImage(contributions, Float32Array.from({ length: splats.count * 3 }, () => random.between(0.3, 0.7)));
    const target = seen.map((value, i) => value / Math.max(1e-3, 1 - contributions.transmittance[(i / 3) | 0]!));
    const sampled = new Float32Array(splats.count * 3).fill(0.5);
    const system = { contributions, target, pixelWeights: new Float32Array(32 * 32).fill(1), sampled, ridge: new Float32Array(splats.count).fill(1e-3) };
    const start = solveColors({ ...system, iterations: 12 });
    const held = Uint8Array.from({ length: splats.count }, (_, i) => Number(i % 10 === 0));
    for (let i = 0; i < splats.count; i += 10) start.fill(0.35, i * 3, i * 3 + 3);
    const solved = solveColors({ ...system, iterations: 12, start, held });
    for (let i = 0; i < splats.count; i += 10) expect(Array.from(solved.subarray(i * 3, i * 3 + 3))).toEqual(Array.from(start.subarray(i * 3, i * 3 + 3)));
    const squared = (colors: Float32Array): number => composeImage(contributions, colors).reduce((sum, value, i) => sum + (value - seen[i]!) ** 2, 0);
    expect(squared(solved)).toBeLessThan(0.5 * squared(start));
  });
});
