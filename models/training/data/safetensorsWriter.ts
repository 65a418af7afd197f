import { rename, writeFile } from 'node:fs/promises';

/** A tensor to write. Half floats are given as 32-bit ones and rounded. */
export type Tensor =
  | { readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly dtype: 'U32'; readonly shape: readonly number[]; readonly data: Uint32Array }
  | { readonly dtype: 'F16' | 'F32'; readonly shape: readonly number[]; readonly data: Float32Array };

/** Largest finite half float. */
const MOST_HALF = 65504;

/**
 * Bytes of a safetensors file: little-endian header length, JSON header padded with spaces to 8 bytes, then the tensors
 * one after another (https://github.com/huggingface/safetensors).
 * @throws {RangeError} when a tensor's length does not fit its shape, or a float is not finite
 */
export function encodeSafetensors(tensors: Readonly<Record<string, Tensor>>, metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const length = tensor.shape.reduce((product, side) => product * side, 1);
    if (length !== tensor.data.length) throw new RangeError(`tensor ${name}: expected ${length} numbers for [${tensor.shape.join(', ')}], got ${tensor.data.length}`);
    const bytes = bytesOf(name, tensor);
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, offset + bytes.length] };
    chunks.push(bytes);
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + padded + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.fill(0x20, 8, 8 + padded);
  out.set(json, 8);
  let at = 8 + padded;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** Writes the file whole or not at all. */
export async function writeSafetensors(path: string, tensors: Readonly<Record<string, Tensor>>, metadata: Readonly<Record<string, string>>): Promise<number> {
  const bytes = encodeSafetensors(tensors, metadata);
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, bytes);
  await rename(partial, path);
  return bytes.length;
}

function bytesOf(name: string, tensor: Tensor): Uint8Array {
  switch (tensor.dtype) {
    case 'U8': return tensor.data;
    case 'U32': case 'F32': {
      if (tensor.dtype === 'F32') checkFinite(name, tensor.data);
      return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    }
    case 'F16': {
      checkFinite(name, tensor.data);
      const { data } = tensor;
      const halves = new Uint16Array(data.length);
      for (let i = 0; i < halves.length; i++) halves[i] = halfBits(data[i]!);
      return new Uint8Array(halves.buffer);
    }
  }
}

function checkFinite(name: string, data: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) throw new RangeError(`tensor ${name}: expected finite numbers, got ${data[i]} at ${i}`);
  }
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** IEEE half float of a finite number, rounded to nearest even, clamped to the largest. */
export function halfBits(value: number): number {
  scratch[0] = Math.min(MOST_HALF, Math.max(-MOST_HALF, value));
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  if (exponent >= 1) {
    const half = (exponent << 10) | (mantissa >>> 13);
    const rest = mantissa & 0x1fff;
    return sign | Math.min(0x7bff, half + (rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1) ? 1 : 0));
  }
  if (exponent < -10) return sign;
  // Subnormal: the hidden bit comes in.
  const full = mantissa | 0x800000;
  const shift = 14 - exponent;
  const half = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}
