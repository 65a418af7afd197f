import { describe, expect, it } from 'vitest';
import { nodeZstd } from '../../../server/cli/nodeZstd.ts';
import { type HeadFileFormat, readHead, writeHead } from '../../../shared/formats/headFiles.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { StippleError } from '../../../shared/protocol/errors.ts';
import { headRig } from '../../support/headRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

const splats = syntheticSplats(headRig, { count: 40, wild: true });
const FORMATS: readonly HeadFileFormat[] = ['ply', 'spz', 'glb'];

/** Reads, and takes a refusal for an answer; anything else that is thrown is a defect. */
function readOrRefuse(bytes: Uint8Array): StippleError | undefined {
  try {
    const { splats: read } = readHead(headRig, bytes, nodeZstd);
    for (const column of [read.offsets, read.logScales, read.rotations, read.opacities, read.colors]) {
      if (!column.every(Number.isFinite)) throw new Error('a number that is none came through');
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StippleError)) throw error;
    expect(error.code).toBe('AVATAR_INVALID');
    return error;
  }
}

describe('EXCH4 damaged files', () => {
  it.each(FORMATS)('a cut %s is refused wherever it is cut', (format) => {
    const bytes = writeHead(headRig, splats, format, nodeZstd);
    for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 300)) {
      expect(readOrRefuse(bytes.slice(0, length)), `cut at ${length}`).toBeDefined();
    }
  });

  it.each(FORMATS)('a %s with changed bytes is read or refused, never anything else', (format) => {
    const bytes = writeHead(headRig, splats, format, nodeZstd);
    for (let seed = 1; seed <= 600; seed++) {
      const random = new SeededRandom(seed);
      const damaged = bytes.slice();
      // Headers are short: most damage is to go there.
      for (let k = random.integer(3); k >= 0; k--) damaged[random.integer(random.next() < 0.7 ? Math.min(900, bytes.length) : bytes.length)] = random.integer(256);
      try {
        readOrRefuse(damaged);
      } catch (error) {
        throw new Error(`seed ${seed} of ${format}`, { cause: error });
      }
    }
  });

  it('a head bound to another rig is refused', () => {
    for (const format of FORMATS) {
      const bytes = writeHead(headRig, { ...splats, header: { ...splats.header, rigHash: 'ab'.repeat(32) } }, format, nodeZstd);
      expect(readOrRefuse(bytes)?.message).toMatch(/rig hash: expected [0-9a-f]{64}, got abab/);
    }
  });

  it('a file of nothing known is refused', () => {
    expect(readOrRefuse(new Uint8Array(100))?.message).toMatch(/format: expected \.stipple, PLY, SPZ, binary glTF or LAM's avatar zip, got/);
    expect(readOrRefuse(new Uint8Array(0))).toBeDefined();
  });
});
