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
  const stepX = region.width / outputWidth;
  const stepY = region.height / outputHeight;
  let at = 0;
  for (let row = 0; row < outputHeight; row++) {
    const v = row * stepY - region.height / 2;
    for (let column = 0; column < outputWidth; column++, at += 3) {
      const u = column * stepX - region.width / 2;
      const fixedX = Math.round((region.centerX + cosine * u - sine * v) * SUBPIXELS);
      const fixedY = Math.round((region.centerY + sine * u + cosine * v) * SUBPIXELS);
      const x = Math.floor(fixedX / SUBPIXELS);
      const y = Math.floor(fixedY / SUBPIXELS);
      const fx = fixedX / SUBPIXELS - x;
      const fy = fixedY / SUBPIXELS - y;
      const isInside = x >= 0 && y >= 0 && x + 1 < width && y + 1 < height;
      if (!isInside && !replicates && (x < -1 || y < -1 || x >= width || y >= height)) {
        result[at] = result[at + 1] = result[at + 2] = offset;
        continue;
      }
      const left = Math.min(width - 1, Math.max(0, x));
      const right = Math.min(width - 1, Math.max(0, x + 1));
      const upper = Math.min(height - 1, Math.max(0, y)) * width;
      const lower = Math.min(height - 1, Math.max(0, y + 1)) * width;
      // Weights of the four pixels; those outside a picture with a black border weigh nothing.
      const hasLeft = replicates || x >= 0 ? 1 - fx : 0;
      const hasRight = replicates || x + 1 < width ? fx : 0;
      const hasUpper = replicates || y >= 0 ? 1 - fy : 0;
      const hasLower = replicates || y + 1 < height ? fy : 0;
      const i00 = (upper + left) * 3;
      const i10 = (upper + right) * 3;
      const i01 = (lower + left) * 3;
      const i11 = (lower + right) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const value = (data[i00 + channel]! * hasLeft + data[i10 + channel]! * hasRight) * hasUpper
          + (data[i01 + channel]! * hasLeft + data[i11 + channel]! * hasRight) * hasLower;
        result[at + channel] = Math.round(value) * scale + offset;
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
