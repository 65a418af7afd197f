import { describe, expect, it } from 'vitest';
import { fitSlope } from '../../../loadtest/measure/slope.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

const x = Array.from({ length: 200 }, (_, index) => index / 10);

describe('fitSlope', () => {
  it('finds a growth that noise hides from the eye', () => {
    const random = new SeededRandom(4);
    const { perUnit, standardError } = fitSlope(x, x.map((at) => 100 + 0.5 * at + random.normal()));
    expect(Math.abs(perUnit - 0.5)).toBeLessThan(3 * standardError);
    expect(perUnit).toBeGreaterThan(2 * standardError);
  });

  it('says how little a wandering level tells', () => {
    const random = new SeededRandom(5);
    let level = 0;
    const { standardError } = fitSlope(x, x.map(() => (level = 0.95 * level + random.normal())));
    const white = fitSlope(x, x.map(() => random.normal()));
    expect(standardError).toBeGreaterThan(3 * white.standardError);
  });

  it('is zero for too few samples and for one moment', () => {
    expect(fitSlope([1, 2], [3, 4])).toEqual({ perUnit: 0, standardError: 0 });
    expect(fitSlope([1, 1, 1], [3, 4, 5])).toEqual({ perUnit: 0, standardError: 0 });
  });
});
