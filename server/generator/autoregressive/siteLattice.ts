import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StippleError } from '../../../shared/protocol/errors.ts';
import type { Rig } from '../../../shared/rig/rig.ts';
import { projectFolder } from '../../setup/paths.mjs';

/** Levels of a coordinate of a site in its face: weight = level / (COORDINATE_LEVELS - 1). */
export const COORDINATE_LEVELS = 1024;
/** Binding tokens are this plus the rig's face. */
export const BINDING_TOKEN_OFFSET = 1024;

/**
 * The fixed places on the rig where a head may have points. Sites are stored band by band, in the order in which a band
 * is written: site i is number i mod bandSize of band floor(i / bandSize), and every band is full.
 *
 * A band is a compact patch of the surface. Its first `coarseCounts` sites are the coarse level, a whole head by
 * themselves; the others follow. Within a level sites run by y, then z, then x.
 */
export interface SiteLattice {
  readonly siteCount: number;
  readonly bandCount: number;
  readonly bandSize: number;
  /** SHA-256 of the rig's file and of this one, lower-case hex. */
  readonly rigHash: string;
  readonly hash: string;
  /** Rig face, [siteCount]. */
  readonly faces: Uint16Array;
  /** Weights of the face's second and third vertex in levels, [siteCount, 2]; their sum is below COORDINATE_LEVELS. */
  readonly levels: Uint16Array;
  /** The same as weights. */
  readonly barycentrics: Float32Array;
  /**
   * In (0, 1]: the site's place in the progressive blue-noise order of all sites, over their number. Those up to any
   * threshold t are spread evenly, t times as dense as all of them.
   */
  readonly thresholds: Float32Array;
  /** How many sites a face as large and of the same region has on average when all are there, [siteCount]. */
  readonly faceShares: Float32Array;
  /** How many of each band's first sites are the coarse level, [bandCount]. */
  readonly coarseCounts: Uint16Array;
}

export const LATTICE_MAGIC = 0x4c535453;
export const LATTICE_VERSION = 1;
/** Magic, version, band count, band size, coarse level's size (all bands), the rig's hash. */
export const LATTICE_HEADER_BYTES = 4 + 2 + 2 + 2 + 2 + 32;
export const SITE_BYTES = 2 + 2 + 2 + 4 + 4;
const MOST_BANDS = 256;
const MOST_SITES = 1 << 17;

/** @throws {StippleError} RIG_INVALID when the file is damaged or belongs to another rig. */
export function decodeLattice(bytes: Uint8Array, rig: Pick<Rig, 'hash' | 'faceCount'>): SiteLattice {
  if (bytes.length < LATTICE_HEADER_BYTES) throw invalid('length', `at least ${LATTICE_HEADER_BYTES} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== LATTICE_MAGIC) throw invalid('magic', 'STSL', view.getUint32(0, true).toString(16));
  if (view.getUint16(4, true) !== LATTICE_VERSION) throw invalid('version', LATTICE_VERSION, view.getUint16(4, true));
  const bandCount = view.getUint16(6, true);
  const bandSize = view.getUint16(8, true);
  const siteCount = bandCount * bandSize;
  if (bandCount < 1 || bandCount > MOST_BANDS) throw invalid('bands', `1 to ${MOST_BANDS}`, bandCount);
  if (siteCount < 1 || siteCount > MOST_SITES) throw invalid('sites', `1 to ${MOST_SITES}`, siteCount);
  const expected = LATTICE_HEADER_BYTES + 2 * bandCount + SITE_BYTES * siteCount;
  if (bytes.length !== expected) throw invalid('length', `${expected} bytes`, bytes.length);
  const rigHash = Buffer.from(bytes.subarray(12, LATTICE_HEADER_BYTES)).toString('hex');
  if (rigHash !== rig.hash) throw invalid('rig', rig.hash, rigHash);
  let at = LATTICE_HEADER_BYTES;
  const column16 = (length: number): Uint16Array => {
    const column = Uint16Array.from({ length }, (_, i) => view.getUint16(at + 2 * i, true));
    at += 2 * length;
    return column;
  };
  const columnF32 = (length: number): Float32Array => {
    const column = Float32Array.from({ length }, (_, i) => view.getFloat32(at + 4 * i, true));
    at += 4 * length;
    return column;
  };
  const coarseCounts = column16(bandCount);
  const faces = column16(siteCount);
  const levels = column16(siteCount * 2);
  const thresholds = columnF32(siteCount);
  const faceShares = columnF32(siteCount);
  check(coarseCounts, 'coarse sites of a band', `at most ${bandSize}`, (value) => value <= bandSize);
  check(faces, 'face', `below ${rig.faceCount}`, (value) => value < rig.faceCount);
  for (let i = 0; i < levels.length; i += 2) {
    const sum = levels[i]! + levels[i + 1]!;
    if (sum >= COORDINATE_LEVELS) throw invalid('sum of levels', `below ${COORDINATE_LEVELS}`, sum);
  }
  check(thresholds, 'threshold', 'over 0, at most 1', (value) => value > 0 && value <= 1);
  check(faceShares, 'share', 'over 0, finite', (value) => value > 0 && Number.isFinite(value));
  return {
    siteCount, bandCount, bandSize, rigHash, hash: createHash('sha256').update(bytes).digest('hex'),
    faces, levels, barycentrics: Float32Array.from(levels, (level) => level / (COORDINATE_LEVELS - 1)),
    thresholds, faceShares, coarseCounts,
  };
}

/** The committed lattice. @throws {StippleError} RIG_INVALID, or MODEL_MISSING when there is no file. */
export async function loadLattice(rig: Pick<Rig, 'hash' | 'faceCount'>): Promise<SiteLattice> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(projectFolder, 'models', 'generator', 'sites.lattice'));
  } catch (cause) {
    throw new StippleError('MODEL_MISSING', { cause, message: 'models/generator/sites.lattice is missing; make it with npm run sites:build.' });
  }
  return decodeLattice(bytes, rig);
}

function check(values: ArrayLike<number>, field: string, expected: string, holds: (value: number) => boolean): void {
  for (let i = 0; i < values.length; i += 1) if (!holds(values[i]!)) throw invalid(`${field} ${i}`, expected, values[i]!);
}

function invalid(field: string, expected: string | number, got: string | number): StippleError {
  return new StippleError('RIG_INVALID', {
    message: `site lattice: ${field}: expected ${expected}, got ${got}`, details: { field, expected: String(expected), got: String(got) },
  });
}
