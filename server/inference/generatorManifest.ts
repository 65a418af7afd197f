import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { generatorContracts, GRAPH_NAMES, type GraphName } from './generatorContract.ts';
import type { TensorSpec } from './graph.ts';
import { modelInvalid, modelMissing } from './modelProblem.ts';

/** Layout of `manifest.json` and contract of the graphs; raised when either changes. */
export const GENERATOR_MANIFEST_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().positive();
const tensorSchema = z.object({
  name: z.string(),
  dtype: z.enum(['float32', 'int64']),
  shape: z.array(z.union([z.number().int().positive(), z.string()])),
});
const partSchema = z.object({ file: z.string().regex(/^[A-Za-z0-9_-]+\.onnx\.\d$/), bytes: count, sha256 });
const graphSchema = z.object({
  file: z.string().regex(/^[A-Za-z0-9_-]+\.onnx$/),
  bytes: count,
  sha256,
  /** Of a large graph: the files that make it when joined in this order; `file` itself is then not there. */
  parts: z.array(partSchema).min(2).max(10).optional(),
  opset: count,
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
});

const manifestSchema = z.object({
  version: z.literal(GENERATOR_MANIFEST_VERSION),
  /** SHA-256 of the `sites.lattice` that the model was trained on. */
  latticeSha256: sha256,
  bandCount: count,
  bandSize: count,
  heightLevels: count,
  /** Places of a band's KV cache: the start token and `maxBandPoints` points. */
  cacheLength: count,
  maxBandPoints: count,
  /** Width of the transformer, and of a point's hidden state. */
  width: count,
  layers: count,
  heads: count,
  kvHeads: count,
  headWidth: count,
  keyWidth: count,
  memoryLength: count,
  siteChannels: count,
  childChannels: count,
  visionWidth: count,
  graphs: z.object({ vision: graphSchema, conditioner: graphSchema, step: graphSchema, decoder: graphSchema }),
  /** How the weights came to be; for people. */
  training: z.record(z.string(), z.unknown()),
});

/** `manifest.json` of a folder of generator graphs. */
export type GeneratorManifest = z.infer<typeof manifestSchema>;

/** What the rest of the product was built with and the model therefore has to fit. */
export interface GeneratorExpectation {
  readonly latticeSha256: string;
  readonly bandCount: number;
  readonly bandSize: number;
  readonly siteChannels: number;
  readonly childChannels: number;
}

/**
 * Reads the manifest and compares it with the contract and with what the product was built with.
 * @throws {StippleError} MODEL_MISSING or MODEL_INVALID, naming field, expected and got.
 */
export async function readGeneratorManifest(folder: string, expected: GeneratorExpectation): Promise<GeneratorManifest> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw modelMissing('generator/manifest.json', 'the file is not there or is not JSON', error);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw modelInvalid('generator/manifest.json', issue?.path.join('.') ?? 'file', 'the manifest\'s schema', issue?.message ?? 'something else');
  }
  const manifest = parsed.data;
  for (const field of ['latticeSha256', 'bandCount', 'bandSize', 'siteChannels', 'childChannels'] as const) {
    if (manifest[field] !== expected[field]) throw modelInvalid('generator/manifest.json', field, expected[field], manifest[field]);
  }
  if (manifest.maxBandPoints >= manifest.cacheLength) {
    throw modelInvalid('generator/manifest.json', 'maxBandPoints', `less than ${manifest.cacheLength}`, manifest.maxBandPoints);
  }
  const contracts = generatorContracts(manifest);
  for (const name of GRAPH_NAMES) {
    for (const kind of ['inputs', 'outputs'] as const) {
      const want = describe(contracts[name][kind]);
      const got = describe(manifest.graphs[name][kind]);
      if (want !== got) throw modelInvalid(manifest.graphs[name].file, kind, want, got);
    }
  }
  return manifest;
}

/** A graph's file, joined from its parts where it has some, compared with the manifest byte for byte. @throws {StippleError} MODEL_MISSING or MODEL_INVALID. */
export async function readGraphFile(folder: string, manifest: GeneratorManifest, name: GraphName): Promise<Uint8Array> {
  const entry = manifest.graphs[name];
  if (entry.parts === undefined) return readChecked(folder, entry);
  const sum = entry.parts.reduce((total, { bytes }) => total + bytes, 0);
  if (sum !== entry.bytes) throw modelInvalid(entry.file, 'bytes of all parts', entry.bytes, sum);
  const parts: Uint8Array[] = [];
  for (const part of entry.parts) parts.push(await readChecked(folder, part));
  const joined = Buffer.concat(parts);
  checkHash(entry, joined);
  return joined;
}

interface ListedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

async function readChecked(folder: string, entry: ListedFile): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, entry.file));
  } catch (error) {
    throw modelMissing(entry.file, 'the file is not there', error);
  }
  if (bytes.length !== entry.bytes) throw modelInvalid(entry.file, 'bytes', entry.bytes, bytes.length);
  checkHash(entry, bytes);
  return bytes;
}

function checkHash({ file, sha256: wanted }: ListedFile, bytes: Uint8Array): void {
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== wanted) throw modelInvalid(file, 'sha256', wanted, hash);
}

function describe(tensors: readonly TensorSpec[]): string {
  return tensors.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape.join('×')}`).sort().join(', ');
}
