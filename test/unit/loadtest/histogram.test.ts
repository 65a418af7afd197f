import { describe, expect, it } from 'vitest';
import { Histogram, mergedHistogram } from '../../../loadtest/measure/histogram.ts';

describe('Histogram', () => {
  it('gives percentiles to a quarter of a millisecond', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 100; value++) histogram.add(value);
    expect(histogram.percentile(0.5)).toBeCloseTo(50, 0);
    expect(Math.abs(histogram.percentile(0.95) - 95)).toBeLessThanOrEqual(0.25);
    expect(histogram.percentiles).toMatchObject({ count: 100, max: 100, mean: 50.5 });
  });

  it('counts what is below zero as zero, and what is beyond its range in the last bucket', () => {
    const histogram = new Histogram();
    histogram.add(-3);
    histogram.add(1e6);
    expect(histogram.percentile(0.5)).toBe(0.25);
    expect(histogram.percentiles.max).toBe(1e6);
    expect(new Histogram().percentile(0.95)).toBe(0);
  });

  it('is the same merged as counted at once', () => {
    const parts = [new Histogram(), new Histogram()];
    const whole = new Histogram();
    for (let index = 0; index < 1_000; index++) {
      const value = (index * 7919) % 1_500;
      parts[index % 2]!.add(value);
      whole.add(value);
    }
    const merged = mergedHistogram(parts.map((part) => part.pack()));
    expect(merged.percentiles).toEqual(whole.percentiles);
    expect(merged.counts(100, 1_000)).toEqual(whole.counts(100, 1_000));
    expect(whole.counts(100, 1_000).reduce((sum, count) => sum + count, 0)).toBe(1_000);
  });
});
