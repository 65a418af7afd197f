import type { PixelImage } from '../perception/analysedPortrait.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';

/** Resolution at which detail is judged, pixels a metre at the face: about what a head in a room fills. */
const PIXELS_PER_METER = 1_350;
/** Radius of the window over which gradients are averaged, in pixels of that resolution. */
const WINDOW_SIGMA = 2;
/** What lies nearer to the matte's edge than this shows the background too, pixels of that resolution. */
const EDGE_PIXELS = 1.5;

/** How much a portrait's colours change from place to place: RMS of the gradient over a small window. */
export class DetailMap {
  readonly #width: number;
  readonly #height: number;
  /** Map pixels an image pixel. */
  readonly #scale: number;
  readonly #rms: Float32Array;

  /** @param pixelsPerMeter of the image, at the face */
  constructor(image: PixelImage, matte: DistanceField, pixelsPerMeter: number) {
    const scale = Math.min(1, PIXELS_PER_METER / pixelsPerMeter);
    const width = Math.max(2, Math.round(image.width * scale));
    const height = Math.max(2, Math.round(image.height * scale));
    const colors = shrink(image, width, height);
    const energy = new Float32Array(width * height);
    const weight = new Float32Array(width * height);
    for (let y = 1; y < height - 1; y += 1) {
      for (let x = 1; x < width - 1; x += 1) {
        const i = y * width + x;
        if (distanceAt(matte, (x + 0.5) / scale, (y + 0.5) / scale) * scale < EDGE_PIXELS) continue;
        let sum = 0;
        for (let c = 0; c < 3; c += 1) {
          const dx = colors[(i + 1) * 3 + c]! - colors[(i - 1) * 3 + c]!;
          const dy = colors[(i + width) * 3 + c]! - colors[(i - width) * 3 + c]!;
          sum += dx * dx + dy * dy;
        }
        energy[i] = sum / 12;
        weight[i] = 1;
      }
    }
    blur(energy, width, height, WINDOW_SIGMA);
    blur(weight, width, height, WINDOW_SIGMA);
    for (let i = 0; i < energy.length; i += 1) energy[i] = Math.sqrt(energy[i]! / Math.max(weight[i]!, 1e-3));
    this.#width = width;
    this.#height = height;
    this.#scale = scale;
    this.#rms = energy;
  }

  /** RMS of the gradient of a channel, whose range is [0, 1], an image pixel, around a place in the image. */
  gradientAt(x: number, y: number): number {
    const fx = Math.min(Math.max(x * this.#scale - 0.5, 0), this.#width - 1.001);
    const fy = Math.min(Math.max(y * this.#scale - 0.5, 0), this.#height - 1.001);
    const i = Math.floor(fx), j = Math.floor(fy);
    const u = fx - i, v = fy - j;
    const at = j * this.#width + i;
    const d = this.#rms;
    return this.#scale * ((1 - v) * ((1 - u) * d[at]! + u * d[at + 1]!) + v * ((1 - u) * d[at + this.#width]! + u * d[at + this.#width + 1]!));
  }
}

/** Box-filtered to a smaller size, in [0, 1], [height * width * 3]. */
function shrink(image: PixelImage, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height * 3);
  const counts = new Float32Array(width * height);
  for (let y = 0; y < image.height; y += 1) {
    const row = Math.min(height - 1, Math.floor((y * height) / image.height)) * width;
    for (let x = 0; x < image.width; x += 1) {
      const i = row + Math.min(width - 1, Math.floor((x * width) / image.width));
      const from = (y * image.width + x) * 3;
      counts[i] = counts[i]! + 1;
      for (let c = 0; c < 3; c += 1) out[i * 3 + c] = out[i * 3 + c]! + image.data[from + c]!;
    }
  }
  for (let i = 0; i < counts.length; i += 1) {
    const gain = 1 / (255 * Math.max(1, counts[i]!));
    for (let c = 0; c < 3; c += 1) out[i * 3 + c] = out[i * 3 + c]! * gain;
  }
  return out;
}

/** Gaussian blur in place, separable, zero outside. */
export function blur(values: Float32Array, width: number, height: number, sigma: number): void {
  const radius = Math.ceil(sigma * 2.5);
  const kernel = Float32Array.from({ length: radius * 2 + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const line = new Float32Array(Math.max(width, height));
  const pass = (start: number, step: number, length: number): void => {
    for (let i = 0; i < length; i += 1) line[i] = values[start + i * step]!;
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      const from = Math.max(0, i - radius), to = Math.min(length - 1, i + radius);
      for (let j = from; j <= to; j += 1) sum += kernel[j - i + radius]! * line[j]!;
      values[start + i * step] = sum / total;
    }
  };
  for (let y = 0; y < height; y += 1) pass(y * width, 1, width);
  for (let x = 0; x < width; x += 1) pass(x, width, height);
}
