import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { parseOptions } from '../../../server/setup/parseOptions.ts';
import { launchBrowser } from '../../e2e/support/browser.ts';
import { benchAvatarFile } from '../benchAvatar.ts';
import { openBundle } from './bundlePage.ts';
import type { RaceResult } from './page/main.ts';
import { bundle, gzipKilobytes } from './pageBundle.ts';
import { descendantMegabytes } from './processMemory.ts';

const USAGE = 'usage: bench render [--avatars 1,4,8,16] [--renderers stipple,spark] [--frames N] [--rounds N] [--splats N] [--avatar FILE] [--pictures FOLDER] [--json]';
const RENDERERS = ['stipple', 'spark'];

interface Run {
  renderer: string; avatars: number; splats: number; medianMilliseconds: number; p95Milliseconds: number; sortAgeFrames: number;
  firstPictureMilliseconds: number; megabytes: number;
}

/**
 * Our renderer beside Spark in headless Chromium: the same heads in the same poses from the same camera, all of them in
 * motion, a frame drawn as soon as the one before is finished and the page has had a turn. A frame's time is the interval to
 * the one before; `sortAgeFrames` the median number of frames by which the order drawn is older than the splats.
 * `megabytes` is what all of the browser's processes hold, less what they held before the page.
 */
export async function renderBench(args: readonly string[]): Promise<void> {
  const { values } = parseOptions({ args: [...args], options: {
    avatars: { type: 'string', default: '1,4,8,16' }, renderers: { type: 'string', default: RENDERERS.join(',') }, frames: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '3' }, splats: { type: 'string', default: '20000' }, avatar: { type: 'string' }, pictures: { type: 'string' }, json: { type: 'boolean', default: false },
  } }, USAGE);
  const counts = values.avatars.split(',').map(Number);
  // Races are run in turns, so that a machine that slows down slows both.
  const [frames, rounds, splats] = [Number(values.frames), Number(values.rounds), Number(values.splats)];
  const renderers = values.renderers.split(',');
  if (![...counts, frames, rounds, splats].every((value) => Number.isInteger(value) && value > 0) || !renderers.every((name) => RENDERERS.includes(name))) {
    process.stderr.write(`bench render: expected whole numbers from 1 and renderers of ${RENDERERS.join(', ')}, got '${args.join(' ')}'\n${USAGE}\n`);
    process.exit(2);
  }
  const [page, sizes, head, rig] = await Promise.all([
    bundle('test/bench/render/page/main.ts'), bundleSizes(), benchAvatarFile(values.avatar), readFile(join(projectFolder, 'models', 'rig', 'head.rig')),
  ]);
  const files = new Map<string, string | Uint8Array>([...page, ['head.rig', rig], ['head.stipple', head]]);
  const runs: Run[] = [];
  let glRenderer = '';
  for (const avatars of counts) {
    const gathered = new Map(renderers.map((name) => [name, [] as { result: RaceResult; megabytes: number }[]]));
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 === 0 ? renderers : [...renderers].reverse()) {
        const raced = await raceOnce(files, name, avatars, splats, frames);
        process.stderr.write(`${name} ${avatars}: ${raced.result.frameMilliseconds.map(Math.round).join(' ')}\n`);
        gathered.get(name)!.push(raced);
      }
    }
    for (const [renderer, results] of gathered) {
      const times = results.flatMap(({ result }) => result.frameMilliseconds);
      const run = {
        renderer, avatars, splats, medianMilliseconds: quantile(times, 0.5), p95Milliseconds: quantile(times, 0.95),
        sortAgeFrames: quantile(results.flatMap(({ result }) => result.sortAgeFrames), 0.5),
        firstPictureMilliseconds: quantile(results.map(({ result }) => result.firstPictureMilliseconds), 0.5),
        megabytes: Math.round(quantile(results.map(({ megabytes }) => megabytes), 0.5)),
      };
      runs.push(run);
      glRenderer = results[0].result.glRenderer;
      process.stderr.write(`${JSON.stringify(run)}\n`);
      if (values.pictures !== undefined) await writePicture(values.pictures, `${renderer}-${avatars}.png`, results[0].result.picture);
    }
  }
  const median = (renderer: string): number | undefined => runs.find((run) => run.renderer === renderer && run.avatars === 8)?.medianMilliseconds;
  const [ours, theirs] = [median('stipple'), median('spark')];
  const result = {
    bench: 'render', glRenderer, framesPerRun: frames * rounds, runs, gzipKilobytes: sizes.stipple, gzipKilobytesSpark: sizes.spark,
    ratioToSpark8x20k: splats === 20_000 && ours !== undefined && theirs !== undefined ? Math.round((1000 * ours) / theirs) / 1000 : null,
    notRun: { 'gaussian-splat-renderer-for-lam': 'draws only heads of its own format on its own rig: not the same splats' },
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    process.stdout.write(`${glRenderer}\n`);
    for (const run of runs) process.stdout.write(`${run.renderer.padEnd(10)}${String(run.avatars).padStart(3)} × ${run.splats}: ${run.medianMilliseconds} ms (p95 ${run.p95Milliseconds}), order ${run.sortAgeFrames} frames old, first picture ${run.firstPictureMilliseconds} ms, ${run.megabytes} MB\n`);
    process.stdout.write(`JavaScript with three, gzip: ${sizes.stipple} kB, Spark ${sizes.spark} kB\nratio to Spark at 8 × 20,000: ${result.ratioToSpark8x20k}\n`);
  }
}

/** A race in a browser of its own, so that none inherits another's memory, caches or workers. */
async function raceOnce(files: ReadonlyMap<string, string | Uint8Array>, name: string, avatars: number, splats: number, frames: number): Promise<{ result: RaceResult; megabytes: number }> {
  const browser = await launchBrowser();
  try {
    const page = await openBundle(browser, files, 'race');
    const before = await descendantMegabytes();
    const result = await page.evaluate(
      (asked) => (globalThis as unknown as { race(...values: unknown[]): Promise<RaceResult> }).race(asked.name, asked.avatars, asked.splats, asked.frames),
      { name, avatars, splats, frames },
    );
    return { result, megabytes: await descendantMegabytes() - before };
  } finally {
    await browser.close();
  }
}

async function bundleSizes(): Promise<{ stipple: number; spark: number }> {
  const [stipple, spark] = await Promise.all(['ours', 'spark'].map(async (name) => gzipKilobytes(await bundle(`test/bench/render/${name}.entry.ts`))));
  return { stipple, spark };
}

async function writePicture(folder: string, name: string, dataUrl: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64'));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(10 * sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]) / 10;
}
