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
  /** How far an edge may move, in pixels of the coarse plane: a value stays between the lowest and highest this near. */
  readonly reach: number;
  /** Regularisation: colour variance (of values 0 to 1) under which a window counts as flat. */
  readonly epsilon: number;
}

/**
 * Brings a coarse plane to an image's resolution so that its edges follow the image's: the fast guided filter (He & Sun
 * 2015) with a colour guide. In each window of the coarse scale the plane is fitted as an affine function of colour; the
 * functions, averaged and interpolated, are then applied to the full-size pixels. Where object and surroundings have one
 * colour the fit says nothing; there the coarse values nearby bound the result, so that no halo grows.
 * @param guide the image at the coarse plane's size
 * @returns values at the size of `image`, not clamped
 */
export function guidedUpsample(coarse: Plane, guide: PixelImage, image: PixelImage, options: GuidedUpsampleOptions): Plane {
  const { width, height } = coarse;
  const count = width * height;
  const blur = (values: Float32Array) => boxBlur(values, width, height, options.radius);
  const channels = [0, 1, 2].map((channel) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = guide.data[3 * i + channel]! / 255;
    return values;
  });
  const [red, green, blue] = channels as [Float32Array, Float32Array, Float32Array];
  const product = (a: Float32Array, b: Float32Array) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = a[i]! * b[i]!;
    return values;
  };
  const means = channels.map(blur) as [Float32Array, Float32Array, Float32Array];
  const meanPlane = blur(coarse.data);
  const correlations = channels.map((channel) => blur(product(channel, coarse.data))) as [Float32Array, Float32Array, Float32Array];
  const [rr, rg, rb, gg, gb, bb] = [[red, red], [red, green], [red, blue], [green, green], [green, blue], [blue, blue]]
    .map(([a, b]) => blur(product(a!, b!))) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const slopes = [new Float32Array(count), new Float32Array(count), new Float32Array(count)] as const;
  const offset = new Float32Array(count);
  const [correlationRed, correlationGreen, correlationBlue] = correlations;
  for (let i = 0; i < count; i++) {
    const mr = means[0][i]!;
    const mg = means[1][i]!;
    const mb = means[2][i]!;
    const mp = meanPlane[i]!;
    // Covariance of colour, regularised, and its inverse by cofactors.
    const a = rr[i]! - mr * mr + options.epsilon;
    const b = rg[i]! - mr * mg;
    const c = rb[i]! - mr * mb;
    const d = gg[i]! - mg * mg + options.epsilon;
    const e = gb[i]! - mg * mb;
    const f = bb[i]! - mb * mb + options.epsilon;
    const i00 = d * f - e * e;
    const i01 = c * e - b * f;
    const i02 = b * e - c * d;
    const i11 = a * f - c * c;
    const i12 = b * c - a * e;
    const i22 = a * d - b * b;
    const determinant = a * i00 + b * i01 + c * i02;
    const pr = correlationRed[i]! - mr * mp;
    const pg = correlationGreen[i]! - mg * mp;
    const pb = correlationBlue[i]! - mb * mp;
    const sr = (i00 * pr + i01 * pg + i02 * pb) / determinant;
    const sg = (i01 * pr + i11 * pg + i12 * pb) / determinant;
    const sb = (i02 * pr + i12 * pg + i22 * pb) / determinant;
    slopes[0][i] = sr;
    slopes[1][i] = sg;
    slopes[2][i] = sb;
    offset[i] = mp - sr * mr - sg * mg - sb * mb;
  }
  const soften = (values: Float32Array) => boxBlur(values, width, height, 1);
  const low = soften(lowest(coarse.data, width, height, options.reach));
  const high = soften(lowest(coarse.data.map((value) => -value), width, height, options.reach).map((value) => -value));
  return applyInterpolated([...slopes.map(blur), blur(offset), low, high], width, height, image);
}

/** The lowest value within a square window of side 2·radius + 1. */
function lowest(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let low = Infinity;
      const end = y * width + Math.min(width - 1, x + radius);
      for (let at = y * width + Math.max(0, x - radius); at <= end; at++) if (values[at]! < low) low = values[at]!;
      rows[y * width + x] = low;
    }
  }
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const end = Math.min(height - 1, y + radius) * width;
    for (let x = 0; x < width; x++) {
      let low = Infinity;
      for (let at = Math.max(0, y - radius) * width + x; at <= end + x; at += width) if (rows[at]! < low) low = rows[at]!;
      result[y * width + x] = low;
    }
  }
  return result;
}

/**
 * Applies the affine functions of colour, interpolated bilinearly between the coarse plane's pixels.
 * @param coefficients slopes for red, green and blue, offset, lower bound, upper bound: six planes
 */
function applyInterpolated(coefficients: readonly Float32Array[], width: number, height: number, image: PixelImage): Plane {
  const data = new Float32Array(image.width * image.height);
  const pixels = image.data;
  // One row of the six coefficients, interpolated downwards; then each pixel only interpolates sideways.
  const row = new Float32Array(6 * width);
  const columns = new Int32Array(image.width);
  const fractions = new Float32Array(image.width);
  for (let x = 0; x < image.width; x++) {
    const u = Math.min(width - 1, Math.max(0, ((x + 0.5) * width) / image.width - 0.5));
    const column = Math.min(width - 2, Math.floor(u));
    columns[x] = 6 * column;
    fractions[x] = u - column;
  }
  for (let y = 0; y < image.height; y++) {
    const v = Math.min(height - 1, Math.max(0, ((y + 0.5) * height) / image.height - 0.5));
    const upper = Math.min(height - 2, Math.floor(v));
    const fraction = v - upper;
    for (let k = 0; k < 6; k++) {
      const values = coefficients[k]!;
      const scale = k < 3 ? 1 / 255 : 1;
      for (let x = 0; x < width; x++) {
        const top = values[upper * width + x]!;
        row[6 * x + k] = (top + (values[(upper + 1) * width + x]! - top) * fraction) * scale;
      }
    }
    for (let x = 0; x < image.width; x++) {
      const at = y * image.width + x;
      const c = columns[x]!;
      const f = fractions[x]!;
      const red = row[c]! + (row[c + 6]! - row[c]!) * f;
      const green = row[c + 1]! + (row[c + 7]! - row[c + 1]!) * f;
      const blue = row[c + 2]! + (row[c + 8]! - row[c + 2]!) * f;
      const offset = row[c + 3]! + (row[c + 9]! - row[c + 3]!) * f;
      const low = row[c + 4]! + (row[c + 10]! - row[c + 4]!) * f;
      const high = row[c + 5]! + (row[c + 11]! - row[c + 5]!) * f;
      const value = red * pixels[3 * at]! + green * pixels[3 * at + 1]! + blue * pixels[3 * at + 2]! + offset;
      data[at] = value < low ? low : value > high ? high : value;
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
