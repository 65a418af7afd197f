// The training path, whole, by the command that people use; needs the Python that `npm run train:setup` makes.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HEIGHT_LEVELS, heightLevel, heightMeters } from '../../server/generator/autoregressive/heightCodec.ts';
import { loadLattice } from '../../server/generator/autoregressive/siteLattice.ts';
import { loadRig } from '../../server/generator/avatarMaker.ts';
import { GeneratorModel } from '../../server/inference/generatorModel.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { findTrainingPython } from '../../server/setup/trainingPython.mjs';

const trainingFolder = join(projectFolder, 'models', 'training');
const lineSchema = z.object({ run: z.string(), step: z.number(), bytes: z.number(), parity: z.record(z.string(), z.number()) });
const manifestSchema = z.object({ siteChannels: z.number(), childChannels: z.number(), training: z.object({ steps: z.number() }) });

describe('npm run -s train -- --config tiny --steps 20', () => {
  let folder: string;
  let line: z.infer<typeof lineSchema>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stipple-training-'));
    const { status, output, errors } = await run(process.execPath, [join(projectFolder, 'server', 'setup', 'run.mjs'), 'train', '--config', 'tiny', '--steps', '20', '--run', folder]);
    expect(status, errors.slice(-2000)).toBe(0);
    line = lineSchema.parse(JSON.parse(output.trim().split('\n').at(-1)!));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('makes its data, takes its steps and exports within the size', () => {
    expect(line).toMatchObject({ run: 'tiny', step: 20 });
    expect(line.bytes).toBeGreaterThan(100_000);
    expect(line.bytes).toBeLessThan(24 * 1024 * 1024);
  });

  it('finds PyTorch and ONNX, cached and uncached decoding alike', () => {
    expect(Object.keys(line.parity).sort()).toEqual(['cachedHidden', 'conditioner', 'decoder', 'heightLogits', 'siteLogits', 'vision']);
    for (const [name, difference] of Object.entries(line.parity)) expect(difference, name).toBeLessThan(5e-3);
  });

  it('leaves a log in which decisions get better, and the curves as a picture', async () => {
    const entries = (await readFile(join(folder, 'log.jsonl'), 'utf8')).trim().split('\n').map((text): unknown => JSON.parse(text));
    const losses = entries.map((entry) => z.object({ kind: z.string(), keepBce: z.number().optional() }).parse(entry))
      .filter(({ kind }) => kind === 'validation').map(({ keepBce }) => keepBce!);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect((await stat(join(folder, 'curves.png'))).size).toBeGreaterThan(5_000);
  });

  it('exports what the server loads', async () => {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'export', 'manifest.json'), 'utf8')));
    expect(manifest.training.steps).toBe(20);
    const model = await GeneratorModel.load(join(folder, 'export'), { lattice: await loadLattice(await loadRig()), ...manifest }, { provider: 'cpu' });
    await model.warmUp();
    await model.dispose();
  });
});

describe('the parts', () => {
  it('pass their own checks in Python', async () => {
    const { status, errors } = await run(findTrainingPython()!, ['-m', 'unittest', '-q', 'checks']);
    expect(status, errors.slice(-2000)).toBe(0);
  });

  it('count heights in the same levels as the server', async () => {
    const meters = [-0.2, -0.08, -0.011, -0.002, -1e-5, 0, 3e-5, 0.0007, 0.004, 0.0313, 0.08, 1];
    const { output } = await run(findTrainingPython()!, ['-c',
      `import json, numpy as np; from heights import *; print(json.dumps([height_levels(np.array(${JSON.stringify(meters)})).tolist(), height_meters(np.arange(${HEIGHT_LEVELS})).tolist()]))`]);
    const [levels, back] = z.tuple([z.array(z.number()), z.array(z.number())]).parse(JSON.parse(output));
    expect(levels).toEqual(meters.map(heightLevel));
    for (const [level, value] of back.entries()) expect(value).toBeCloseTo(heightMeters(level), 6);
  });
});

function run(file: string, args: readonly string[]): Promise<{ status: number | null; output: string; errors: string }> {
  return new Promise((settle, reject) => {
    const child = spawn(file, args, { cwd: trainingFolder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '', errors = '';
    child.stdout.on('data', (bytes: Buffer) => { output += bytes.toString(); });
    child.stderr.on('data', (bytes: Buffer) => { errors += bytes.toString(); });
    child.on('error', reject);
    child.on('close', (status) => settle({ status, output, errors }));
  });
}
