import { unzlibSync, zlibSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeRig } from '../../../models/rig/encodeRig.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { crc32, decodeRig, ENVELOPE_BYTES } from '../../../shared/rig/rigBinary.ts';
import { RigFormatError } from '../../../shared/rig/rigFormatError.ts';
import { TINY_STEPS, tinyRig } from '../../support/tinyRig.ts';

const tinyBytes = encodeRig(tinyRig(), TINY_STEPS);

describe('rig file', () => {
  it('gives back what was written', () => {
    const { componentParities: _parities, ...written } = tinyRig();
    const { hash, ...read } = decodeRig(tinyBytes);
    expect(read).toEqual(written);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps its bytes', () => {
    const payload = unzlibSync(tinyBytes.subarray(ENVELOPE_BYTES));
    expect(Buffer.from(tinyBytes.subarray(0, 8)).toString('hex')).toBe('5352494701000000');
    expect(payload.length).toBe(new DataView(tinyBytes.buffer).getUint32(8, true));
    expect(Buffer.from(payload.subarray(0, 18)).toString('hex')).toBe('0874696e792d726967060000000800000017');
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('says what is wrong', () => {
    const message = (bytes: Uint8Array): string => {
      try {
        decodeRig(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RigFormatError);
        return (error as Error).message;
      }
      return 'nothing wrong';
    };
    expect(message(new Uint8Array(3))).toBe('rig file: length: expected at least 16, got 3');
    expect(message(new Uint8Array(40))).toBe('rig file: magic: expected SRIG, got 0x0');
    const newer = tinyBytes.slice();
    newer[4] = 9;
    expect(message(newer)).toBe('rig file: version: expected 1, got 9');
    expect(message(tinyBytes.subarray(0, tinyBytes.length - 20))).toMatch(/^rig file: payload/);
    const huge = tinyBytes.slice();
    new DataView(huge.buffer).setUint32(8, 0xffffffff, true);
    expect(message(huge)).toBe('rig file: payload bytes: expected at most 16777216, got 4294967295');
    const wrongSum = tinyBytes.slice();
    wrongSum[12]! ^= 1;
    expect(message(wrongSum)).toMatch(/^rig file: checksum/);
    expect(message(repack((payload) => payload.slice(0, -1)))).toMatch(/^rig file: landmark weight: expected 1 more bytes, got 0 left/);
    expect(message(repack((payload) => Uint8Array.of(...payload, 0)))).toMatch(/^rig file: payload: expected/);
  });

  it('throws nothing but its own error on damaged files (seeded)', () => {
    const random = new SeededRandom(20_261_122);
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const bytes = round % 3 === 0 ? damage(tinyBytes, random) : repack((payload) => damage(payload, random));
      try {
        decodeRig(bytes);
      } catch (error) {
        if (!(error instanceof RigFormatError)) throw new Error(`round ${round}`, { cause: error });
        refused++;
      }
    }
    // Some damage only changes a number that may have any value.
    expect(refused).toBeGreaterThan(1500);
  });
});

describe('head.rig', () => {
  const bytes = readFileSync(new URL('../../../models/rig/head.rig', import.meta.url));
  const rig = decodeRig(bytes);

  it('is what the manifest says, at most 1 MB', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../models/rig/manifest.json', import.meta.url), 'utf8')) as Record<string, unknown>;
    expect(bytes.length).toBeLessThanOrEqual(1_000_000);
    expect(manifest).toMatchObject({ sha256: rig.hash, bytes: bytes.length, vertices: rig.vertexCount, faces: rig.faceCount, id: rig.id });
  });

  it('has 4,000 to 8,000 vertices, all regions, and no degenerate face', () => {
    expect(rig.vertexCount).toBeGreaterThanOrEqual(4000);
    expect(rig.vertexCount).toBeLessThanOrEqual(8000);
    expect(new Set(rig.faceRegions).size).toBe(rig.regionNames.length);
    for (let start = 0; start < rig.faces.length; start += 3) {
      expect(new Set(rig.faces.subarray(start, start + 3)).size).toBe(3);
    }
  });
});

function repack(change: (payload: Uint8Array) => Uint8Array): Uint8Array {
  const payload = change(unzlibSync(tinyBytes.subarray(ENVELOPE_BYTES)));
  const packed = zlibSync(payload, { level: 1 });
  const file = new Uint8Array(ENVELOPE_BYTES + packed.length);
  file.set(tinyBytes.subarray(0, ENVELOPE_BYTES));
  new DataView(file.buffer).setUint32(8, payload.length, true);
  new DataView(file.buffer).setUint32(12, crc32(payload), true);
  file.set(packed, ENVELOPE_BYTES);
  return file;
}

function damage(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const kind = random.integer(3);
  if (kind === 0) return bytes.slice(0, random.integer(bytes.length));
  const out = bytes.slice();
  for (let count = 1 + random.integer(kind === 1 ? 1 : 8); count > 0; count--) out[random.integer(out.length)] = random.integer(256);
  return out;
}
