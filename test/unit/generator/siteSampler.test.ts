import { describe, expect, it } from 'vitest';
import { sampleSites, type SamplingSurface } from '../../../server/generator/siteSampler.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** A unit square of two triangles; the second may be sampled at another spacing. */
function square(spacing: readonly [number, number]): SamplingSurface {
  return {
    positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0),
    faces: Uint32Array.of(0, 1, 2, 0, 2, 3),
    chosen: [0, 1], spacing: Float32Array.from(spacing), layer: new Uint8Array(2),
  };
}

/** Distance of each of the first sites to its nearest neighbour among them. */
function nearestDistances(positions: Float32Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    let best = Infinity;
    for (let j = 0; j < count; j += 1) {
      if (j !== i) best = Math.min(best, Math.hypot(positions[i * 3]! - positions[j * 3]!, positions[i * 3 + 1]! - positions[j * 3 + 1]!));
    }
    return best;
  });
}

describe('sampleSites', () => {
  it('spreads every prefix evenly, far better than chance', () => {
    const sites = sampleSites(square([1, 1]), 2000, new SeededRandom(3));
    expect(sites.count).toBe(2000);
    for (const count of [250, 1000, 2000]) {
      // Random points have a nearest neighbour at 0.5 / sqrt(n) on average, and the closest pairs all but touch.
      const distances = nearestDistances(sites.positions, count);
      expect(Math.min(...distances)).toBeGreaterThan(0.45 / Math.sqrt(count));
    }
  });

  it('puts sites closer where the spacing is smaller', () => {
    const sites = sampleSites(square([0.5, 1]), 2000, new SeededRandom(3));
    const dense = Array.from(sites.faces).filter((face) => face === 0).length;
    expect(dense / (sites.count - dense)).toBeGreaterThan(3);
    expect(dense / (sites.count - dense)).toBeLessThan(5);
  });

  it('gives the same sites for the same seed', () => {
    const [a, b] = [7, 7].map((seed) => sampleSites(square([1, 1]), 300, new SeededRandom(seed)));
    expect(a).toEqual(b);
  });
});
