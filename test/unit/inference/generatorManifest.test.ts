import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GeneratorModel } from '../../../server/inference/generatorModel.ts';
import { surroundingsOf, TINY_FOLDER } from '../../support/tinyGenerator.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stipple-generator-'));
  cpSync(TINY_FOLDER, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const surroundings = surroundingsOf(TINY_FOLDER);
const load = (expected = surroundings) => GeneratorModel.load(folder, expected, { provider: 'cpu' });

type Json = Record<string, unknown> & { graphs: Record<string, Record<string, unknown> & { inputs: { shape: unknown[] }[] }> };

function change(edit: (manifest: Json) => void): void {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Json;
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

describe('what does not fit is found at the start, by name', () => {
  test('as it should be, it loads', async () => {
    const model = await load();
    expect(model.choice.provider).toBe('cpu');
    await model.dispose();
  });

  test('no manifest, a damaged one, a graph that is not there', async () => {
    rmSync(join(folder, 'step.onnx'));
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_MISSING', details: { model: 'step.onnx' } });
    writeFileSync(join(folder, 'manifest.json'), '{');
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_MISSING', details: { model: 'generator/manifest.json' } });
    rmSync(join(folder, 'manifest.json'));
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });

  test('one byte of a graph is another', async () => {
    const bytes = readFileSync(join(folder, 'decoder.onnx'));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(folder, 'decoder.onnx'), bytes);
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { model: 'decoder.onnx', field: 'sha256' } });
    writeFileSync(join(folder, 'decoder.onnx'), bytes.subarray(1));
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'bytes', expected: bytes.length, got: bytes.length - 1 } });
  });

  test('a graph with the right hash in the wrong place', async () => {
    change(({ graphs }) => Object.assign(graphs['vision']!, Object.fromEntries(['file', 'bytes', 'sha256'].map((key) => [key, graphs['decoder']![key]]))));
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { model: 'decoder.onnx', field: 'inputs', expected: 'pixel_values' } });
  });

  test('another version, size or shape', async () => {
    change((manifest) => { manifest['version'] = 99; });
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'version' } });
    change((manifest) => { manifest['version'] = 1; manifest['width'] = 32; });
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'outputs' } });
    change((manifest) => { manifest['width'] = 16; manifest.graphs['decoder']!.inputs[0]!.shape = ['splats', 7]; });
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { model: 'decoder.onnx', field: 'inputs' } });
  });

  test('a file name that leads out of the folder', async () => {
    change(({ graphs }) => { graphs['step']!['file'] = '../step.onnx'; });
    await expect(load()).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'graphs.step.file' } });
  });

  test('a model of another lattice or of other features', async () => {
    await expect(load({ ...surroundings, lattice: { ...surroundings.lattice, hash: 'f'.repeat(64) } })).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'latticeSha256' } });
    await expect(load({ ...surroundings, siteChannels: 13 })).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'siteChannels', expected: 13, got: 12 } });
    await expect(load({ ...surroundings, childChannels: 5 })).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { field: 'childChannels' } });
  });
});
