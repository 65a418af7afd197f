import type { PixelImage } from '../perception/analysedPortrait.ts';

/** A part of an image at another size: pixel (x, y) covers the source from (left + x·step, top + y·step) on, step by step. */
export interface ImageWindow {
  readonly left: number;
  readonly top: number;
  /** Source pixels a pixel, at least 1. */
  readonly step: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The image in a window, in [0, 1], [height, width, 3]: each pixel is the mean of the source over exactly the area that
 * it covers, partly covered pixels by their share. Whole pixels alone would shift edges back and forth by up to half a
 * pixel, and what is solved from such a picture is blurred.
 */
export function shrinkImage(image: PixelImage, { left, top, step, width, height }: ImageWindow): Float32Array {
  const columns = shares(image.width, left, step, width);
  const rows = shares(image.height, top, step, height);
  const { data } = image;
  const stride = image.width * 3;
  const out = new Float32Array(width * height * 3);
  const line = new Float32Array(stride);
  for (let y = 0; y < height; y += 1) {
    line.fill(0);
    for (let e = rows.starts[y]!; e < rows.starts[y + 1]!; e += 1) {
      const weight = rows.weights[e]! / 255;
      const from = rows.sources[e]! * stride;
      for (let i = 0; i < stride; i += 1) line[i] = line[i]! + weight * data[from + i]!;
    }
    for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3) {
      let r = 0, g = 0, b = 0;
      for (let e = columns.starts[x]!; e < columns.starts[x + 1]!; e += 1) {
        const weight = columns.weights[e]!;
        const i = columns.sources[e]! * 3;
        r += weight * line[i]!;
        g += weight * line[i + 1]!;
        b += weight * line[i + 2]!;
      }
      out[at] = r;
      out[at + 1] = g;
      out[at + 2] = b;
    }
  }
  return out;
}

/** For each of `count` stretches of a line of `length` pixels, which of those it covers and by what share of what it covers. */
function shares(length: number, first: number, step: number, count: number): { starts: Uint32Array; sources: Uint32Array; weights: Float32Array } {
  const starts = new Uint32Array(count + 1);
  const sources: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const begin = Math.min(length - 1e-3, Math.max(0, first + i * step));
    const end = Math.min(length, Math.max(begin + 1e-3, first + (i + 1) * step));
    for (let source = Math.floor(begin); source < length && source < end - 1e-6; source += 1) {
      sources.push(source);
      weights.push((Math.min(end, source + 1) - Math.max(begin, source)) / (end - begin));
    }
    starts[i + 1] = sources.length;
  }
  return { starts, sources: Uint32Array.from(sources), weights: Float32Array.from(weights) };
}
