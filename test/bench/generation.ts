import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { GeneratorModel } from '../../server/inference/generatorModel.ts';
import type { PointCondition } from '../../server/inference/pointWriter.ts';
import type { WrittenPoints } from '../../server/inference/writtenPoints.ts';
import { generatorFolder, projectFolder } from '../../server/setup/paths.mjs';
import { parseOptions } from '../../server/setup/parseOptions.ts';
import { portraitCondition } from './portraitCondition.ts';
import { sequentialDecode } from './sequentialDecode.ts';

const USAGE = 'usage: bench generation [--portrait FILE] [--model DIR] [--runs N] [--threads N] [--seed N] [--without-sequential] [--json]';

interface Run { points: WrittenPoints; firstChunkMs: number; wholeMs: number; cpuMs: number }

/**
 * Writes a head's points again and again and says how long each part takes; the best of the runs counts, since other work on
 * the machine only adds. Then the same head strictly one point after the other (bands one by one), for comparison, and the
 * Gaussian decoder on eight splats a point.
 */
export async function generationBench(args: readonly string[]): Promise<void> {
  const { values } = parseOptions({ args: [...args], options: {
    portrait: { type: 'string' }, model: { type: 'string' }, runs: { type: 'string', default: '5' }, threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' }, 'without-sequential': { type: 'boolean', default: false }, json: { type: 'boolean', default: false },
  } }, USAGE);
  const [runs, threads, seed] = [Number(values.runs), Number(values.threads), Number(values.seed)];
  if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(threads) || threads < 1 || !Number.isInteger(seed)) {
    process.stderr.write(`--runs, --threads: expected whole numbers from 1, got '${values.runs}', '${values.threads}'\n${USAGE}\n`);
    process.exit(2);
  }
  const portrait = resolve(values.portrait ?? join(projectFolder, 'client', 'public', 'samples', 'ada.jpg'));
  const { condition, surroundings } = await portraitCondition(await readFile(portrait));
  const loadStartMs = performance.now();
  const folder = resolve(values.model ?? generatorFolder);
  const model = await GeneratorModel.load(folder, surroundings, { threads });
  const loadMs = performance.now() - loadStartMs;
  await model.warmUp();

  const written: Run[] = [];
  for (let run = 0; run < runs; run++) written.push(await writeOnce(model, condition, seed));
  const best = written.reduce((a, b) => (a.wholeMs < b.wholeMs ? a : b));
  const { points } = best;
  const stepsMs = points.stageMilliseconds.coarse + points.stageMilliseconds.fine;
  const decoder = await decodeOnce(model, points);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const sequential = values['without-sequential'] ? undefined : await sequentialDecode(folder, condition, seed);
  await model.dispose();

  const round = (value: number): number => Math.round(value * 100) / 100;
  const result = {
    bench: 'generation', provider: model.choice.provider, cores: availableParallelism(), threads, bands: model.manifest.bandCount, runs,
    points: points.sites.length, steps: points.steps, stopReason: points.stopReason,
    loadMs: round(loadMs), visionMs: round(points.stageMilliseconds.vision), conditionerMs: round(points.stageMilliseconds.conditioner),
    firstCoarseLevelMs: round(best.firstChunkMs), wholeMs: round(best.wholeMs), msPerStep: round(stepsMs / points.steps),
    cpuMsPerStep: round(best.cpuMs / points.steps), pointsPerSecond: round((1000 * points.sites.length) / best.wholeMs),
    medianWholeMs: round(written.map(({ wholeMs }) => wholeMs).sort((a, b) => a - b)[runs >> 1]!),
    decoderSplats: decoder.splats, decoderMs: round(decoder.milliseconds),
    ...(sequential === undefined ? {} : {
      sequentialMs: round(sequential.milliseconds), sequentialPoints: sequential.points,
      sequentialMsPerPoint: round(sequential.milliseconds / sequential.points), bandsSpeedup: round(sequential.milliseconds / stepsMs),
    }),
    bufferBytes: model.bufferBytes, peakRssBytes: peakBytes,
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(22)}${value}\n`);
}

async function writeOnce(model: GeneratorModel, condition: PointCondition, seed: number): Promise<Run> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const stream = model.writePoints(condition, { seed, signal: new AbortController().signal });
  let step = await stream.next();
  const firstChunkMs = performance.now() - startMs;
  while (!step.done) step = await stream.next();
  const { user, system } = process.cpuUsage(startCpu);
  return { points: step.value, firstChunkMs, wholeMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

async function decodeOnce(model: GeneratorModel, { sites, hidden }: WrittenPoints): Promise<{ splats: number; milliseconds: number }> {
  const splats = 8 * sites.length;
  const input = {
    features: new Float32Array(splats * model.manifest.childChannels), positions: new Float32Array(3 * splats), hidden,
    parents: Uint32Array.from({ length: splats }, (_, splat) => splat >> 3),
  };
  const startMs = performance.now();
  await model.decodeSplats(input, { signal: new AbortController().signal });
  return { splats, milliseconds: performance.now() - startMs };
}
