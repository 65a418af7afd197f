/** The byte layout of the bound point set; PROTOCOL.md chapter SPLAT says the same in words. */

export const AVATAR_MAGIC = 0x4c505453; // "STPL" in little-endian
export const AVATAR_FORMAT_VERSION = 1;
export const AVATAR_FILE_EXTENSION = '.stipple';

/** Limits of the format: a decoder refuses what lies beyond before it allocates anything for it. */
export const MAX_SPLATS = 200_000;
export const MAX_CHUNK_SPLATS = 16_384;
export const MAX_CHUNKS = 1024;
export const MAX_RIG_FACES = 65_536;
export const MAX_IDENTITY_COEFFICIENTS = 255;
export const MAX_NAME_CHARACTERS = 32;
export const MAX_BARYCENTRIC_DIVISIONS = 255;

/** Bytes of the header before its variable part. */
export const FIXED_HEADER_BYTES = 170;
export const CHUNK_ENTRY_BYTES = 10;
/** No chunk is longer than this: raw streams of every plane, with their method bytes. */
export const maxChunkBytes = (splats: number): number => STREAM_COUNT_MAX * (splats + 5);
const STREAM_COUNT_MAX = 20;

/** Identity coefficients are stored as 16-bit integers of this fraction of a standard deviation. */
export const IDENTITY_STEP = 1 / 2048;

/** A uniform quantiser: value = minimum + step · code, code in [0, levels). */
export interface Quantiser {
  readonly minimum: number;
  readonly step: number;
  readonly levels: number;
}

/** Quantisers in the order of the header, with the values and level counts a decoder accepts. */
export const QUANTISERS = [
  { name: 'offsetX', lowest: -2, highest: 2, maxLevels: 65536 },
  { name: 'offsetY', lowest: -2, highest: 2, maxLevels: 65536 },
  { name: 'offsetZ', lowest: -2, highest: 2, maxLevels: 65536 },
  { name: 'logScale', lowest: -20, highest: 2, maxLevels: 256 },
  { name: 'rotation', lowest: -1, highest: 1, maxLevels: 256 },
  { name: 'opacity', lowest: -0.01, highest: 1.01, maxLevels: 256 },
  { name: 'luma', lowest: -1, highest: 2, maxLevels: 256 },
  { name: 'chromaOrange', lowest: -2, highest: 2, maxLevels: 256 },
  { name: 'chromaGreen', lowest: -2, highest: 2, maxLevels: 256 },
] as const;
export type QuantiserName = (typeof QUANTISERS)[number]['name'];

/** Predicted columns in coding order; scale1 and scale2 hold differences from scale0. */
export const COLUMNS = [
  { name: 'offsetX', quantiser: 0 }, { name: 'offsetY', quantiser: 1 }, { name: 'offsetZ', quantiser: 2 },
  { name: 'scale0', quantiser: 3 }, { name: 'scale1', quantiser: 3 }, { name: 'scale2', quantiser: 3 },
  { name: 'rotationX', quantiser: 4 }, { name: 'rotationY', quantiser: 4 }, { name: 'rotationZ', quantiser: 4 },
  { name: 'opacity', quantiser: 5 }, { name: 'luma', quantiser: 6 },
  { name: 'chromaOrange', quantiser: 7 }, { name: 'chromaGreen', quantiser: 8 },
] as const;

/** How a stream of bytes is stored. */
export const STREAM_CONSTANT = 0;
export const STREAM_DEFLATE = 1;
export const STREAM_RAW = 2;

/** One chunk's entry in the header. */
export interface ChunkEntry {
  readonly splats: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** Axis-aligned bounds of the splats' centres on the neutral head, metres: minimum x, y, z, then maximum. */
export type NeutralBounds = readonly [number, number, number, number, number, number];

/** The header as stored. */
export interface AvatarFileHeader {
  readonly splatCount: number;
  readonly rigFaceCount: number;
  readonly rigHash: string;
  readonly rigId: string;
  readonly generator: string;
  readonly identityCoefficients: Float32Array;
  readonly neutralBounds: NeutralBounds;
  readonly barycentricDivisions: number;
  readonly quantisers: readonly Quantiser[];
  readonly chunks: readonly ChunkEntry[];
  /** Bytes of the header, checksum included. */
  readonly headerBytes: number;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

/** Lattice points of a triangle cut into `divisions` steps a side: (d + 1)(d + 2) / 2. */
export const latticePointCount = (divisions: number): number => ((divisions + 1) * (divisions + 2)) / 2;

/** Index of lattice point (i, j), i + j <= divisions: row after row of constant i. */
export const latticeIndex = (i: number, j: number, divisions: number): number =>
  i * (divisions + 1) - (i * (i - 1)) / 2 + j;

/** Barycentric (u, v) of every lattice point, in order of `latticeIndex`. */
export function latticeBarycentrics(divisions: number): Float32Array {
  const points = new Float32Array(latticePointCount(divisions) * 2);
  let at = 0;
  for (let i = 0; i <= divisions; i++) {
    for (let j = 0; i + j <= divisions; j++) {
      points[at++] = i / divisions;
      points[at++] = j / divisions;
    }
  }
  return points;
}

/**
 * The order in which a chunk's coded splats (sorted by face) leave the decoder: output k is coded splat
 * (k · stride) mod count. The stride is the smallest integer from ⌊0.618 · count⌋ (at least 1) on that is coprime
 * to the count, so any prefix of a chunk is spread over all of its faces.
 */
export function chunkStride(count: number): number {
  let stride = Math.max(1, Math.floor(0.618 * count));
  while (greatestCommonDivisor(stride, count) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
