import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { canonicalise } from '../../../shared/splat/codec/canonicalOrientation.ts';

function covariance(q: ArrayLike<number>, scales: ArrayLike<number>): number[] {
  const [x, y, z, w] = [q[0], q[1], q[2], q[3]];
  const r = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
  return [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => [0, 1, 2].reduce((sum, k) => sum + r[i][k] * r[j][k] * scales[k] ** 2, 0)));
}

describe('canonicalise', () => {
  it.each([['three scales', [1, 2, 3]], ['two equal scales', [2, 2, 5]], ['two equal scales, other axes', [5, 2, 2]], ['and again', [2, 5, 2]], ['a ball', [3, 3, 3]]])(
    'keeps the covariance and comes near the identity: %s', (_, scaleCodes) => {
      const random = new SeededRandom(7);
      for (let k = 0; k < 200; k++) {
        const q = Float64Array.from({ length: 4 }, () => random.normal());
        const length = Math.hypot(...q);
        const orientation = { rotation: q.map((value) => value / length), scales: Int32Array.from(scaleCodes) };
        const before = covariance(orientation.rotation, orientation.scales);
        canonicalise(orientation);
        covariance(orientation.rotation, orientation.scales).forEach((value, i) => expect(value).toBeCloseTo(before[i], 8));
        expect(orientation.rotation[3]).toBeGreaterThan(0.85);
      }
    });
});
