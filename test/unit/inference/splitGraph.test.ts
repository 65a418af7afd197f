import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GeneratorModel } from '../../../server/inference/generatorModel.ts';
import { loadGenerator, surroundingsOf, TINY_FOLDER } from '../../support/tinyGenerator.ts';

const manifestSchema = z.looseObject({ graphs: z.record(z.string(), z.looseObject({ file: z.string(), bytes: z.number() })) });

describe('a generator with a graph in parts', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stipple-split-'));
    await cp(TINY_FOLDER, folder, { recursive: true });
    const bytes = await readFile(join(folder, 'step.onnx'));
    await rm(join(folder, 'step.onnx'));
    const third = Math.ceil(bytes.length / 3);
    const parts = await Promise.all([0, 1, 2].map(async (index) => {
      const part = bytes.subarray(index * third, (index + 1) * third);
      await writeFile(join(folder, `step.onnx.${index}`), part);
      return { file: `step.onnx.${index}`, bytes: part.length, sha256: createHash('sha256').update(part).digest('hex') };
    }));
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
    manifest.graphs['step'] = { ...manifest.graphs['step']!, parts };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('loads and runs', async () => {
    const model = await loadGenerator(folder);
    await model.warmUp();
    await model.dispose();
  });

  it('is refused when a part is another one, or missing', async () => {
    const path = join(folder, 'step.onnx.1');
    const part = await readFile(path);
    const changed = Buffer.from(part);
    changed[7]! ^= 1;
    await writeFile(path, changed);
    await expect(GeneratorModel.load(folder, surroundingsOf(folder), { provider: 'cpu' })).rejects.toThrow(/step\.onnx\.1.*sha256/);
    await rm(path);
    await expect(GeneratorModel.load(folder, surroundingsOf(folder), { provider: 'cpu' })).rejects.toThrow(/step\.onnx\.1/);
    await writeFile(path, part);
  });
});
