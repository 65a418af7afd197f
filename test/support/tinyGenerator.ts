import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { generatorContracts, GRAPH_NAMES, type GraphName } from '../../server/inference/generatorContract.ts';
import { readGeneratorManifest, readGraphFile, type GeneratorManifest } from '../../server/inference/generatorManifest.ts';
import { GeneratorModel, type GeneratorSurroundings } from '../../server/inference/generatorModel.ts';
import { Graph } from '../../server/inference/graph.ts';
import type { PointCondition } from '../../server/inference/pointWriter.ts';

/** A generator of random weights and few sites, with the contract of the real one; made by models/training/fixture.py. */
export const TINY_FOLDER = fileURLToPath(new URL('../fixtures/generator', import.meta.url));

/** What a folder's own manifest says of itself. */
export function surroundingsOf(folder: string): GeneratorSurroundings {
  const { latticeSha256, bandCount, bandSize, siteChannels, childChannels } = z.object({
    latticeSha256: z.string(), bandCount: z.number(), bandSize: z.number(), siteChannels: z.number(), childChannels: z.number(),
  }).parse(JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')));
  return { lattice: { hash: latticeSha256, bandCount, bandSize, coarseCounts: Array.from({ length: bandCount }, (_, band) => 10 + (band % 3)) }, siteChannels, childChannels };
}

export async function loadGenerator(folder = TINY_FOLDER): Promise<GeneratorModel> {
  return GeneratorModel.load(folder, surroundingsOf(folder), { provider: 'cpu' });
}

/** The graphs of a folder by themselves, for tests below the model. */
export async function loadGraphs(folder = TINY_FOLDER): Promise<{ manifest: GeneratorManifest; graphs: Record<GraphName, Graph> }> {
  const { lattice, ...channels } = surroundingsOf(folder);
  const manifest = await readGeneratorManifest(folder, { latticeSha256: lattice.hash, bandCount: lattice.bandCount, bandSize: lattice.bandSize, ...channels });
  const contracts = generatorContracts(manifest);
  const graphs: Partial<Record<GraphName, Graph>> = {};
  for (const name of GRAPH_NAMES) graphs[name] = await Graph.load(`${name}.onnx`, await readGraphFile(folder, manifest, name), contracts[name], { provider: 'cpu' });
  return { manifest, graphs: graphs as Record<GraphName, Graph> };
}

/** Numbers in [-1, 1) as `invented` of models/training/parity.py makes them: Knuth's multiplicative hash of index and seed. */
export function invented(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let hashed = Math.imul((index + 1 + seed * 1_000_003) >>> 0, 2654435761) >>> 0;
    hashed = Math.imul(hashed ^ (hashed >>> 15), 2246822519) >>> 0;
    hashed = (hashed ^ (hashed >>> 13)) >>> 0;
    values[index] = hashed / 2 ** 31 - 1;
  }
  return values;
}

/** The picture and the features that golden.json was made with. */
export function inventedCondition(manifest: Pick<GeneratorManifest, 'bandCount' | 'bandSize' | 'siteChannels'>): PointCondition {
  return { picture: invented(3 * 224 * 224, 1), siteFeatures: invented(manifest.bandCount * manifest.bandSize * manifest.siteChannels, 2) };
}

const goldenSchema = z.object({
  steps: z.number(),
  temperature: z.array(z.number()),
  topP: z.array(z.number()),
  /** Chosen by each step in each band, [steps][bands]; bandSize = ended. */
  sites: z.array(z.array(z.number())),
  heights: z.array(z.array(z.number())),
  /** Bands of the columns below. */
  bands: z.array(z.number()),
  endLogits: z.array(z.array(z.number())),
  heightLogits: z.array(z.array(z.number())),
  hidden: z.array(z.array(z.number())),
  color: z.array(z.number()),
  opacity: z.array(z.number()),
  logScale: z.array(z.number()),
});

/** What PyTorch and ONNX Runtime in Python agreed on when the graphs were exported. */
export function readGolden(folder: string): z.infer<typeof goldenSchema> {
  return goldenSchema.parse(JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8')));
}
