import type { NoiseSource } from '../../server/inference/bandNoise.ts';
import { generatorContracts, memoryNames, pastNames, presentNames, type GraphName } from '../../server/inference/generatorContract.ts';
import type { GeneratorManifest } from '../../server/inference/generatorManifest.ts';
import { floatTensor, integerTensor, type BoundTensor, type Graph } from '../../server/inference/graph.ts';
import { inventedCondition } from './tinyGenerator.ts';

/**
 * Writes one band by itself in the plainest way: a batch of one, a cache of full length, every tensor made anew for each
 * step and copied. What `PointWriter` gives for the band has to be the same.
 */
export async function decodeBandAlone(
  manifest: GeneratorManifest, graphs: Record<GraphName, Graph>, band: number, noise: NoiseSource,
): Promise<{ site: number; heightLevel: number; hidden: Float32Array }[]> {
  const { bandSize, cacheLength, headWidth, layers, width } = manifest;
  const conditions = await condition(manifest, graphs);
  const row = (name: string): BoundTensor => {
    const [bands, ...shape] = conditions[name]!.dims;
    const values = conditions[name]!.data as Float32Array;
    return floatTensor(values.slice((band * values.length) / bands!, ((band + 1) * values.length) / bands!), [1, ...shape]);
  };
  const pastShape = [1, manifest.kvHeads, cacheLength, headWidth];
  const cache = Object.fromEntries(Array.from({ length: layers }, (_, layer) => Object.values(pastNames(layer))).flat().map((name) => [name, new Float32Array(manifest.kvHeads * cacheLength * headWidth)]));
  const points: { site: number; heightLevel: number; hidden: Float32Array }[] = [];
  let site = -1;
  let heightLevel = 0;
  for (let step = 0; step <= manifest.maxBandPoints; step++) {
    const chance = new Float32Array(2);
    noise.draw(chance, [band]);
    const feeds: Record<string, BoundTensor> = {
      ...Object.fromEntries(['site_keys', 'site_bias', 'site_embedding', 'start_embedding'].map((name) => [name, row(name)])),
      previous_site: integerTensor(BigInt64Array.of(BigInt(site)), [1]), previous_height: integerTensor(BigInt64Array.of(BigInt(heightLevel)), [1]),
      step: integerTensor(BigInt64Array.of(BigInt(step)), [1]), noise: floatTensor(chance, [1, 2]),
      temperature: floatTensor(Float32Array.of(1, 1), [2]), top_p: floatTensor(Float32Array.of(1, 1), [2]),
    };
    const fetches: Record<string, BoundTensor> = {
      site: integerTensor(new BigInt64Array(1), [1]), height: integerTensor(new BigInt64Array(1), [1]), hidden: floatTensor(new Float32Array(width), [1, width]),
    };
    for (let layer = 0; layer < layers; layer++) {
      for (const name of Object.values(memoryNames(layer))) feeds[name] = conditions[name]!;
      for (const name of Object.values(pastNames(layer))) feeds[name] = floatTensor(cache[name]!.slice(), pastShape);
      for (const name of Object.values(presentNames(layer))) fetches[name] = floatTensor(new Float32Array(manifest.kvHeads * headWidth), [1, manifest.kvHeads, 1, headWidth]);
    }
    await graphs.step.run(feeds, fetches);
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ['key', 'value'] as const) {
        const rows = fetches[presentNames(layer)[kind]]!.data as Float32Array;
        for (let head = 0; head < manifest.kvHeads; head++) cache[pastNames(layer)[kind]]!.set(rows.subarray(head * headWidth, (head + 1) * headWidth), (head * cacheLength + step) * headWidth);
      }
    }
    if (site >= 0) points.push({ site, heightLevel, hidden: fetches['hidden']!.data as Float32Array });
    site = Number((fetches['site']!.data as BigInt64Array)[0]);
    heightLevel = Number((fetches['height']!.data as BigInt64Array)[0]);
    if (site === bandSize) break;
  }
  return points;
}

async function condition(manifest: GeneratorManifest, graphs: Record<GraphName, Graph>): Promise<Record<string, BoundTensor>> {
  const { picture, siteFeatures } = inventedCondition(manifest);
  const seen = floatTensor(new Float32Array(257 * manifest.visionWidth), [1, 257, manifest.visionWidth]);
  await graphs.vision.run({ pixel_values: floatTensor(picture, [1, 3, 224, 224]) }, { last_hidden_state: seen });
  const outputs = Object.fromEntries(generatorContracts(manifest).conditioner.outputs.map(({ name, shape }) => {
    const sizes = shape.map(Number);
    return [name, floatTensor(new Float32Array(sizes.reduce((product, size) => product * size, 1)), sizes)];
  }));
  await graphs.conditioner.run({ last_hidden_state: seen, site_features: floatTensor(siteFeatures, [manifest.bandCount * manifest.bandSize, manifest.siteChannels]) }, outputs);
  return outputs;
}
