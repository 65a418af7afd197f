import type { PixelImage } from '../../perception/analysedPortrait.ts';
import { distanceAt, type DistanceField } from '../distanceField.ts';

/** Pixels of the matte's rim that are mixed with the background and not looked at. */
const RIM_PIXELS = 1.5;
const LEVELS = 5;
/** Numbers a pixel: weight, then the weighted means of gx², gx·gy, gy². */
const CHANNELS = 4;

/**
 * How strongly a portrait's colours change where, as mean structure tensors over boxes of 2, 4, 8, … pixels. Changes are
 * those of the three channels of sRGB in [0, 1] a pixel, squared and averaged; only the person counts.
 */
export class GradientPyramid {
  readonly #levels: { width: number; height: number; data: Float32Array }[] = [];

  constructor(image: PixelImage, matte: DistanceField) {
    let level = tensors(image, matte);
    this.#levels.push(level);
    while (this.#levels.length < LEVELS && level.width > 8 && level.height > 8) {
      level = halve(level);
      this.#levels.push(level);
    }
  }

  /** The mean tensor over about `footprint` pixels around a position: gxx, gxy, gyy a pixel², to out[at..at+2]. */
  sample(x: number, y: number, footprint: number, out: Float32Array, at: number): void {
    const index = Math.min(this.#levels.length - 1, Math.max(0, Math.round(Math.log2(Math.max(footprint, 1))) - 1));
    const { width, height, data } = this.#levels[index]!;
    const scale = 0.5 / (1 << index);
    const fx = Math.min(Math.max(x * scale - 0.5, 0), width - 1.001), fy = Math.min(Math.max(y * scale - 0.5, 0), height - 1.001);
    const i = Math.floor(fx), j = Math.floor(fy);
    const u = fx - i, v = fy - j;
    const p = (j * width + i) * CHANNELS, q = p + width * CHANNELS;
    const wa = (1 - u) * (1 - v) * data[p]!, wb = u * (1 - v) * data[p + 4]!, wc = (1 - u) * v * data[q]!, wd = u * v * data[q + 4]!;
    const total = wa + wb + wc + wd;
    const gain = total > 1e-3 ? 1 / total : 0;
    for (let c = 0; c < 3; c += 1) {
      out[at + c] = gain * (wa * data[p + 1 + c]! + wb * data[p + 5 + c]! + wc * data[q + 1 + c]! + wd * data[q + 5 + c]!);
    }
  }
}

/** Tensors at half the image's size: two pixels are averaged before they are compared, against the camera's noise. */
function tensors(image: PixelImage, matte: DistanceField): { width: number; height: number; data: Float32Array } {
  const width = image.width >> 1, height = image.height >> 1;
  const half = new Float32Array(width * height * 3);
  const stride = image.width * 3;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = 2 * y * stride + 6 * x;
      for (let c = 0; c < 3; c += 1) {
        half[(y * width + x) * 3 + c] = (image.data[from + c]! + image.data[from + 3 + c]! + image.data[from + stride + c]!
          + image.data[from + stride + 3 + c]!) / 1020;
      }
    }
  }
  const data = new Float32Array(width * height * CHANNELS);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      if (distanceAt(matte, 2 * x + 1, 2 * y + 1) < RIM_PIXELS) continue;
      const at = (y * width + x) * 3;
      let xx = 0, xy = 0, yy = 0;
      for (let c = 0; c < 3; c += 1) {
        // Differences over two pixels of the half image: four of the image.
        const gx = 0.25 * (half[at + 3 + c]! - half[at - 3 + c]!), gy = 0.25 * (half[at + width * 3 + c]! - half[at - width * 3 + c]!);
        xx += gx * gx; xy += gx * gy; yy += gy * gy;
      }
      const to = (y * width + x) * CHANNELS;
      data[to] = 1;
      data[to + 1] = xx / 3;
      data[to + 2] = xy / 3;
      data[to + 3] = yy / 3;
    }
  }
  return { width, height, data };
}

function halve(from: { width: number; height: number; data: Float32Array }): { width: number; height: number; data: Float32Array } {
  const width = from.width >> 1, height = from.height >> 1;
  const data = new Float32Array(width * height * CHANNELS);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const a = (2 * y * from.width + 2 * x) * CHANNELS;
      const to = (y * width + x) * CHANNELS;
      for (const p of [a, a + CHANNELS, a + from.width * CHANNELS, a + (from.width + 1) * CHANNELS]) {
        const weight = from.data[p]!;
        data[to] = data[to]! + 0.25 * weight;
        for (let c = 1; c < CHANNELS; c += 1) data[to + c] = data[to + c]! + 0.25 * weight * from.data[p + c]!;
      }
      const weight = data[to]!;
      if (weight > 0) for (let c = 1; c < CHANNELS; c += 1) data[to + c] = data[to + c]! / weight;
    }
  }
  return { width, height, data };
}
