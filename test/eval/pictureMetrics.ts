import type { PixelImage } from '../../server/perception/analysedPortrait.ts';
import type { Mask } from './plane.ts';

/** Peak signal-to-noise ratio over the mask, all channels together, dB; Infinity for the same picture, NaN for no pixels. */
export function psnr(a: PixelImage, b: PixelImage, mask: Mask): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] === 0) continue;
    for (let k = 0; k < 3; k++) sum += (a.data[i * 3 + k]! - b.data[i * 3 + k]!) ** 2;
    count += 3;
  }
  return count === 0 ? NaN : 10 * Math.log10(255 ** 2 / (sum / count));
}

const WINDOW_SIGMA = 1.5;
const WINDOW_RADIUS = 5;

/**
 * Structural similarity on luma (Wang et al. 2004: Gaussian window of 11 pixels, sigma 1.5), mean over the mask.
 * Outside the mask both pictures count as mid-grey, so that backgrounds neither help nor harm.
 */
export function ssim(a: PixelImage, b: PixelImage, mask: Mask): number {
  const { width, height } = mask;
  const luma = (image: PixelImage): Float32Array => Float32Array.from(mask.data, (inside, i) => (inside === 0 ? 128
    : 0.299 * image.data[i * 3]! + 0.587 * image.data[i * 3 + 1]! + 0.114 * image.data[i * 3 + 2]!));
  const x = luma(a);
  const y = luma(b);
  const product = (p: Float32Array, q: Float32Array): Float32Array => p.map((value, i) => value * q[i]!);
  const smooth = (p: Float32Array): Float32Array => gaussian(p, width, height);
  const mx = smooth(x);
  const my = smooth(y);
  const xx = smooth(product(x, x));
  const yy = smooth(product(y, y));
  const xy = smooth(product(x, y));
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < x.length; i++) {
    if (mask.data[i] === 0) continue;
    const vx = xx[i]! - mx[i]! ** 2;
    const vy = yy[i]! - my[i]! ** 2;
    const cov = xy[i]! - mx[i]! * my[i]!;
    sum += ((2 * mx[i]! * my[i]! + c1) * (2 * cov + c2)) / ((mx[i]! ** 2 + my[i]! ** 2 + c1) * (vx + vy + c2));
    count++;
  }
  return count === 0 ? NaN : sum / count;
}

function gaussian(input: Float32Array, width: number, height: number): Float32Array {
  const kernel = Array.from({ length: WINDOW_RADIUS * 2 + 1 }, (_, i) => Math.exp(-0.5 * ((i - WINDOW_RADIUS) / WINDOW_SIGMA) ** 2));
  const total = kernel.reduce((s, k) => s + k, 0);
  const pass = (source: Float32Array, step: number, length: number, coordinate: (i: number) => number): Float32Array =>
    source.map((_, i) => {
      const at = coordinate(i);
      let sum = 0;
      for (let d = -WINDOW_RADIUS; d <= WINDOW_RADIUS; d++) {
        const clamped = Math.min(length - 1, Math.max(0, at + d)) - at;
        sum += kernel[d + WINDOW_RADIUS]! * source[i + clamped * step]!;
      }
      return sum / total;
    });
  return pass(pass(input, 1, width, (i) => i % width), width, height, (i) => Math.floor(i / width));
}
