import { describe, expect, test } from 'vitest';
import { AdaptiveBudget } from '../../../client/render/stage/adaptiveBudget.ts';
import { PointAssembly } from '../../../client/render/stage/pointAssembly.ts';

/** Frames at an even pace; returns the share after them. */
function run(budget: AdaptiveBudget, fromMs: number, forMs: number, intervalMs: number): number {
  let share = budget.share;
  for (let ms = fromMs; ms < fromMs + forMs; ms += intervalMs) share = budget.measure(ms);
  return share;
}

describe('adaptive budget', () => {
  test('a quick device keeps every point', () => {
    expect(run(new AdaptiveBudget({ slowestShare: 0.2 }), 0, 20_000, 16.7)).toBe(1);
  });

  test('a slow one falls to what it manages, never below the least', () => {
    expect(run(new AdaptiveBudget({ slowestShare: 0.2 }), 0, 60_000, 120)).toBe(0.2);
  });

  test('rises again when the load has passed, and a hidden tab is no load', () => {
    const budget = new AdaptiveBudget({ slowestShare: 0.2 });
    const low = run(budget, 0, 4000, 80);
    expect(low).toBeLessThan(0.7);
    expect(budget.measure(100_000)).toBe(low);
    expect(run(budget, 100_016, 60_000, 16)).toBe(1);
  });
});

describe('arrival of points', () => {
  test('grows from a coarse head to everything, never back', () => {
    const assembly = new PointAssembly(60_000, 0);
    let last = 0;
    for (let ms = 0; ms <= 1200; ms += 16) {
      const count = assembly.countAt(ms, 1);
      expect(count).toBeGreaterThanOrEqual(last);
      last = count;
    }
    expect(last).toBe(60_000);
  });

  test('a slow device still draws the prefix that is a head by itself', () => {
    expect(new PointAssembly(60_000, 0).countAt(5000, 0.1)).toBe(20_000);
    expect(new PointAssembly(9000, 0).countAt(5000, 0.1)).toBe(9000);
  });

  test('a head that is small on the screen needs fewer points to be one', () => {
    const far = new PointAssembly(60_000, 0).countAt(5000, 1, 0.1);
    expect(far).toBe(6_000);
    expect(new PointAssembly(60_000, 0).countAt(5000, 0.1, 0.001)).toBe(1_500);
  });
});
