import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latticeBytes } from '../../../models/generator/latticeBytes.ts';
import { heightLevel, heightMeters, HEIGHT_LEVELS } from '../../../server/generator/autoregressive/heightCodec.ts';
import { COORDINATE_LEVELS, decodeLattice, LATTICE_HEADER_BYTES, loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { committedRig } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const bytes = readFileSync(join(projectFolder, 'models', 'generator', 'sites.lattice'));
const lattice = await loadLattice(rig);

function edited(edit: (view: DataView) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  edit(new DataView(copy.buffer));
  return copy;
}

describe('the site lattice', () => {
  it('is what the builder makes of the committed rig, byte for byte', () => {
    expect(Buffer.from(latticeBytes(rig)).equals(bytes)).toBe(true);
  });

  it('has full bands, every site once in the progressive order, on faces that exist', () => {
    expect(lattice.siteCount).toBe(lattice.bandCount * lattice.bandSize);
    const ranks = Uint32Array.from(lattice.thresholds, (threshold) => Math.round(threshold * lattice.siteCount)).sort();
    expect(ranks.every((rank, i) => rank === i + 1)).toBe(true);
    for (let i = 0; i < lattice.siteCount; i++) {
      expect(lattice.faces[i]!).toBeLessThan(rig.faceCount);
      expect(lattice.levels[i * 2]! + lattice.levels[i * 2 + 1]!).toBeLessThan(COORDINATE_LEVELS);
    }
  });

  it('writes a band\'s coarse sites first, and they reach nearly every region of the head', () => {
    const regions = new Set<string>();
    let coarse = 0;
    for (let band = 0; band < lattice.bandCount; band++) {
      const own = lattice.thresholds.subarray(band * lattice.bandSize, (band + 1) * lattice.bandSize);
      const count = lattice.coarseCounts[band]!;
      coarse += count;
      const least = Math.min(...own.subarray(count));
      for (let i = 0; i < count; i++) {
        expect(own[i]!).toBeLessThan(least);
        regions.add(rig.regionNames[rig.faceRegions[lattice.faces[band * lattice.bandSize + i]!]!]!);
      }
    }
    expect(coarse).toBe(1200);
    expect(regions.size).toBeGreaterThanOrEqual(rig.regionNames.length - 2);
  });

  it('names field, expected and got when the file is damaged or of another rig', () => {
    const decode = (file: Uint8Array) => () => decodeLattice(file, rig);
    expect(decode(bytes.subarray(0, 20))).toThrow(/length: expected at least 44 bytes, got 20/);
    expect(decode(bytes.subarray(0, bytes.length - 1))).toThrow(/length: expected \d+ bytes/);
    expect(decode(edited((view) => view.setUint32(0, 1, true)))).toThrow(/magic/);
    expect(decode(edited((view) => view.setUint16(4, 9, true)))).toThrow(/version: expected 1, got 9/);
    expect(decode(edited((view) => view.setUint8(12, view.getUint8(12) ^ 1)))).toThrow(/rig: expected/);
    const columns = LATTICE_HEADER_BYTES + 2 * lattice.bandCount;
    expect(decode(edited((view) => view.setUint16(columns, 0xffff, true)))).toThrow(/face 0: expected below/);
    expect(decode(edited((view) => view.setUint16(columns + 2 * lattice.siteCount, 1024, true)))).toThrow(/sum of levels/);
    expect(decode(edited((view) => view.setFloat32(columns + 6 * lattice.siteCount, NaN, true)))).toThrow(/threshold 0/);
  });
});

describe('heights', () => {
  it('survive quantisation to a share of their size', () => {
    for (const meters of [-0.079, -0.01, -0.001, -1e-5, 0, 2e-4, 0.003, 0.02, 0.08]) {
      expect(Math.abs(heightMeters(heightLevel(meters)) - meters)).toBeLessThan(2e-5 + 0.005 * Math.abs(meters));
    }
    expect(heightLevel(1)).toBe(HEIGHT_LEVELS - 1);
    expect(heightLevel(-1)).toBe(0);
  });
});
