import type { PixelImage } from '../perception/analysedPortrait.ts';

/** Colours of an image as floats in [0, 1], with a box pyramid for sampling at a footprint's size. */
export class PortraitSampler {
  readonly #levels: { width: number; height: number; data: Float32Array }[] = [];

  constructor(image: PixelImage) {
    let width = image.width;
    let height = image.height;
    let data = new Float32Array(image.data.length);
    for (let i = 0; i < data.length; i += 1) data[i] = image.data[i]! / 255;
    this.#levels.push({ width, height, data });
    while (this.#levels.length < 5 && width > 32 && height > 32) {
      const w = width >> 1, h = height >> 1;
      const half = new Float32Array(w * h * 3);
      for (let y = 0; y < h; y += 1) {
        for (let x = 0; x < w; x += 1) {
          for (let c = 0; c < 3; c += 1) {
            const at = (2 * y * width + 2 * x) * 3 + c;
            half[(y * w + x) * 3 + c] = 0.25 * (data[at]! + data[at + 3]! + data[at + width * 3]! + data[at + width * 3 + 3]!);
          }
        }
      }
      this.#levels.push({ width: w, height: h, data: half });
      width = w; height = h; data = half;
    }
  }

  /** Colour at a pixel position, averaged over about `footprint` pixels; written to out[at..at+2]. */
  sample(x: number, y: number, footprint: number, out: Float32Array, at: number): void {
    const level = Math.min(this.#levels.length - 1, Math.max(0, Math.round(Math.log2(Math.max(footprint, 1)))));
    const { width, height, data } = this.#levels[level]!;
    const scale = 1 / (1 << level);
    const fx = Math.min(Math.max(x * scale - 0.5, 0), width - 1.001), fy = Math.min(Math.max(y * scale - 0.5, 0), height - 1.001);
    const i = Math.floor(fx), j = Math.floor(fy);
    const u = fx - i, v = fy - j;
    const p = (j * width + i) * 3;
    for (let c = 0; c < 3; c += 1) {
      out[at + c] = (1 - v) * ((1 - u) * data[p + c]! + u * data[p + 3 + c]!)
        + v * ((1 - u) * data[p + width * 3 + c]! + u * data[p + width * 3 + 3 + c]!);
    }
  }
}
