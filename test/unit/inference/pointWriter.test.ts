import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StippleError } from '../../../shared/protocol/errors.ts';
import { BandNoise } from '../../../server/inference/bandNoise.ts';
import { floatTensor, type Graph } from '../../../server/inference/graph.ts';
import type { GraphName } from '../../../server/inference/generatorContract.ts';
import type { GeneratorManifest } from '../../../server/inference/generatorManifest.ts';
import { PointWriter, type WritePointsOptions } from '../../../server/inference/pointWriter.ts';
import type { PointChunk, WrittenPoints } from '../../../server/inference/writtenPoints.ts';
import { inventedCondition, loadGraphs, surroundingsOf, TINY_FOLDER } from '../../support/tinyGenerator.ts';
import { decodeBandAlone } from '../../support/plainDecode.ts';

let manifest: GeneratorManifest;
let graphs: Record<GraphName, Graph>;
let writer: PointWriter;
const { coarseCounts } = surroundingsOf(TINY_FOLDER).lattice;
beforeAll(async () => {
  ({ manifest, graphs } = await loadGraphs());
  writer = new PointWriter(manifest, graphs, coarseCounts);
});
afterAll(async () => { await Promise.all(Object.values(graphs).map((graph) => graph.dispose())); });

interface Written { chunks: PointChunk[]; points: WrittenPoints }

async function write(options: Partial<WritePointsOptions> & { available?: Uint8Array } = {}, by = writer): Promise<Written> {
  const { available, ...rest } = options;
  const stream = by.write({ ...inventedCondition(manifest), available }, { seed: 1, signal: new AbortController().signal, ...rest });
  const chunks: PointChunk[] = [];
  let step = await stream.next();
  for (; !step.done; step = await stream.next()) chunks.push(step.value);
  return { chunks, points: step.value };
}

const joined = (chunks: readonly PointChunk[]) => chunks.flatMap(({ sites }) => [...sites]);
const bandOf = (site: number) => Math.floor(site / manifest.bandSize);

describe('a head\'s points', () => {
  test('are the same for the same seed, and others for another', async () => {
    const [first, again, other] = [await write(), await write(), await write({ seed: 2 })];
    expect(again.points.sites).toEqual(first.points.sites);
    expect(again.points.heightLevels).toEqual(first.points.heightLevels);
    expect(again.points.hidden).toEqual(first.points.hidden);
    expect(joined(again.chunks)).toEqual(joined(first.chunks));
    expect(other.points.sites).not.toEqual(first.points.sites);
  });

  test('come in ascending order, each site once, and chunks and whole hold the same', async () => {
    const { chunks, points } = await write();
    expect(points.sites.every((site, i) => i === 0 || site > points.sites[i - 1]!)).toBe(true);
    expect(points.heightLevels.every((level) => level < manifest.heightLevels)).toBe(true);
    expect(joined(chunks).sort((a, b) => a - b)).toEqual([...points.sites]);
    expect(points.hidden.length).toBe(points.sites.length * manifest.width);
    const hiddenOf = new Map<number, number>();
    for (const { sites, hidden } of chunks) for (const [i, site] of sites.entries()) hiddenOf.set(site, hidden[i * manifest.width]!);
    expect([...points.sites].map((site) => hiddenOf.get(site))).toEqual(Array.from(points.sites, (_, i) => points.hidden[i * manifest.width]!));
  });

  test('begin with the whole coarse level, and the expectation ends at the number there is', async () => {
    const { chunks, points } = await write({ chunkSteps: 5 });
    expect(chunks.map(({ level }) => level)).toEqual(['coarse', ...chunks.slice(1).map(() => 'fine')]);
    const coarseLimit = (site: number) => site % manifest.bandSize < coarseCounts[bandOf(site)]!;
    const coarse = [...points.sites].filter(coarseLimit);
    expect([...chunks[0]!.sites].filter(coarseLimit).sort((a, b) => a - b)).toEqual(coarse);
    expect(chunks.at(-1)).toMatchObject({ pointsSoFar: points.sites.length, pointsExpected: points.sites.length, fraction: 1 });
    for (const [i, chunk] of chunks.entries()) {
      expect(chunk.pointsExpected).toBeGreaterThanOrEqual(chunk.pointsSoFar);
      if (i > 0) expect(chunk.fraction).toBeGreaterThan(chunks[i - 1]!.fraction);
    }
  });

  test('do not depend on the other bands: each band alone, its cache in a plain array, gives the same', async () => {
    const { points } = await write({ temperature: { site: 1, height: 1 }, topP: { site: 1, height: 1 } });
    for (const band of [0, 13, 47]) {
      const alone = await decodeBandAlone(manifest, graphs, band, new BandNoise(1, manifest.bandCount));
      const expected = [...points.sites.keys()].filter((i) => bandOf(points.sites[i]!) === band);
      expect(alone.map(({ site }) => site)).toEqual(expected.map((i) => points.sites[i]! % manifest.bandSize));
      expect(alone.map(({ heightLevel }) => heightLevel)).toEqual(expected.map((i) => points.heightLevels[i]!));
      for (const [n, i] of expected.entries()) {
        const hidden = points.hidden.subarray(i * manifest.width, (i + 1) * manifest.width);
        for (const [channel, value] of alone[n]!.hidden.entries()) expect(hidden[channel]).toBeCloseTo(value, 3);
      }
    }
  });
});

describe('it stops', () => {
  test('where every band wrote its end, or at the band that was full', async () => {
    const { points } = await write({ temperature: { site: 1 }, topP: { site: 1 } });
    const counts = new Map<number, number>();
    for (const site of points.sites) counts.set(bandOf(site), (counts.get(bandOf(site)) ?? 0) + 1);
    const longest = Math.max(...counts.values());
    expect(points.stopReason).toBe(longest === manifest.maxBandPoints ? 'bandFull' : 'endTokens');
    expect(points.steps).toBe(longest + 1);
    expect(points.steps).toBeGreaterThan(65); // beyond the first layout of the cache
    const fewer = await write({ available: Uint8Array.from({ length: manifest.bandCount * manifest.bandSize }, (_, site) => (site % 4 === 0 ? 1 : 0)) });
    expect(fewer.points.stopReason).toBe('endTokens');
  });

  test('at the caller\'s number of points', async () => {
    const { points, chunks } = await write({ maxPoints: 500 });
    expect(points.stopReason).toBe('maxPoints');
    expect(points.sites.length).toBe(500);
    expect(chunks.at(-1)!.pointsSoFar).toBe(500);
  });

  test('when aborted, with the signal\'s reason, before the next step', async () => {
    const controller = new AbortController();
    const reason = new StippleError('JOB_CANCELLED');
    const stream = writer.write(inventedCondition(manifest), { seed: 1, signal: controller.signal, chunkSteps: 1 });
    await stream.next();
    controller.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
    await expect(writer.write(inventedCondition(manifest), { seed: 1, signal: controller.signal }).next()).rejects.toBe(reason);
    expect((await write()).points.sites.length).toBeGreaterThan(1000);
  });
});

describe('grammar', () => {
  test('a site that is not available is never written', async () => {
    const available = Uint8Array.from({ length: manifest.bandCount * manifest.bandSize }, (_, site) => (site % 3 === 0 ? 1 : 0));
    for (const seed of [1, 2, 3]) {
      const { points } = await write({ seed, available });
      expect(points.sites.length).toBeGreaterThan(300);
      expect(points.sites.every((site) => available[site] === 1)).toBe(true);
    }
  });

  test('the extremes of chance write nothing invalid', async () => {
    for (const value of [0, 1 - 2 ** -24]) {
      const stream = writer.write(inventedCondition(manifest), { seed: 1, signal: new AbortController().signal }, { draw: (noise) => { noise.fill(value); } });
      let step = await stream.next();
      while (!step.done) step = await stream.next();
      expect(step.value.sites.every((site, i, sites) => i === 0 || site > sites[i - 1]!)).toBe(true);
    }
  });

  test.each([
    ['a site again', (site: bigint) => site, 0n],
    ['a site beyond the end', () => BigInt(9999), 0n],
    ['a height beyond the last level', undefined, 1024n],
    ['a negative height', undefined, -1n],
  ])('a graph that writes %s gives the head up with a code', async (_, site, height) => {
    const run: Graph['run'] = async (feeds, fetches) => {
      await graphs.step.run(feeds, fetches);
      const previous = feeds['previous_site']!.data as BigInt64Array;
      if (previous[0] === -1n) return;
      if (site) (fetches['site']!.data as BigInt64Array)[5] = site(previous[5]!);
      else (fetches['height']!.data as BigInt64Array)[5] = height;
    };
    const broken = new PointWriter(manifest, { ...graphs, step: { run } as Graph }, coarseCounts);
    await expect(write({}, broken)).rejects.toMatchObject({ code: 'POINT_TOKEN_INVALID', details: { band: 5 } });
  });
});

test('memory is allocated once: the next head takes no more', async () => {
  const before = writer.bytes;
  await write({ seed: 3 });
  expect(writer.bytes).toBe(before);
});

test('settings and sizes out of range are refused by name', async () => {
  await expect(write({ temperature: { site: 0 } })).rejects.toThrow('temperature.site: expected more than 0');
  await expect(write({ topP: { height: 1.5 } })).rejects.toThrow('topP.height');
  const stream = writer.write({ picture: new Float32Array(3), siteFeatures: new Float32Array(0) }, { seed: 1, signal: new AbortController().signal });
  await expect(stream.next()).rejects.toThrow('picture: expected 150528 values, got 3');
});

test('tensors bound by the caller are read and written in place', async () => {
  // The guarantee that the cache rests on: what the runtime is given is the memory itself, not a copy.
  const seen = new Float32Array(257 * manifest.visionWidth);
  await graphs.vision.run({ pixel_values: floatTensor(inventedCondition(manifest).picture, [1, 3, 224, 224]) }, { last_hidden_state: floatTensor(seen, [1, 257, manifest.visionWidth]) });
  expect(seen.some((value) => value !== 0)).toBe(true);
});
