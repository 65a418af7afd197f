import { strToU8 } from 'fflate';
import { bindingHeader, identitySteps } from '../bindingRules.ts';
import type { SplatBinding } from '../restSplats.ts';
import { SplatFileError } from '../splatFileError.ts';
import { BARYCENTRIC_STEPS, BINDING_EXTENSION_VERSION, BINDING_FIXED_BYTES, type ZstdCodec } from './spzLayout.ts';

/** Planes of bytes: face, u and v, each low before high. */
const PLANES = 6;

/** The payload of the binding extension (PROTOCOL.md, EXCH). */
export function encodeBinding({ header, bindings, barycentrics }: SplatBinding, zstd: ZstdCodec): Uint8Array {
  const count = bindings.length;
  const planes = new Uint8Array(PLANES * count);
  for (let s = 0; s < count; s++) {
    [bindings[s], toSteps(barycentrics[s * 2]), toSteps(barycentrics[s * 2 + 1])].forEach((value, column) => {
      planes[column * 2 * count + s] = value & 0xff;
      planes[(column * 2 + 1) * count + s] = value >> 8;
    });
  }
  const packed = zstd.compress(planes);
  const identity = identitySteps(header);
  const names = [header.rigId, header.generator].map((name) => strToU8(name));
  const payload = new Uint8Array(BINDING_FIXED_BYTES + identity.length * 2 + names[0].length + names[1].length + packed.length);
  const view = new DataView(payload.buffer);
  payload.set([BINDING_EXTENSION_VERSION, 0, names[0].length, names[1].length]);
  view.setUint16(4, identity.length, true);
  payload.set(hexBytes(header.rigHash), 6);
  view.setUint32(38, packed.length, true);
  let at = BINDING_FIXED_BYTES;
  for (const step of identity) {
    view.setInt16(at, step, true);
    at += 2;
  }
  for (const part of [...names, packed]) {
    payload.set(part, at);
    at += part.length;
  }
  return payload;
}

/** @throws SplatFileError */
export function decodeBinding(payload: Uint8Array, count: number, zstd: ZstdCodec): SplatBinding {
  if (payload.length < BINDING_FIXED_BYTES) throw SplatFileError.badField('SPZ', 'binding', `at least ${BINDING_FIXED_BYTES} bytes`, payload.length);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (payload[0] !== BINDING_EXTENSION_VERSION) throw SplatFileError.badField('SPZ', 'binding version', String(BINDING_EXTENSION_VERSION), payload[0]);
  if (payload[1] !== 0) throw SplatFileError.badField('SPZ', 'binding flags', '0', payload[1]);
  const identityCount = view.getUint16(4, true);
  const packedBytes = view.getUint32(38, true);
  const namesAt = BINDING_FIXED_BYTES + identityCount * 2;
  const packedAt = namesAt + payload[2] + payload[3];
  if (packedAt + packedBytes !== payload.length) throw SplatFileError.badField('SPZ', 'binding length', `${packedAt + packedBytes} bytes`, payload.length);
  const text = (from: number, to: number): string => String.fromCharCode(...payload.subarray(from, to));
  const identity = Array.from({ length: identityCount }, (_, k) => view.getInt16(BINDING_FIXED_BYTES + k * 2, true));
  const rigHash = Array.from(payload.subarray(6, 38), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const header = bindingHeader('SPZ', text(namesAt, namesAt + payload[2]), rigHash, text(namesAt + payload[2], packedAt), identity);
  const planes = inflate('binding', zstd, payload.subarray(packedAt), PLANES * count);
  const column = (index: number): Uint16Array =>
    Uint16Array.from({ length: count }, (_, s) => planes[index * 2 * count + s] | (planes[(index * 2 + 1) * count + s] << 8));
  const barycentrics = new Float32Array(count * 2);
  [column(1), column(2)].forEach((steps, k) => steps.forEach((value, s) => { barycentrics[s * 2 + k] = value / BARYCENTRIC_STEPS; }));
  return { header, bindings: column(0), barycentrics };
}

/** Exactly `length` bytes out of a Zstandard frame. @throws SplatFileError */
export function inflate(field: string, zstd: ZstdCodec, bytes: Uint8Array, length: number): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = zstd.decompress(bytes, length);
  } catch (cause) {
    throw new SplatFileError('SPZ', field, 'cannot be decompressed', cause);
  }
  if (plain.length !== length) throw SplatFileError.badField('SPZ', `${field} plain length`, `${length} bytes`, plain.length);
  return plain;
}

const toSteps = (weight: number): number => Math.max(0, Math.min(BARYCENTRIC_STEPS, Math.round(weight * BARYCENTRIC_STEPS)));

function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, k) => Number.parseInt(hex.slice(k * 2, k * 2 + 2), 16));
}
