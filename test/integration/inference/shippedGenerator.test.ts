import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatorFolder } from '../../../server/setup/paths.mjs';
import { CHILD_FEATURE_COUNT } from '../../../server/generator/autoregressive/childFeatures.ts';
import { SITE_FEATURE_COUNT } from '../../../server/generator/autoregressive/siteFeatures.ts';
import { loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { loadRig } from '../../../server/generator/avatarMaker.ts';
import { GeneratorModel } from '../../../server/inference/generatorModel.ts';
import { expectGoldenPoints, expectGoldenSplats } from '../../support/goldenGenerator.ts';
import { inventedCondition } from '../../support/tinyGenerator.ts';

const MOST_BYTES = 24 * 1024 * 1024;

describe('the generator that ships', () => {
  test('fits the lattice and the features, and takes at most 24 MB', async () => {
    const lattice = await loadLattice(await loadRig());
    const model = await GeneratorModel.load(generatorFolder, { lattice, siteChannels: SITE_FEATURE_COUNT, childChannels: CHILD_FEATURE_COUNT }, { provider: 'cpu' });
    expect(model.manifest.cacheLength).toBe(model.manifest.maxBandPoints + 1);
    const graphs = readdirSync(generatorFolder).filter((file) => file.endsWith('.onnx'));
    expect(graphs.sort()).toEqual(Object.values(model.manifest.graphs).map(({ file }) => file).sort());
    expect(graphs.reduce((sum, file) => sum + statSync(join(generatorFolder, file)).size, 0)).toBeLessThanOrEqual(MOST_BYTES);
    await model.dispose();
  });

  test('writes PyTorch\'s tokens, with its hidden states', () => expectGoldenPoints(generatorFolder));

  test('decodes PyTorch\'s splats, whatever the size of a run', () => expectGoldenSplats(generatorFolder));

  test('keeps to one amount of memory, head after head', async () => {
    const lattice = await loadLattice(await loadRig());
    const model = await GeneratorModel.load(generatorFolder, { lattice, siteChannels: SITE_FEATURE_COUNT, childChannels: CHILD_FEATURE_COUNT }, { provider: 'cpu' });
    const write = async (seed: number): Promise<number> => {
      const stream = model.writePoints(inventedCondition(model.manifest), { seed, signal: new AbortController().signal, maxPoints: 300 });
      while (!(await stream.next()).done);
      return process.memoryUsage.rss();
    };
    await write(1);
    const second = await write(2);
    for (const seed of [3, 4]) expect(await write(seed) - second).toBeLessThan(64e6);
    await model.dispose();
  });
});
