import { describe, expect, test } from 'vitest';
import { FLAT_MOST_METERS, grownLogScales, prefixGrowth, thinnestAxis } from '../../../shared/splat/prefixGrowth.ts';

/** Standard deviations, metres, of one splat a row, as logScales. */
const logScalesOf = (...rows: readonly (readonly [number, number, number])[]): Float32Array => Float32Array.from(rows.flat(), Math.log);
/** How much each axis of the first of `count` splats grows. */
function growthOf(scales: readonly [number, number, number], count: number): number[] {
  const logScales = logScalesOf(...Array.from({ length: count }, () => scales));
  return [...grownLogScales({ count, logScales }, 1)].map((value, axis) => Math.exp(value) / scales[axis]!);
}

describe('the first splats of an avatar', () => {
  test('are as they are where all are drawn', () => {
    const logScales = logScalesOf([0.002, 0.002, 0.0004], [0.004, 0.003, 0.002]);
    expect(grownLogScales({ count: 2, logScales }, 2)).toEqual(logScales);
    expect(prefixGrowth(0, 0)).toBe(1);
    expect(prefixGrowth(10, 0)).toBe(1);
  });

  test('grow along their surface and not across it, wherever that lies', () => {
    const growth = prefixGrowth(16, 1);
    for (const scales of [[0.001, 0.002, 0.002], [0.002, 0.001, 0.002], [0.002, 0.002, 0.001]] as const) {
      const thin = scales.indexOf(0.001);
      for (const [axis, factor] of growthOf(scales, 16).entries()) expect(factor).toBeCloseTo(axis === thin ? 1 : growth, 5);
    }
  });

  test('grow to no more than a face can bear where they are flat, and never shrink', () => {
    const grownWidth = (width: number, perSplat: number): number => width * growthOf([width, width, width / 5], perSplat)[0]!;
    expect(grownWidth(0.002, 16)).toBeCloseTo(0.002 * prefixGrowth(16, 1), 6);
    expect(grownWidth(0.004, 16)).toBeGreaterThan(0.95 * FLAT_MOST_METERS);
    expect(grownWidth(0.004, 16)).toBeLessThanOrEqual(FLAT_MOST_METERS);
    expect(grownWidth(0.012, 16)).toBeCloseTo(0.012, 6);
    // Hair and clothes are fuller, and not of one sheet.
    expect(growthOf([0.012, 0.012, 0.0054], 16)[0]).toBeCloseTo(prefixGrowth(16, 1), 4);
  });

  test('grow alike along all axes where they are round', () => {
    const round = growthOf([0.002, 0.002, 0.002], 16);
    for (const factor of round) expect(factor).toBeCloseTo(prefixGrowth(16, 1), 5);
  });

  test('grow no further at some point, and never shrink', () => {
    expect(prefixGrowth(60_000, 1)).toBe(prefixGrowth(6_400, 100));
    let before = 1;
    for (const drawn of [40_000, 30_000, 10_000, 2_000, 700, 100, 1]) {
      const growth = prefixGrowth(40_000, drawn);
      expect(growth).toBeGreaterThanOrEqual(before);
      before = growth;
    }
  });
});

test('a splat is as full as its thinnest axis is beside the others', () => {
  expect(thinnestAxis(logScalesOf([0.004, 0.001, 0.001]), 0)).toMatchObject({ axis: 2 });
  const { axis, fullness } = thinnestAxis(logScalesOf([1, 1, 1], [0.004, 0.0005, 0.001]), 1);
  expect(axis).toBe(1);
  expect(fullness).toBeCloseTo(0.25, 5);
});
