import { type DataTexture, DataUtils, Quaternion, Vector3 } from 'three';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { thinnestAxis } from '../../../shared/splat/prefixGrowth.ts';
import { OFFSET_RANGE_METERS } from '../shaders/projectionShader.ts';
import { integerTexture } from '../shaders/texels.ts';

/**
 * Splats as the shader reads them: 32 bytes each, two texels of four integers.
 *
 * | integer | bits |
 * |---|---|
 * | 0 | face (16), offset z (signed 16) |
 * | 1 | offset x, offset y (signed 16) |
 * | 2 | barycentric u, v (16) |
 * | 3 | red, green, blue, opacity (8) |
 * | 4–6 | lower Cholesky factor of the covariance in the face's frame, millimetres, halves: l11 l21, l31 l22, l32 l33 |
 * | 7 | thinnest axis in the face's frame, octahedral x, y (signed 12), fullness (8), as shared/splat/prefixGrowth.ts has it |
 */
export class SplatData {
  readonly texture: DataTexture;
  readonly #words: Uint32Array;

  constructor(count: number) {
    this.texture = integerTexture(count * 2, 4);
    this.#words = this.texture.image.data as Uint32Array;
  }

  /** Packs the splats [begin, end); `upload` hands them on. */
  write(splats: BoundSplats, begin: number, end: number): void {
    const { bindings, barycentrics, offsets, opacities, colors } = splats;
    const words = this.#words;
    const factor = new Float64Array(6);
    const half = DataUtils.toHalfFloat;
    for (let s = begin; s < end; s++) {
      const at = s * 8;
      words[at] = bindings[s] | (signed16(offsets[s * 3 + 2]) << 16);
      words[at + 1] = (signed16(offsets[s * 3]) & 0xffff) | (signed16(offsets[s * 3 + 1]) << 16);
      words[at + 2] = Math.round(clampToUnit(barycentrics[s * 2]) * 65535) | (Math.round(clampToUnit(barycentrics[s * 2 + 1]) * 65535) << 16);
      words[at + 3] = byte(colors[s * 3]) | (byte(colors[s * 3 + 1]) << 8) | (byte(colors[s * 3 + 2]) << 16) | (byte(opacities[s]) << 24);
      choleskyFactor(splats, s, factor);
      words[at + 4] = half(factor[0]) | (half(factor[1]) << 16);
      words[at + 5] = half(factor[3]) | (half(factor[2]) << 16);
      words[at + 6] = half(factor[4]) | (half(factor[5]) << 16);
      words[at + 7] = thinWord(splats, s);
    }
  }

  /** The texture uploads again at its next use. */
  upload(): void {
    this.texture.needsUpdate = true;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

const clampToUnit = (value: number): number => Math.min(1, Math.max(0, value));
const byte = (value: number): number => Math.round(clampToUnit(value) * 255);
const signed12 = (unit: number): number => Math.round(unit * 2047) & 0xfff;
const signed16 = (meters: number): number => Math.round(Math.min(1, Math.max(-1, meters / OFFSET_RANGE_METERS)) * 32767);

const thin = new Vector3();
const rotation = new Quaternion();

/** A splat's thinnest axis, on the octahedron (Cigolle et al., A Survey of Efficient Representations for Independent Unit Vectors, 2014), and its fullness. */
function thinWord({ logScales, rotations }: BoundSplats, s: number): number {
  const { axis, fullness } = thinnestAxis(logScales, s);
  const { x, y, z } = thin.set(0, 0, 0).setComponent(axis, 1).applyQuaternion(rotation.fromArray(rotations, s * 4));
  // An axis has no sign: the upper half is enough.
  const reach = (Math.abs(x) + Math.abs(y) + Math.abs(z)) * (z < 0 ? -1 : 1);
  return signed12(x / reach) | (signed12(y / reach) << 12) | (byte(fullness) << 24);
}

/** Lower Cholesky factor l11, l21, l22, l31, l32, l33 of R·S²·Rᵀ, millimetres. */
function choleskyFactor({ logScales, rotations }: BoundSplats, s: number, out: Float64Array): void {
  const x = rotations[s * 4], y = rotations[s * 4 + 1], z = rotations[s * 4 + 2], w = rotations[s * 4 + 3];
  const a = (1000 * Math.exp(logScales[s * 3])) ** 2;
  const b = (1000 * Math.exp(logScales[s * 3 + 1])) ** 2;
  const c = (1000 * Math.exp(logScales[s * 3 + 2])) ** 2;
  const r00 = 1 - 2 * (y * y + z * z), r01 = 2 * (x * y - z * w), r02 = 2 * (x * z + y * w);
  const r10 = 2 * (x * y + z * w), r11 = 1 - 2 * (x * x + z * z), r12 = 2 * (y * z - x * w);
  const r20 = 2 * (x * z - y * w), r21 = 2 * (y * z + x * w), r22 = 1 - 2 * (x * x + y * y);
  const xx = a * r00 * r00 + b * r01 * r01 + c * r02 * r02;
  const yx = a * r10 * r00 + b * r11 * r01 + c * r12 * r02;
  const yy = a * r10 * r10 + b * r11 * r11 + c * r12 * r12;
  const zx = a * r20 * r00 + b * r21 * r01 + c * r22 * r02;
  const zy = a * r20 * r10 + b * r21 * r11 + c * r22 * r12;
  const zz = a * r20 * r20 + b * r21 * r21 + c * r22 * r22;
  const l11 = Math.sqrt(Math.max(xx, 1e-12));
  const l21 = yx / l11, l31 = zx / l11;
  const l22 = Math.sqrt(Math.max(yy - l21 * l21, 1e-12));
  const l32 = (zy - l31 * l21) / l22;
  out[0] = l11;
  out[1] = l21;
  out[2] = l22;
  out[3] = l31;
  out[4] = l32;
  out[5] = Math.sqrt(Math.max(zz - l31 * l31 - l32 * l32, 1e-12));
}
