import { describe, expect, it } from 'vitest';
import { solveBounded, solveCholesky } from '../../../shared/fit/boundedLeastSquares.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** A random positive definite matrix, row-major, and a right-hand side. */
function randomSystem(n: number, random: SeededRandom): { a: Float64Array; b: Float64Array } {
  const root = Float64Array.from({ length: n * n }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      for (let k = 0; k < n; k += 1) a[i * n + j] = a[i * n + j]! + root[i * n + k]! * root[j * n + k]!;
    }
    a[i * n + i] = a[i * n + i]! + 0.1;
  }
  return { a, b: Float64Array.from({ length: n }, () => 3 * random.normal()) };
}

describe('solveCholesky', () => {
  it('solves a positive definite system', () => {
    const b = Float64Array.of(2, 8);
    solveCholesky(Float64Array.of(4, 0, 2, 3), b);
    expect(4 * b[0]! + 2 * b[1]!).toBeCloseTo(2);
    expect(2 * b[0]! + 3 * b[1]!).toBeCloseTo(8);
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => solveCholesky(Float64Array.of(1, 0, 2, 1), Float64Array.of(1, 1))).toThrow(/positive definite/);
  });
});

describe('solveBounded', () => {
  it('meets the optimality conditions of bounded least squares, seeds 1 to 20', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const n = 12;
      const { a, b } = randomSystem(n, new SeededRandom(seed));
      const x = solveBounded(a, b, new Float64Array(n), new Float64Array(n).fill(1));
      for (let i = 0; i < n; i += 1) {
        let gradient = -b[i]!;
        for (let j = 0; j < n; j += 1) gradient += a[i * n + j]! * x[j]!;
        expect(x[i]!, `seed ${seed}`).toBeGreaterThanOrEqual(0);
        expect(x[i]!, `seed ${seed}`).toBeLessThanOrEqual(1);
        // Inside its bounds a variable is stationary; at one it is pushed outwards.
        if (x[i] === 0) expect(gradient, `seed ${seed}`).toBeGreaterThan(-1e-6);
        else if (x[i] === 1) expect(gradient, `seed ${seed}`).toBeLessThan(1e-6);
        else expect(Math.abs(gradient), `seed ${seed}`).toBeLessThan(1e-6);
      }
    }
  });
});
