import sharp from 'sharp';

/** An RGBA picture, 8 bits a channel, sRGB-encoded, rows from the top. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const loaded = new Map<string, Promise<Texture>>();

/** Reads a picture file once; later calls share it. */
export function loadTexture(path: string): Promise<Texture> {
  let texture = loaded.get(path);
  if (texture === undefined) {
    texture = sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true }).then(({ data, info }) => ({
      width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    }));
    loaded.set(path, texture);
  }
  return texture;
}

/** sRGB-encoded byte to linear light. */
export const LINEAR_FROM_BYTE = Float32Array.from({ length: 256 }, (_, byte) => {
  const s = byte / 255;
  return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
});

/** Linear light to an sRGB-encoded value in [0, 1]. */
export function encodeSrgb(linear: number): number {
  if (linear <= 0.0031308) return Math.max(0, 12.92 * linear);
  return Math.min(1, 1.055 * linear ** (1 / 2.4) - 0.055);
}

/** Bilinear sample at (u, v), v up, clamped; writes linear r, g, b and alpha in [0, 1] to `out`. */
export function sampleBilinear(texture: Texture, u: number, v: number, out: Float32Array): void {
  const { width, height, data } = texture;
  const x = Math.min(Math.max(u * width - 0.5, 0), width - 1.001);
  const y = Math.min(Math.max((1 - v) * height - 0.5, 0), height - 1.001);
  const x0 = x | 0;
  const y0 = y | 0;
  const fx = x - x0;
  const fy = y - y0;
  const a = (y0 * width + x0) * 4;
  const b = a + 4;
  const c = a + width * 4;
  const d = c + 4;
  const wa = (1 - fx) * (1 - fy);
  const wb = fx * (1 - fy);
  const wc = (1 - fx) * fy;
  const wd = fx * fy;
  // Colours weighted by alpha, so that the unpainted surroundings of a strand do not bleed into its edge.
  const pa = wa * (data[a + 3]! + 1);
  const pb = wb * (data[b + 3]! + 1);
  const pc = wc * (data[c + 3]! + 1);
  const pd = wd * (data[d + 3]! + 1);
  const sum = pa + pb + pc + pd;
  for (let k = 0; k < 3; k++) {
    out[k] = (pa * LINEAR_FROM_BYTE[data[a + k]!]! + pb * LINEAR_FROM_BYTE[data[b + k]!]!
      + pc * LINEAR_FROM_BYTE[data[c + k]!]! + pd * LINEAR_FROM_BYTE[data[d + k]!]!) / sum;
  }
  out[3] = (sum - 1) / 255;
}

const cubic = new Float32Array(8);

function cubicWeights(t: number, offset: number): void {
  // Between B-spline and Catmull-Rom (Mitchell–Netravali, B = C = 1/3): smooth without ringing.
  const B = 1 / 3;
  const C = 1 / 3;
  for (let i = 0; i < 4; i++) {
    const x = Math.abs(i - 1 - t);
    cubic[offset + i] = x < 1
      ? ((12 - 9 * B - 6 * C) * x ** 3 + (-18 + 12 * B + 6 * C) * x * x + (6 - 2 * B)) / 6
      : x < 2 ? ((-B - 6 * C) * x ** 3 + (6 * B + 30 * C) * x * x + (-12 * B - 48 * C) * x + (8 * B + 24 * C)) / 6 : 0;
  }
}

/** Bicubic sample of the colours (alpha ignored); for textures seen larger than they are. Writes linear r, g, b. */
export function sampleBicubic(texture: Texture, u: number, v: number, out: Float32Array): void {
  const { width, height, data } = texture;
  const x = u * width - 0.5;
  const y = (1 - v) * height - 0.5;
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  cubicWeights(x - x0, 0);
  cubicWeights(y - y0, 4);
  let r = 0;
  let g = 0;
  let b = 0;
  for (let j = 0; j < 4; j++) {
    const row = Math.min(Math.max(y0 - 1 + j, 0), height - 1) * width;
    for (let i = 0; i < 4; i++) {
      const w = cubic[i]! * cubic[4 + j]!;
      const p = (row + Math.min(Math.max(x0 - 1 + i, 0), width - 1)) * 4;
      r += w * LINEAR_FROM_BYTE[data[p]!]!;
      g += w * LINEAR_FROM_BYTE[data[p + 1]!]!;
      b += w * LINEAR_FROM_BYTE[data[p + 2]!]!;
    }
  }
  out[0] = Math.max(0, r);
  out[1] = Math.max(0, g);
  out[2] = Math.max(0, b);
  out[3] = 1;
}

/** Alpha in [0, 1] of the nearest texel. */
export function nearestAlpha(texture: Texture, u: number, v: number): number {
  const x = Math.min(Math.max((u * texture.width) | 0, 0), texture.width - 1);
  const y = Math.min(Math.max(((1 - v) * texture.height) | 0, 0), texture.height - 1);
  return texture.data[(y * texture.width + x) * 4 + 3]! / 255;
}

/** The texture without its colour, about as bright as undyed cloth; what is dyed keeps folds and seams. */
export function bleach(texture: Texture): Texture {
  const data = texture.data.slice();
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += Math.max(data[i]!, data[i + 1]!, data[i + 2]!);
  const scale = 200 / Math.max(1, (sum / data.length) * 4);
  for (let i = 0; i < data.length; i += 4) {
    data.fill(Math.min(255, Math.round(Math.max(data[i]!, data[i + 1]!, data[i + 2]!) * scale)), i, i + 3);
  }
  return { ...texture, data };
}
