import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { DepthSorter } from '../../../shared/splat/depthSort.ts';

describe('DepthSorter', () => {
  it('orders farthest first, each splat once', () => {
    const random = new SeededRandom(1);
    const depths = Float32Array.from({ length: 5000 }, () => random.between(0.4, 0.9));
    const order = new Uint32Array(depths.length);
    new DepthSorter().sortBackToFront(depths, depths.length, order);
    expect(new Set(order).size).toBe(depths.length);
    const step = 40e-6;
    for (let k = 1; k < order.length; k++) expect(depths[order[k]]).toBeLessThanOrEqual(depths[order[k - 1]] + step);
  });

  it('keeps the order of equal depths, and sorts only the first count', () => {
    const order = new Uint32Array(4).fill(99);
    new DepthSorter().sortBackToFront(Float32Array.of(1, 1, 1, 5), 3, order);
    expect([...order]).toEqual([0, 1, 2, 99]);
  });

  it('survives depths that are no numbers', () => {
    const order = new Uint32Array(5);
    new DepthSorter().sortBackToFront(Float32Array.of(2, NaN, Infinity, 1, -Infinity), 5, order);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(order.indexOf(0)).toBeLessThan(order.indexOf(3));
  });

  it('is reusable for more and for fewer splats', () => {
    const sorter = new DepthSorter();
    for (const count of [3, 1000, 10, 0]) {
      const depths = Float32Array.from({ length: count }, (_, i) => i);
      const order = new Uint32Array(count);
      sorter.sortBackToFront(depths, count, order);
      expect([...order]).toEqual(Array.from({ length: count }, (_, i) => count - 1 - i));
    }
  });
});
