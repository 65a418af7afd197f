import { BandBatch } from '../../server/inference/bandBatch.ts';
import { BandNoise } from '../../server/inference/bandNoise.ts';
import { floatTensor } from '../../server/inference/graph.ts';
import type { PointCondition } from '../../server/inference/pointWriter.ts';
import { DEFAULT_SAMPLING } from '../../server/inference/sampling.ts';
import { loadGraphs } from '../support/tinyGenerator.ts';

/**
 * The same head as `PointWriter` writes, but strictly one point after the other: band after band, a batch of one. Times the
 * steps alone.
 */
export async function sequentialDecode(folder: string, condition: PointCondition, seed: number): Promise<{ milliseconds: number; points: number }> {
  const { manifest, graphs } = await loadGraphs(folder);
  const { bandCount, bandSize, siteChannels, visionWidth } = manifest;
  const all = new BandBatch(manifest);
  const seen = floatTensor(new Float32Array(257 * visionWidth), [1, 257, visionWidth]);
  await graphs.vision.run({ pixel_values: floatTensor(condition.picture, [1, 3, 224, 224]) }, { last_hidden_state: seen });
  await graphs.conditioner.run({ last_hidden_state: seen, site_features: floatTensor(condition.siteFeatures, [bandCount * bandSize, siteChannels]) }, all.conditions);
  if (condition.available) all.forbid(condition.available);

  const { temperature, topP } = DEFAULT_SAMPLING;
  const noise = new BandNoise(seed, bandCount);
  const one = new BandBatch({ ...manifest, bandCount: 1 });
  one.setSampling({ temperature: [temperature.site, temperature.height], topP: [topP.site, topP.height] });
  let milliseconds = 0;
  let points = 0;
  for (let band = 0; band < bandCount; band++) {
    one.reset();
    for (const [name, tensor] of Object.entries(one.conditions)) {
      const values = all.conditions[name]!.data as Float32Array;
      const target = tensor.data as Float32Array;
      target.set(values.length === target.length ? values : values.subarray(band * target.length, (band + 1) * target.length));
    }
    const startMs = performance.now();
    for (;;) {
      const { feeds, fetches } = one.prepare({ draw: (values) => noise.draw(values, [band]) });
      await graphs.step.run(feeds, fetches);
      one.advance();
      const { site, heightLevel } = one.chosen(0);
      if (site === bandSize || one.steps > manifest.maxBandPoints) break;
      one.feed(0, site, heightLevel);
      points++;
    }
    milliseconds += performance.now() - startMs;
  }
  await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
  return { milliseconds, points };
}
