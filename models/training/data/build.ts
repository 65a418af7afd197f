/**
 * `npm run -s train:data -- [--synthetic N] [--seed S] [--portraits DIR] [--out DIR] [--tiny]`
 *
 * Makes the training set: a shard a head, of portraits and of synthetic people of seeds S … S+N-1 in turns. Shards that are
 * there are left alone, so that it can be stopped and run again, and several processes may share a folder.
 */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { AvatarMaker } from '../../../server/generator/avatarMaker.ts';
import { cacheFolder } from '../../../server/setup/paths.mjs';
import { parseOptions } from '../../../server/setup/parseOptions.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { StippleError } from '../../../shared/protocol/errors.ts';
import { loadMakehuman } from '../../makehuman/randomHead.ts';
import { prepareMakehumanPackage } from '../../makehuman/sourcePackage.ts';
import { openPeopleSource } from '../../people/person.ts';
import { FULL_SIZE, makePortraitShard, makeSyntheticShard, TINY_SIZE } from './makeShard.ts';
import { EVALUATION_SEED, splitPortraits } from './split.ts';
import type { Split } from './split.ts';
import { HeadFitter } from './trainingHead.ts';

const USAGE = 'usage: train:data [--synthetic N] [--seed S] [--portraits DIR] [--out DIR] [--tiny]';

const { values } = parseOptions({ options: {
  synthetic: { type: 'string' }, seed: { type: 'string', default: '1' }, portraits: { type: 'string' }, out: { type: 'string' },
  tiny: { type: 'boolean', default: false },
} }, USAGE);
const count = Number(values.synthetic ?? (values.tiny ? 3 : 0));
const first = Number(values.seed);
if (!Number.isInteger(count) || count < 0 || !Number.isInteger(first) || first < 0) fail('--synthetic and --seed: expected whole numbers from 0');
if (first + count > EVALUATION_SEED) fail(`seeds from ${EVALUATION_SEED} on are for evaluation`);
const out = resolve(values.out ?? join(cacheFolder, values.tiny ? 'training-tiny' : 'training'));
await mkdir(out, { recursive: true });
const maker = await AvatarMaker.load();
await maker.perception.warmUp();
const fitter = new HeadFitter(maker, await loadLattice(maker.rig));
const startMs = performance.now();
let made = 0;

const portraits = values.portraits === undefined ? [] : await portraitTasks(resolve(values.portraits));
const synthetic = count === 0 ? [] : await syntheticTasks();
// Turn about, so that whoever reads the set while it grows has both kinds.
for (let i = 0; i < Math.max(portraits.length, synthetic.length); i++) {
  for (const task of [portraits[i], synthetic[i]]) if (task !== undefined) await make(task.name, task.work);
}
await maker.dispose();

interface Task {
  readonly name: string;
  readonly work: (path: string) => Promise<void>;
}

/** The portraits that are trained on, those held out, then the former mirrored. */
async function portraitTasks(folder: string): Promise<Task[]> {
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name));
  // Shuffled, so that a set which is not finished is no one-sided one.
  const random = new SeededRandom(1);
  const shuffled = splitPortraits(names).map((entry) => ({ ...entry, place: random.next() })).sort((a, b) => a.place - b.place);
  const ordered = shuffled.sort((a, b) => Number(a.split === 'heldout') - Number(b.split === 'heldout'));
  const task = (name: string, split: Split, mirrored: boolean): Task => {
    const id = `real-${name.replace(/\.[^.]*$/, '')}${mirrored ? '-mirrored' : ''}`;
    return { name: id, work: async (path) => {
      const file = await readFile(join(folder, name));
      await makePortraitShard(fitter, id, mirrored ? await sharp(file).rotate().flop().jpeg({ quality: 95 }).toBuffer() : file, split, path);
    } };
  };
  return [...ordered.map(({ name, split }) => task(name, split, false)),
    ...ordered.filter(({ split }) => split === 'train').map(({ name, split }) => task(name, split, true))];
}

async function syntheticTasks(): Promise<Task[]> {
  await prepareMakehumanPackage();
  const source = openPeopleSource(loadMakehuman());
  return Array.from({ length: count }, (_, i) => ({
    name: `synthetic-${String(first + i).padStart(6, '0')}`,
    work: async (path) => {
      const errors = await makeSyntheticShard(fitter, source, first + i, values.tiny ? TINY_SIZE : FULL_SIZE, path);
      await appendFile(join(out, 'fit-errors.jsonl'), `${JSON.stringify(errors)}\n`);
    },
  }));
}

/** Makes one shard unless it is there, was refused, or another process is at it. */
async function make(name: string, work: (path: string) => Promise<void>): Promise<void> {
  const path = join(out, `${name}.safetensors`);
  const refusal = join(out, `${name}.refused`);
  const claim = join(out, `${name}.claim`);
  if (existsSync(path) || existsSync(refusal)) return;
  try {
    await writeFile(claim, String(process.pid), { flag: 'wx' });
  } catch {
    if (isRunning(Number(await readFile(claim, 'utf8').catch(() => '0')))) return;
    // Left by a process that was stopped.
    await writeFile(claim, String(process.pid));
  }
  try {
    await work(path);
    made++;
    const seconds = (performance.now() - startMs) / 1000;
    process.stderr.write(`${name} · ${made} in ${seconds.toFixed(0)} s, ${((60 * made) / seconds).toFixed(1)} a minute\n`);
  } catch (error) {
    if (!(error instanceof StippleError && error.code.startsWith('PORTRAIT_'))) throw error;
    await writeFile(refusal, error.code);
    process.stderr.write(`${name} · refused: ${error.code}\n`);
  } finally {
    await rm(claim, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}
