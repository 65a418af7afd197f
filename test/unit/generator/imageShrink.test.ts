import { describe, expect, it } from 'vitest';
import { shrinkImage } from '../../../server/generator/imageShrink.ts';

/** A picture whose red grows with x and green with y. */
function ramp(width: number, height: number): { width: number; height: number; data: Uint8Array } {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([4 * (i % width), 4 * Math.floor(i / width), 90], i * 3);
  return { width, height, data };
}

describe('shrinkImage', () => {
  it('keeps everything in its place to an eighth of a pixel, at any step', () => {
    for (const step of [1, 1.3, 1.422, 2, 2.7]) {
      const [width, height] = [Math.floor(50 / step), Math.floor(40 / step)];
      const out = shrinkImage(ramp(60, 50), { left: 5, top: 6, step, width, height });
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const at = (y * width + x) * 3;
          // The value of a ramp in a pixel's middle, where source pixel i has its middle at i + ½.
          expect(Math.abs((out[at]! * 255) / 4 - (5 + (x + 0.5) * step - 0.5))).toBeLessThan(0.125);
          expect(Math.abs((out[at + 1]! * 255) / 4 - (6 + (y + 0.5) * step - 0.5))).toBeLessThan(0.125);
          expect(out[at + 2]! * 255).toBeCloseTo(90, 3);
        }
      }
    }
  });
});
