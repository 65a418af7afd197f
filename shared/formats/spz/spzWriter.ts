import { gzipSync } from 'fflate';
import { SH_C0 } from '../bindingRules.ts';
import type { RestSplats, SplatBinding } from '../restSplats.ts';
import { encodeBinding } from './spzBinding.ts';
import {
  BINDING_EXTENSION_TYPE, SPZ_COLOR_SCALE, SPZ_FINEST_FRACTIONAL_BITS, SPZ_FLAG_ANTIALIASED, SPZ_FLAG_EXTENSIONS, SPZ_HEADER_BYTES, SPZ_MAGIC,
  SPZ_ROTATION_STEPS, SPZ_SCALE_SHIFT, SPZ_SCALE_STEPS, SPZ_STREAM_ENTRY_BYTES, SPZ_STREAMS, SPZ_VERSION, SPZ_VERSION_3_HEADER_BYTES,
  type ZstdCodec,
} from './spzLayout.ts';

/**
 * Writes splats as SPZ version 4, in the rig's axes (right, up, back: SPZ's own), with the binding as an extension in the
 * plain zone between header and table of contents, which readers that do not know it pass over.
 */
export function writeSpz(splats: RestSplats, binding: SplatBinding, zstd: ZstdCodec): Uint8Array {
  const fractionalBits = fittingFractionalBits(splats.centers);
  const streams = packStreams(splats, fractionalBits).map((plain) => ({ plainBytes: plain.length, packed: zstd.compress(plain) }));
  const payload = encodeBinding(binding, zstd);
  const tableAt = SPZ_HEADER_BYTES + 8 + payload.length;
  const streamsAt = tableAt + streams.length * SPZ_STREAM_ENTRY_BYTES;
  const file = new Uint8Array(streams.reduce((sum, { packed }) => sum + packed.length, streamsAt));
  const view = new DataView(file.buffer);
  view.setUint32(0, SPZ_MAGIC, true);
  view.setUint32(4, SPZ_VERSION, true);
  view.setUint32(8, splats.count, true);
  // Spherical harmonics' degree; fractional bits; flags; streams: an empty one is left out.
  file.set([0, fractionalBits, SPZ_FLAG_ANTIALIASED | SPZ_FLAG_EXTENSIONS, SPZ_STREAMS.length], 12);
  view.setUint32(16, tableAt, true);
  view.setUint32(SPZ_HEADER_BYTES, BINDING_EXTENSION_TYPE, true);
  view.setUint32(SPZ_HEADER_BYTES + 4, payload.length, true);
  file.set(payload, SPZ_HEADER_BYTES + 8);
  let at = streamsAt;
  streams.forEach(({ plainBytes, packed }, index) => {
    view.setBigUint64(tableAt + index * SPZ_STREAM_ENTRY_BYTES, BigInt(packed.length), true);
    view.setBigUint64(tableAt + index * SPZ_STREAM_ENTRY_BYTES + 8, BigInt(plainBytes), true);
    file.set(packed, at);
    at += packed.length;
  });
  return file;
}

/**
 * Writes splats as SPZ version 3, for readers that do not know version 4 yet: one gzip stream. Nothing can be added to it that
 * all of them pass over, so the binding is left out and the file cannot be read back as an avatar.
 */
export function writeSpzVersion3(splats: RestSplats): Uint8Array {
  const fractionalBits = fittingFractionalBits(splats.centers);
  const streams = packStreams(splats, fractionalBits);
  const plain = new Uint8Array(streams.reduce((sum, stream) => sum + stream.length, SPZ_VERSION_3_HEADER_BYTES));
  const view = new DataView(plain.buffer);
  [SPZ_MAGIC, 3, splats.count].forEach((value, k) => view.setUint32(k * 4, value, true));
  plain.set([0, fractionalBits, SPZ_FLAG_ANTIALIASED, 0], 12);
  let at = SPZ_VERSION_3_HEADER_BYTES;
  for (const stream of streams) {
    plain.set(stream, at);
    at += stream.length;
  }
  return gzipSync(plain, { mtime: 0, level: 9 });
}

/** The streams in the order of `SPZ_STREAMS`. */
function packStreams({ centers, opacities, colors, logScales, rotations }: RestSplats, fractionalBits: number): Uint8Array[] {
  return [
    packPositions(centers, fractionalBits), packBytes(opacities, (opacity) => opacity * 255),
    packBytes(colors, (color) => ((color - 0.5) / SH_C0) * SPZ_COLOR_SCALE * 255 + 127.5),
    packBytes(logScales, (scale) => (scale + SPZ_SCALE_SHIFT) * SPZ_SCALE_STEPS), packRotations(rotations),
  ];
}

/** The finest grid on which every centre fits into 24 bits. */
function fittingFractionalBits(centers: Float32Array): number {
  const farthest = centers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let bits = SPZ_FINEST_FRACTIONAL_BITS;
  while (bits > 0 && Math.round(farthest * 2 ** bits) >= 2 ** 23) bits--;
  return bits;
}

function packPositions(centers: Float32Array, fractionalBits: number): Uint8Array {
  const packed = new Uint8Array(centers.length * 3);
  for (let k = 0; k < centers.length; k++) {
    const fixed = Math.round(centers[k] * 2 ** fractionalBits);
    packed[k * 3] = fixed & 0xff;
    packed[k * 3 + 1] = (fixed >> 8) & 0xff;
    packed[k * 3 + 2] = (fixed >> 16) & 0xff;
  }
  return packed;
}

function packBytes(values: Float32Array, toCode: (value: number) => number): Uint8Array {
  return Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round(toCode(value)))));
}

/** Index of the largest component in the top two bits, then the others in order, sign before magnitude. */
function packRotations(rotations: Float32Array): Uint8Array {
  const packed = new Uint8Array(rotations.length);
  const view = new DataView(packed.buffer);
  for (let at = 0; at < rotations.length; at += 4) {
    let largest = 0;
    for (let k = 1; k < 4; k++) if (Math.abs(rotations[at + k]) > Math.abs(rotations[at + largest])) largest = k;
    const flip = rotations[at + largest] < 0;
    let word = largest;
    for (let k = 0; k < 4; k++) {
      if (k === largest) continue;
      const magnitude = Math.min(SPZ_ROTATION_STEPS, Math.round(SPZ_ROTATION_STEPS * Math.abs(rotations[at + k]) * Math.SQRT2));
      const negative = magnitude > 0 && (rotations[at + k] < 0) !== flip;
      word = ((word << 10) | (negative ? 512 : 0) | magnitude) >>> 0;
    }
    view.setUint32(at, word, true);
  }
  return packed;
}
