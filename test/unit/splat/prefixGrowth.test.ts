import { describe, expect, test } from 'vitest';
import { grownLogScales, prefixGrowth, thinnestAxis } from '../../../shared/splat/prefixGrowth.ts';

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
    expect(prefixGrowth(0, 0)).toEqual({ flat: 1, full: 1 });
    expect(prefixGrowth(10, 0)).toEqual({ flat: 1, full: 1 });
  });

  test('grow along their surface and not across it, wherever that lies', () => {
    const { full } = prefixGrowth(16, 1);
    for (const scales of [[0.001, 0.002, 0.002], [0.002, 0.001, 0.002], [0.002, 0.002, 0.001]] as const) {
      const thin = scales.indexOf(0.001);
      for (const [axis, factor] of growthOf(scales, 16).entries()) expect(factor).toBeCloseTo(axis === thin ? 1 : full, 5);
    }
  });

  test('grow more where they tile a surface, once each stands for many, until they cover about the area of all', () => {
    const flat = [0.002, 0.002, 0.0004] as const;
    expect(growthOf(flat, 4)[0]).toBeCloseTo(prefixGrowth(4, 1).full, 5);
    for (const perSplat of [16, 24, 40]) {
      expect(growthOf(flat, perSplat)[0]).toBeGreaterThan(prefixGrowth(perSplat, 1).full);
      expect(growthOf(flat, perSplat)[0]! ** 2 / perSplat).toBeGreaterThan(0.8);
      expect(growthOf(flat, perSplat)[0]! ** 2 / perSplat).toBeLessThan(1.1);
    }
  });

  test('grow alike along all axes where they are round', () => {
    const round = growthOf([0.002, 0.002, 0.002], 16);
    for (const factor of round) expect(factor).toBeCloseTo(prefixGrowth(16, 1).full, 5);
  });

  test('grow no further at some point, and never shrink', () => {
    expect(prefixGrowth(60_000, 1)).toEqual(prefixGrowth(6_400, 100));
    let before = 1;
    for (const drawn of [40_000, 30_000, 10_000, 2_000, 700, 100, 1]) {
      const { flat, full } = prefixGrowth(40_000, drawn);
      expect(full).toBeGreaterThanOrEqual(1);
      expect(flat).toBeGreaterThanOrEqual(Math.max(before, full));
      before = flat;
    }
  });
});

test('a splat is as full as its thinnest axis is beside the others', () => {
  expect(thinnestAxis(logScalesOf([0.004, 0.001, 0.001]), 0)).toMatchObject({ axis: 2 });
  const { axis, fullness } = thinnestAxis(logScalesOf([1, 1, 1], [0.004, 0.0005, 0.001]), 1);
  expect(axis).toBe(1);
  expect(fullness).toBeCloseTo(0.25, 5);
});
