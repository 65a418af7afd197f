import { SH_C0, checkSplatCount } from '../bindingRules.ts';
import { allocateRestSplats, type ReadHead, type SplatBinding } from '../restSplats.ts';
import { SplatFileError } from '../splatFileError.ts';
import { decodeBinding, inflate } from './spzBinding.ts';
import {
  BINDING_EXTENSION_TYPE, SPZ_COLOR_SCALE, SPZ_FLAG_EXTENSIONS, SPZ_HEADER_BYTES, SPZ_MAGIC, SPZ_ROTATION_STEPS, SPZ_SCALE_SHIFT,
  SPZ_SCALE_STEPS, SPZ_STREAM_ENTRY_BYTES, SPZ_STREAMS, SPZ_VERSION, type ZstdCodec,
} from './spzLayout.ts';

/**
 * Reads SPZ version 4 in the axes right, up, back; view-dependent colour is left out. Versions 1 to 3 hold no binding and are refused.
 * @throws SplatFileError
 */
export function readSpz(bytes: Uint8Array, zstd: ZstdCodec): ReadHead {
  if (bytes.length < SPZ_HEADER_BYTES) throw SplatFileError.badField('SPZ', 'length', `at least ${SPZ_HEADER_BYTES} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw SplatFileError.badField('SPZ', 'version', String(SPZ_VERSION), 'one of the gzip versions, 1 to 3');
  if (view.getUint32(0, true) !== SPZ_MAGIC) throw SplatFileError.badField('SPZ', 'magic', 'NGSP', view.getUint32(0, true));
  if (view.getUint32(4, true) !== SPZ_VERSION) throw SplatFileError.badField('SPZ', 'version', String(SPZ_VERSION), view.getUint32(4, true));
  const count = view.getUint32(8, true);
  checkSplatCount('SPZ', count);
  const [fractionalBits, flags, streamCount] = [bytes[13], bytes[14], bytes[15]];
  if (fractionalBits > 23) throw SplatFileError.badField('SPZ', 'fractionalBits', 'at most 23', fractionalBits);
  const tableAt = view.getUint32(16, true);
  const streamsAt = tableAt + streamCount * SPZ_STREAM_ENTRY_BYTES;
  if (tableAt < SPZ_HEADER_BYTES || streamsAt > bytes.length) throw SplatFileError.badField('SPZ', 'tocByteOffset', `32 to ${bytes.length}`, tableAt);
  // Spherical harmonics come last, where there are any.
  if (streamCount !== SPZ_STREAMS.length && streamCount !== SPZ_STREAMS.length + 1) {
    throw SplatFileError.badField('SPZ', 'numStreams', `${SPZ_STREAMS.length} or ${SPZ_STREAMS.length + 1}`, streamCount);
  }
  const streams: Uint8Array[] = [];
  let at = streamsAt;
  SPZ_STREAMS.forEach(({ name, bytesPerSplat }, index) => {
    const entry = tableAt + index * SPZ_STREAM_ENTRY_BYTES;
    const packedBytes = Number(view.getBigUint64(entry, true));
    const plainBytes = Number(view.getBigUint64(entry + 8, true));
    if (plainBytes !== bytesPerSplat * count) throw SplatFileError.badField('SPZ', `${name} plain length`, `${bytesPerSplat * count} bytes`, plainBytes);
    if (packedBytes > bytes.length - at) throw SplatFileError.badField('SPZ', `${name} length`, `at most ${bytes.length - at} bytes`, packedBytes);
    streams.push(inflate(name, zstd, bytes.subarray(at, at + packedBytes), plainBytes));
    at += packedBytes;
  });
  return {
    splats: unpack(count, streams, fractionalBits),
    binding: (flags & SPZ_FLAG_EXTENSIONS) === 0 ? undefined : findBinding(bytes.subarray(SPZ_HEADER_BYTES, tableAt), count, zstd),
  };
}

function unpack(count: number, streams: readonly Uint8Array[], fractionalBits: number): ReadHead['splats'] {
  const [positions, alphas, colors, scales, rotations] = streams;
  const splats = allocateRestSplats(count);
  for (let k = 0; k < count * 3; k++) {
    // Shifted up and back so that the 24th bit becomes the sign.
    const fixed = ((positions[k * 3] << 8) | (positions[k * 3 + 1] << 16) | (positions[k * 3 + 2] << 24)) >> 8;
    splats.centers[k] = fixed * 2 ** -fractionalBits;
    splats.colors[k] = Math.min(1, Math.max(0, 0.5 + (SH_C0 * (colors[k] / 255 - 0.5)) / SPZ_COLOR_SCALE));
    splats.logScales[k] = scales[k] / SPZ_SCALE_STEPS - SPZ_SCALE_SHIFT;
  }
  for (let s = 0; s < count; s++) splats.opacities[s] = alphas[s] / 255;
  const view = new DataView(rotations.buffer, rotations.byteOffset, rotations.byteLength);
  for (let s = 0; s < count; s++) unpackRotation(view.getUint32(s * 4, true), splats.rotations, s * 4);
  return splats;
}

function unpackRotation(word: number, out: Float32Array, at: number): void {
  const largest = word >>> 30;
  let squares = 0;
  let rest = word;
  for (let k = 3; k >= 0; k--) {
    if (k === largest) continue;
    const magnitude = ((rest & 511) / SPZ_ROTATION_STEPS) * Math.SQRT1_2;
    out[at + k] = (rest & 512) === 0 ? magnitude : -magnitude;
    squares += magnitude * magnitude;
    rest >>>= 10;
  }
  out[at + largest] = Math.sqrt(Math.max(0, 1 - squares));
}

/** Extensions are records of u32 type, u32 length and payload; those of others are passed over. */
function findBinding(zone: Uint8Array, count: number, zstd: ZstdCodec): SplatBinding | undefined {
  const view = new DataView(zone.buffer, zone.byteOffset, zone.byteLength);
  for (let at = 0; at + 8 <= zone.length;) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (length > zone.length - at - 8) throw SplatFileError.badField('SPZ', 'extension length', `at most ${zone.length - at - 8} bytes`, length);
    if (type === BINDING_EXTENSION_TYPE) return decodeBinding(zone.subarray(at + 8, at + 8 + length), count, zstd);
    at += 8 + length;
  }
  return undefined;
}
