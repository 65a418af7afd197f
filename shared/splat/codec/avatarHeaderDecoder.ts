import { AvatarFormatError } from './avatarFormatError.ts';
import {
  AVATAR_FORMAT_VERSION, AVATAR_MAGIC, type AvatarFileHeader, CHUNK_ENTRY_BYTES, type ChunkEntry, FIXED_HEADER_BYTES, IDENTITY_STEP,
  MAX_CHUNK_SPLATS, MAX_CHUNKS, MAX_NAME_CHARACTERS, MAX_RIG_FACES, MAX_SPLATS, maxChunkBytes, type NeutralBounds, QUANTISERS,
  type Quantiser,
} from './avatarLayout.ts';
import { crc32 } from './crc32.ts';

/** Bytes needed before the header's length is known. */
export const HEADER_LENGTH_BYTES = 8;

/**
 * Checks the first eight bytes and returns the header's length.
 * @throws AvatarFormatError
 */
export function readHeaderLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== AVATAR_MAGIC) {
    const got = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw AvatarFormatError.badField('magic', '53 54 50 4c (STPL)', got);
  }
  const version = view.getUint8(4);
  if (version !== AVATAR_FORMAT_VERSION) throw AvatarFormatError.badField('version', String(AVATAR_FORMAT_VERSION), version);
  if (view.getUint8(5) !== 0) throw AvatarFormatError.badField('flags', '0', view.getUint8(5));
  const length = view.getUint16(6, true);
  if (length < FIXED_HEADER_BYTES + 4) throw AvatarFormatError.badField('headerBytes', `at least ${FIXED_HEADER_BYTES + 4}`, length);
  return length;
}

/**
 * Decodes a whole header: every count is checked against the limits of the format before anything is allocated for it.
 * @param bytes exactly the header.
 * @throws AvatarFormatError
 */
export function decodeAvatarHeader(bytes: Uint8Array): AvatarFileHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 4;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) throw AvatarFormatError.checksum('the header');
  const splatCount = view.getUint32(8, true);
  if (splatCount > MAX_SPLATS) throw AvatarFormatError.badField('splatCount', `at most ${MAX_SPLATS}`, splatCount);
  const rigFaceCount = view.getUint32(12, true);
  if (rigFaceCount < 1 || rigFaceCount > MAX_RIG_FACES) {
    throw AvatarFormatError.badField('rigFaceCount', `1 to ${MAX_RIG_FACES}`, rigFaceCount);
  }
  const rigHash = Array.from(bytes.subarray(16, 48), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const barycentricDivisions = view.getUint8(48);
  if (barycentricDivisions < 1) throw AvatarFormatError.badField('barycentricDivisions', 'at least 1', barycentricDivisions);
  const [identityCount, rigIdLength, generatorLength] = [view.getUint8(49), view.getUint8(50), view.getUint8(51)];
  for (const [field, length] of [['rigId', rigIdLength], ['generator', generatorLength]] as const) {
    if (length > MAX_NAME_CHARACTERS) throw AvatarFormatError.badField(field, `at most ${MAX_NAME_CHARACTERS} characters`, length);
  }
  const chunkCount = view.getUint16(52, true);
  if (chunkCount > MAX_CHUNKS) throw AvatarFormatError.badField('chunkCount', `at most ${MAX_CHUNKS}`, chunkCount);
  if (view.getUint16(54, true) !== 0) throw AvatarFormatError.badField('reserved', '0', view.getUint16(54, true));
  const length = FIXED_HEADER_BYTES + identityCount * 2 + rigIdLength + generatorLength + chunkCount * CHUNK_ENTRY_BYTES + 4;
  if (length !== bytes.length) throw AvatarFormatError.badField('headerBytes', String(length), bytes.length);

  const neutralBounds = Array.from({ length: 6 }, (_, index) => view.getFloat32(56 + index * 4, true)) as unknown as NeutralBounds;
  if (!neutralBounds.every((value) => Math.abs(value) <= 10)) throw AvatarFormatError.badField('neutralBounds', 'within 10 m', String(neutralBounds));
  const quantisers = QUANTISERS.map((_, index) => readQuantiser(view, index));
  let at = FIXED_HEADER_BYTES;
  const identityCoefficients = new Float32Array(identityCount);
  for (let k = 0; k < identityCount; k++, at += 2) identityCoefficients[k] = view.getInt16(at, true) * IDENTITY_STEP;
  const rigId = readName('rigId', bytes.subarray(at, at + rigIdLength));
  const generator = readName('generator', bytes.subarray(at + rigIdLength, at + rigIdLength + generatorLength));
  const chunks = readChunks(view, at + rigIdLength + generatorLength, chunkCount, splatCount);
  return {
    splatCount, rigFaceCount, rigHash, rigId, generator, identityCoefficients, neutralBounds, barycentricDivisions, quantisers, chunks,
    headerBytes: length,
    fileBytes: chunks.reduce((sum, chunk) => sum + chunk.bytes, length),
  };
}

function readQuantiser(view: DataView, index: number): Quantiser {
  const { name, lowest, highest, maxLevels } = QUANTISERS[index];
  const minimum = view.getFloat32(80 + index * 10, true);
  const step = view.getFloat32(84 + index * 10, true);
  const levels = view.getUint16(88 + index * 10, true) + 1;
  if (levels > maxLevels) throw AvatarFormatError.badField(`${name} levels`, `at most ${maxLevels}`, levels);
  const maximum = minimum + step * (levels - 1);
  // Written so that NaN fails too. One step of slack: ranges are rounded outwards to whole steps.
  if (!(step >= 0 && minimum >= lowest - step && maximum <= highest + step && step <= highest - lowest)) {
    throw AvatarFormatError.badField(`${name} range`, `within ${lowest} and ${highest}`, `${minimum} to ${maximum}`);
  }
  return { minimum, step, levels };
}

function readName(field: string, bytes: Uint8Array): string {
  if (!bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)) throw AvatarFormatError.badField(field, 'printable ASCII', 'other bytes');
  return String.fromCharCode(...bytes);
}

function readChunks(view: DataView, begin: number, chunkCount: number, splatCount: number): ChunkEntry[] {
  const chunks: ChunkEntry[] = [];
  let splatSum = 0;
  for (let k = 0; k < chunkCount; k++) {
    const at = begin + k * CHUNK_ENTRY_BYTES;
    const splats = view.getUint16(at, true);
    const bytes = view.getUint32(at + 2, true);
    if (splats < 1 || splats > MAX_CHUNK_SPLATS) throw AvatarFormatError.badField(`chunk ${k} splats`, `1 to ${MAX_CHUNK_SPLATS}`, splats);
    if (bytes > maxChunkBytes(splats)) throw AvatarFormatError.badField(`chunk ${k} bytes`, `at most ${maxChunkBytes(splats)}`, bytes);
    splatSum += splats;
    chunks.push({ splats, bytes, checksum: view.getUint32(at + 6, true) });
  }
  if (splatSum !== splatCount) throw AvatarFormatError.badField('sum of chunk splats', String(splatCount), splatSum);
  return chunks;
}
