import { expect } from 'vitest';
import { GaussianDecoder } from '../../server/inference/gaussianDecoder.ts';
import { PointWriter } from '../../server/inference/pointWriter.ts';
import type { PointChunk } from '../../server/inference/writtenPoints.ts';
import { invented, inventedCondition, loadGraphs, readGolden, surroundingsOf } from './tinyGenerator.ts';

const GOLDEN_CHILDREN = 64;

/**
 * golden.json is written by models/training/parity.py when graphs are exported: there PyTorch's logits and hidden states are
 * within its tolerance of ONNX Runtime's, cached decoding is within it of one uncached pass, and these are the tokens.
 */
export async function expectGoldenPoints(folder: string): Promise<void> {
  const { manifest, graphs } = await loadGraphs(folder);
  const golden = readGolden(folder);
  const noise = invented(golden.steps * manifest.bandCount * 2, 3).map((value) => (value + 1) / 2);
  let step = 0;
  const source = {
    draw: (values: Float32Array, bands: readonly number[]): void => {
      for (const [row, band] of bands.entries()) values.set(noise.subarray((step * manifest.bandCount + band) * 2, (step * manifest.bandCount + band + 1) * 2), 2 * row);
      step++;
    },
  };
  const writer = new PointWriter(manifest, graphs, surroundingsOf(folder).lattice.coarseCounts);
  const [siteTemperature, heightTemperature] = golden.temperature;
  const [siteTopP, heightTopP] = golden.topP;
  const stream = writer.write(inventedCondition(manifest), {
    seed: 0, signal: new AbortController().signal, chunkSteps: 1,
    temperature: { site: siteTemperature!, height: heightTemperature! }, topP: { site: siteTopP!, height: heightTopP! },
  }, source);
  const chunks: PointChunk[] = [];
  while (step < golden.steps) {
    const next = await stream.next();
    if (next.done) break;
    chunks.push(next.value);
  }
  await stream.return(undefined as never);

  // What a step chose counts once the step after it has read it.
  const expected = new Map<number, { heightLevel: number; step: number; band: number }>();
  for (let read = 1; read < golden.steps; read++) {
    for (let band = 0; band < manifest.bandCount; band++) {
      const site = golden.sites[read - 1]![band]!;
      if (site < manifest.bandSize) expected.set(band * manifest.bandSize + site, { heightLevel: golden.heights[read - 1]![band]!, step: read, band });
    }
  }
  const written = chunks.flatMap(({ sites, heightLevels, hidden }) => [...sites].map((site, i) => ({ site, heightLevel: heightLevels[i]!, hidden: hidden.subarray(i * manifest.width, i * manifest.width + 8) })));
  expect(written.map(({ site }) => site).sort((a, b) => a - b)).toEqual([...expected.keys()].sort((a, b) => a - b));
  let compared = 0;
  for (const { site, heightLevel, hidden } of written) {
    const reference = expected.get(site)!;
    expect(heightLevel).toBe(reference.heightLevel);
    const column = golden.bands.indexOf(reference.band);
    if (column < 0) continue;
    for (const [channel, value] of hidden.entries()) expect(value).toBeCloseTo(golden.hidden[reference.step]![column * 8 + channel]!, 2);
    compared++;
  }
  expect(compared).toBeGreaterThan(20);
  await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
}

/** What the decoder gave for invented splats, and that neither the size of a run nor what it may not look at changes it. */
export async function expectGoldenSplats(folder: string): Promise<void> {
  const { manifest, graphs } = await loadGraphs(folder);
  const golden = readGolden(folder);
  const decoder = new GaussianDecoder(manifest, graphs.decoder);
  const { signal } = new AbortController();
  const input = {
    features: invented(GOLDEN_CHILDREN * manifest.childChannels, 4), positions: invented(GOLDEN_CHILDREN * 3, 5).map((value) => 0.2 * value),
    hidden: invented(GOLDEN_CHILDREN * manifest.width, 6), parents: Uint32Array.from({ length: GOLDEN_CHILDREN }, (_, i) => i),
  };
  const { colors, opacities, logScales } = await decoder.decode(input, { signal });
  for (const [i, value] of golden.color.entries()) expect(colors[i]).toBeCloseTo(value, 3);
  for (const [i, value] of golden.opacity.entries()) expect(opacities[i]).toBeCloseTo(value, 3);
  for (const [i, value] of golden.logScale.entries()) expect(logScales[i]).toBeCloseTo(value, 3);

  const many = 5000;
  const repeat = (values: Float32Array, width: number) => Float32Array.from({ length: many * width }, (_, i) => values[i % values.length]!);
  const parents = Uint32Array.from({ length: many }, (_, i) => i % GOLDEN_CHILDREN);
  const decoded = await decoder.decode({ features: repeat(input.features, manifest.childChannels), positions: repeat(input.positions, 3), hidden: input.hidden, parents }, { signal });
  for (const splat of [0, 4095, 4096, many - 1]) expect(decoded.opacities[splat]).toBeCloseTo(opacities[splat % GOLDEN_CHILDREN]!, 5);
  const blind = await decoder.decode({ ...input, hidden: new Float32Array(manifest.width), parents: new Uint32Array(GOLDEN_CHILDREN) }, { signal, use: { features: false } });
  const blindToo = await decoder.decode(input, { signal, use: { features: false } });
  expect(blindToo.colors).toEqual(blind.colors);
  await expect(decoder.decode({ ...input, parents: input.parents.fill(99) }, { signal })).rejects.toThrow('parents: expected less than 64, got 99');
  await Promise.all(Object.values(graphs).map((graph) => graph.dispose()));
}
