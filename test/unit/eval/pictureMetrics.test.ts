import { describe, expect, it } from 'vitest';
import { psnr, ssim } from '../../eval/pictureMetrics.ts';
import type { Mask } from '../../eval/plane.ts';
import type { PixelImage } from '../../../server/perception/analysedPortrait.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

const SIZE = 48;

function noise(seed: number): PixelImage {
  const random = new SeededRandom(seed);
  return { width: SIZE, height: SIZE, data: Uint8Array.from({ length: SIZE * SIZE * 3 }, () => 40 + random.integer(170)) };
}

const everywhere: Mask = { width: SIZE, height: SIZE, data: new Uint8Array(SIZE * SIZE).fill(1) };

describe('psnr', () => {
  it('is 20·log10(255/d) for a constant difference d', () => {
    const a = noise(1);
    const b = { ...a, data: a.data.map((value) => value + 10) };
    expect(psnr(a, b, everywhere)).toBeCloseTo(20 * Math.log10(25.5), 6);
  });

  it('is infinite for the same picture and blind outside the mask', () => {
    const a = noise(2);
    const b = { ...a, data: a.data.slice() };
    b.data[0] = a.data[0]! ^ 0xff;
    expect(psnr(a, a, everywhere)).toBe(Infinity);
    const mask = { ...everywhere, data: everywhere.data.slice() };
    mask.data[0] = 0;
    expect(psnr(a, b, mask)).toBe(Infinity);
    expect(psnr(a, b, everywhere)).toBeLessThan(60);
  });

  it('is not a number where there is nothing to compare', () => {
    expect(psnr(noise(3), noise(4), { ...everywhere, data: new Uint8Array(SIZE * SIZE) })).toBeNaN();
  });
});

describe('ssim', () => {
  it('is 1 for the same picture, high for a brighter one, near 0 for unrelated noise', () => {
    const a = noise(5);
    expect(ssim(a, a, everywhere)).toBeCloseTo(1, 9);
    expect(ssim(a, { ...a, data: a.data.map((value) => value + 8) }, everywhere)).toBeGreaterThan(0.95);
    expect(Math.abs(ssim(a, noise(6), everywhere))).toBeLessThan(0.1);
  });
});
