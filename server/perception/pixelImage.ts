import type { PixelImage } from './analysedPortrait.ts';

/** A rectangle in pixels of an image that may be turned about its centre; angles grow clockwise as y points down. */
export interface ImageRegion {
  readonly centerX: number;
  readonly centerY: number;
  readonly width: number;
  readonly height: number;
  readonly rotationRadians: number;
}

export interface ImageRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface SampleOptions {
  readonly outputWidth: number;
  readonly outputHeight: number;
  /** What lies outside the image: black, or the nearest border pixel. */
  readonly border: 'zero' | 'replicate';
  /** Value of a channel = byte · scale + offset. */
  readonly scale: number;
  readonly offset: number;
}

const SUBPIXELS = 32;

/**
 * Samples a turned region of an image onto a grid, [outputHeight, outputWidth, 3], as MediaPipe's CPU graph does with
 * OpenCV: bilinear without half-pixel offset and without smoothing, coordinates rounded to 1/32 pixel, results to whole
 * bytes. The models were tuned to exactly this, and the browser does it too.
 */
export function sampleRegion(image: PixelImage, region: ImageRegion, options: SampleOptions): Float32Array<ArrayBuffer> {
  const { outputWidth, outputHeight, scale, offset } = options;
  const { width, height, data } = image;
  const replicates = options.border === 'replicate';
  const result = new Float32Array(outputWidth * outputHeight * 3);
  const cosine = Math.cos(region.rotationRadians);
  const sine = Math.sin(region.rotationRadians);
  const [stepX, stepY] = [region.width / outputWidth, region.height / outputHeight];
  const texel = (x: number, y: number, channel: number): number => {
    if (x >= 0 && y >= 0 && x < width && y < height) return data[(y * width + x) * 3 + channel]!;
    if (!replicates) return 0;
    const [nearX, nearY] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
    return data[(nearY * width + nearX) * 3 + channel]!;
  };
  let at = 0;
  for (let row = 0; row < outputHeight; row++) {
    const v = row * stepY - region.height / 2;
    for (let column = 0; column < outputWidth; column++) {
      const u = column * stepX - region.width / 2;
      const fixedX = Math.round((region.centerX + cosine * u - sine * v) * SUBPIXELS);
      const fixedY = Math.round((region.centerY + sine * u + cosine * v) * SUBPIXELS);
      const [x, y] = [Math.floor(fixedX / SUBPIXELS), Math.floor(fixedY / SUBPIXELS)];
      const [fractionX, fractionY] = [fixedX / SUBPIXELS - x, fixedY / SUBPIXELS - y];
      for (let channel = 0; channel < 3; channel++, at++) {
        const upper = texel(x, y, channel) * (1 - fractionX) + texel(x + 1, y, channel) * fractionX;
        const lower = texel(x, y + 1, channel) * (1 - fractionX) + texel(x + 1, y + 1, channel) * fractionX;
        result[at] = Math.round(upper * (1 - fractionY) + lower * fractionY) * scale + offset;
      }
    }
  }
  return result;
}

/** A part of an image, copied; the rectangle must lie inside it, in whole pixels. */
export function cropImage(image: PixelImage, rectangle: ImageRectangle): PixelImage {
  const { x, y, width, height } = rectangle;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 3;
    data.set(image.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}
