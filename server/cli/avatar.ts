import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { StippleError } from '../../shared/protocol/errors.ts';
import { AvatarMaker, type MadeHead } from '../generator/avatarMaker.ts';
import { DEFAULT_GENERATOR, GENERATOR_NAMES, type GeneratorName } from '../generator/generatorNames.ts';

const PORTRAIT_EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.heif', '.heic']);

interface AvatarOptions {
  readonly out?: string;
  readonly generator: GeneratorName;
  readonly seed: number;
  readonly json?: boolean;
}

const program = new Command('avatar')
  .description('Makes an avatar of a portrait.')
  .argument('<portrait>', 'image file, one person from the front')
  .option('--out <file>', 'where to write the avatar; the fit goes beside it as FILE.fit.json')
  .addOption(new Option('--generator <name>', 'which generator').choices(GENERATOR_NAMES).default(DEFAULT_GENERATOR))
  .option('--seed <number>', 'seed of what is random', parseSeed, 1)
  .option('--json', 'one JSON object on standard output')
  .action(run);

program
  .command('analyse')
  .description('Analyses every portrait of a folder and reports acceptance, reprojection error and time.')
  .argument('<folder>', 'folder of image files')
  .option('--json', 'one JSON object on standard output')
  .action(analyseFolder);

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof StippleError ? error : undefined;
  const code = known?.code ?? fileErrorCode(error) ?? 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${code}: ${message}\n`);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = 1;
}

async function run(portraitFile: string, options: AvatarOptions): Promise<void> {
  const bytes = await readFile(portraitFile);
  const maker = await AvatarMaker.load();
  // Times are those of a process that is up, as the server is: models are loaded before.
  await Promise.all([maker.prepare(options.generator), maker.perception.warmUp()]);
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Error('interrupted')));
  try {
    const made = await maker.make(bytes, {
      generator: options.generator, seed: options.seed, signal: abort.signal,
      onProgress: ({ stage, fraction }) => process.stderr.write(`${String(Math.round(fraction * 100)).padStart(3)} % ${stage}\n`),
    });
    if (options.out !== undefined) await writeAvatar(options.out, made);
    report(made, options);
  } finally {
    await maker.dispose();
  }
}

async function writeAvatar(file: string, made: MadeHead): Promise<void> {
  const { fit, image } = made.portrait;
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, made.bytes);
  await writeFile(`${file}.fit.json`, `${JSON.stringify({
    ...fit,
    identityCoefficients: [...fit.identityCoefficients], blendshapeWeights: [...fit.blendshapeWeights],
    imageWidth: image.width, imageHeight: image.height,
  })}\n`);
}

function report(made: MadeHead, options: AvatarOptions): void {
  const summary = {
    generator: made.generator,
    milliseconds: Math.round(made.milliseconds),
    firstPointsMilliseconds: Math.round(made.firstPointsMilliseconds),
    points: made.points,
    splats: made.splats.count,
    bytes: made.bytes.length,
    bytesPerSplat: round(made.bytes.length / made.splats.count, 3),
    reprojectionErrorPercent: round(made.portrait.reprojectionErrorPercent, 3),
    stageMilliseconds: Object.fromEntries(Object.entries(made.stageMilliseconds).map(([stage, ms]) => [stage, Math.round(ms)])),
  };
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    process.stdout.write(`${summary.splats} splats, ${summary.bytes} bytes (${summary.bytesPerSplat} a splat), `
      + `${summary.milliseconds} ms, reprojection error ${summary.reprojectionErrorPercent} % of the face's width\n`);
  }
}

async function analyseFolder(folder: string, _: unknown, command: Command): Promise<void> {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const files = (await readdir(folder)).filter((file) => PORTRAIT_EXTENSIONS.has(extname(file).toLowerCase())).sort();
  const maker = await AvatarMaker.load();
  await maker.perception.warmUp();
  const errors: number[] = [];
  const times: number[] = [];
  const rows: Record<string, unknown>[] = [];
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    const startMs = performance.now();
    try {
      const portrait = await maker.analyse(bytes);
      times.push(performance.now() - startMs);
      errors.push(portrait.reprojectionErrorPercent);
      rows.push({ file, reprojectionErrorPercent: round(portrait.reprojectionErrorPercent, 3), milliseconds: Math.round(times.at(-1)!) });
    } catch (error) {
      if (!(error instanceof StippleError)) throw error;
      rows.push({ file, refused: error.code });
    }
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  await maker.dispose();
  const summary = {
    portraits: files.length, accepted: errors.length,
    reprojectionErrorPercentMedian: round(quantile(errors, 0.5), 3), reprojectionErrorPercentP95: round(quantile(errors, 0.95), 3),
    millisecondsMedian: Math.round(quantile(times, 0.5)), millisecondsP95: Math.round(quantile(times, 0.95)), rows,
  };
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(`${JSON.stringify({ ...summary, rows: undefined }, undefined, 2)}\n`);
}

function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

function parseSeed(value: string): number {
  const seed = Number(value);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) throw new InvalidArgumentError('expected an integer from 0 to 4294967295');
  return seed;
}

function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? `FILE_${error.code}` : undefined;
}
