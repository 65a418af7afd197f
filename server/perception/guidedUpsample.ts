import type { PixelImage } from './analysedPortrait.ts';

/** One channel of values, rows from the top. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

export interface GuidedUpsampleOptions {
  /** Half the window's side in pixels of the coarse plane. */
  readonly radius: number;
  /** Regularisation: colour variance (of values 0 to 1) under which a window counts as flat. */
  readonly epsilon: number;
}

/**
 * Brings a coarse plane to an image's resolution so that its edges follow the image's: the fast guided filter (He & Sun
 * 2015) with a colour guide. In each window of the coarse scale the plane is fitted as an affine function of colour; the
 * functions, averaged and interpolated, are then applied to the full-size pixels.
 * @param guide the image at the coarse plane's size
 * @returns values at the size of `image`, not clamped
 */
export function guidedUpsample(coarse: Plane, guide: PixelImage, image: PixelImage, options: GuidedUpsampleOptions): Plane {
  const { width, height } = coarse;
  const count = width * height;
  const blur = (values: Float32Array) => boxBlur(values, width, height, options.radius);
  const channels = [0, 1, 2].map((channel) => Float32Array.from({ length: count }, (_, i) => guide.data[3 * i + channel]! / 255));
  const [red, green, blue] = channels as [Float32Array, Float32Array, Float32Array];
  const product = (a: Float32Array, b: Float32Array) => a.map((value, i) => value * b[i]!);
  const means = channels.map(blur) as [Float32Array, Float32Array, Float32Array];
  const meanPlane = blur(coarse.data);
  const correlations = channels.map((channel) => blur(product(channel, coarse.data))) as [Float32Array, Float32Array, Float32Array];
  const [rr, rg, rb, gg, gb, bb] = [[red, red], [red, green], [red, blue], [green, green], [green, blue], [blue, blue]]
    .map(([a, b]) => blur(product(a!, b!))) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const slopes = [new Float32Array(count), new Float32Array(count), new Float32Array(count)] as const;
  const offset = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [mr, mg, mb, mp] = [means[0][i]!, means[1][i]!, means[2][i]!, meanPlane[i]!];
    // Covariance of colour, regularised, and its inverse by cofactors.
    const a = rr[i]! - mr * mr + options.epsilon;
    const b = rg[i]! - mr * mg;
    const c = rb[i]! - mr * mb;
    const d = gg[i]! - mg * mg + options.epsilon;
    const e = gb[i]! - mg * mb;
    const f = bb[i]! - mb * mb + options.epsilon;
    const [i00, i01, i02] = [d * f - e * e, c * e - b * f, b * e - c * d];
    const [i11, i12, i22] = [a * f - c * c, b * c - a * e, a * d - b * b];
    const determinant = a * i00 + b * i01 + c * i02;
    const [pr, pg, pb] = [correlations[0][i]! - mr * mp, correlations[1][i]! - mg * mp, correlations[2][i]! - mb * mp];
    const sr = (i00 * pr + i01 * pg + i02 * pb) / determinant;
    const sg = (i01 * pr + i11 * pg + i12 * pb) / determinant;
    const sb = (i02 * pr + i12 * pg + i22 * pb) / determinant;
    slopes[0][i] = sr;
    slopes[1][i] = sg;
    slopes[2][i] = sb;
    offset[i] = mp - sr * mr - sg * mg - sb * mb;
  }
  const smooth = [...slopes.map(blur), blur(offset)] as [Float32Array, Float32Array, Float32Array, Float32Array];
  return applyInterpolated(smooth, width, height, image);
}

function applyInterpolated(coefficients: readonly [Float32Array, Float32Array, Float32Array, Float32Array], width: number, height: number, image: PixelImage): Plane {
  const [ar, ag, ab, b] = coefficients;
  const data = new Float32Array(image.width * image.height);
  const [scaleX, scaleY] = [width / image.width, height / image.height];
  for (let y = 0; y < image.height; y++) {
    const v = Math.min(height - 1, Math.max(0, (y + 0.5) * scaleY - 0.5));
    const row = Math.min(height - 2, Math.floor(v)) * width;
    const fy = v - Math.floor(row / width);
    for (let x = 0; x < image.width; x++) {
      const u = Math.min(width - 1, Math.max(0, (x + 0.5) * scaleX - 0.5));
      const column = Math.min(width - 2, Math.floor(u));
      const fx = u - column;
      const i = row + column;
      const [w00, w10, w01, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const at = y * image.width + x;
      const mix = (values: Float32Array) => values[i]! * w00 + values[i + 1]! * w10 + values[i + width]! * w01 + values[i + width + 1]! * w11;
      data[at] = (mix(ar) * image.data[3 * at]! + mix(ag) * image.data[3 * at + 1]! + mix(ab) * image.data[3 * at + 2]!) / 255 + mix(b);
    }
  }
  return { width: image.width, height: image.height, data };
}

/** Mean over a square window of side 2·radius + 1, cut off at the borders. Two running sums. */
export function boxBlur(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += values[start + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += values[start + x + radius]!;
      if (x - radius - 1 >= 0) sum -= values[start + x - radius - 1]!;
      rows[start + x] = sum / (Math.min(width - 1, x + radius) - Math.max(0, x - radius) + 1);
    }
  }
  const result = new Float32Array(values.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y++) for (let x = 0; x < width; x++) sums[x] = sums[x]! + rows[y * width + x]!;
  for (let y = 0; y < height; y++) {
    const share = 1 / (Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1);
    for (let x = 0; x < width; x++) {
      if (y + radius < height) sums[x] = sums[x]! + rows[(y + radius) * width + x]!;
      if (y - radius - 1 >= 0) sums[x] = sums[x]! - rows[(y - radius - 1) * width + x]!;
      result[y * width + x] = sums[x]! * share;
    }
  }
  return result;
}
