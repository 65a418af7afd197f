import { describe, expect, test } from 'vitest';
import { AdaptiveBudget } from '../../../client/render/stage/adaptiveBudget.ts';
import { PointAssembly } from '../../../client/render/stage/pointAssembly.ts';
import { planSeating } from '../../../client/render/stage/seating.ts';

/** Frames at an even pace; returns the share after them. */
function run(budget: AdaptiveBudget, fromMs: number, forMs: number, intervalMs: number): number {
  let share = budget.share;
  for (let ms = fromMs; ms < fromMs + forMs; ms += intervalMs) share = budget.measure(ms);
  return share;
}

describe('seating', () => {
  const cases = Array.from({ length: 25 }, (_, index) => index + 1).flatMap((count) => [0.46, 1, 1.6, 2.4].map((aspect) => ({ count, aspect })));

  test.each(cases)('$count people at $aspect:1 sit apart, in front of the viewer, facing them', ({ count, aspect }) => {
    const { places } = planSeating(count, aspect);
    expect(places).toHaveLength(count);
    for (const [i, a] of places.entries()) {
      expect(a.position[2]).toBeLessThan(-1);
      // Everyone is turned towards the camera, not beyond it.
      expect(Math.sign(a.yawRadians)).toBe(Math.abs(a.position[0]) < 1e-9 ? Math.sign(a.yawRadians) : -Math.sign(a.position[0]));
      for (const b of places.slice(i + 1)) {
        expect(Math.hypot(a.position[0] - b.position[0], a.position[1] - b.position[1], a.position[2] - b.position[2])).toBeGreaterThan(0.3);
      }
    }
  });

  test.each(cases)('$count people at $aspect:1 fit between the sides', ({ count, aspect }) => {
    const { places, fieldOfViewDegrees } = planSeating(count, aspect);
    const halfTangent = Math.tan((fieldOfViewDegrees / 2) * Math.PI / 180);
    for (const { position: [x, , z] } of places) expect((Math.abs(x) + 0.1) / -z).toBeLessThanOrEqual(halfTangent * aspect * 1.02);
  });

  test('a tall screen stacks people in rows, a wide one sets them side by side', () => {
    const heights = (aspect: number) => new Set(planSeating(4, aspect).places.map(({ position }) => position[1])).size;
    expect(heights(0.46)).toBeGreaterThan(1);
    expect(heights(2.2)).toBe(1);
  });
});

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
});
