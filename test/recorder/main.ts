/**
 * `npm run -s motion:record -- [--only NAME…] [--out DIR] [--seconds N] [--unsmoothed DIR] [--pictures DIR]`
 *
 * Records the motion tracks that the codec is trained and measured on: avatars act a script before a rendered webcam, and
 * the product's own tracker watches. Only parameters are kept. `--only` takes PERSON or PERSON-KIND.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { AvatarMaker, loadRig } from '../../server/generator/avatarMaker.ts';
import { findInMirror, projectFolder } from '../../server/setup/paths.mjs';
import { trackOf, trackText } from '../../shared/motion/motionTrack.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { readCast } from './cast.ts';
import type { Cast, CastPerson, Take } from './cast.ts';
import type { RecordedFrame } from './framePath.ts';
import { Performance, temperament } from './performance.ts';
import { TrackingBrowser } from './trackingBrowser.ts';
import { Webcam, WEBCAM_SIZE, webcamPlace } from './webcam.ts';

/** As the room page's button averages. */
const CALIBRATION_FRAMES = 12;
/** The face is calm this long before it acts: calibration looks at it, and the smoother settles. */
const LEAD_IN_FRAMES = 15;
/** A recording in which the tracker lost the face more often than this is not one. */
const MAX_LOST_SHARE = 0.02;
/** Every this many-th picture is kept where pictures are asked for. */
const PICTURE_STEP = 60;

interface Options {
  readonly only?: readonly string[];
  readonly out: string;
  readonly seconds?: number;
  readonly unsmoothed?: string;
  readonly pictures?: string;
}

const options = new Command('motion:record')
  .description('Records the motion tracks that the codec is trained and measured on.')
  .option('--only <names...>', 'PERSON or PERSON-KIND; everybody by default')
  .option('--out <folder>', 'where to write SET/PERSON-KIND.json', join(projectFolder, 'models', 'motion', 'tracks'))
  .option('--seconds <number>', 'length of each recording', Number)
  .option('--unsmoothed <folder>', 'also write what the tracker said before smoothing')
  .option('--pictures <folder>', 'also write some of the films\' pictures, to look at')
  .parse().opts<Options>();

const startMs = performance.now();
function say(words: string): void {
  process.stderr.write(`${String(Math.round((performance.now() - startMs) / 1000)).padStart(4)} s  ${words}\n`);
}

const cast = readCast();
const rig = await loadRig();
const wanted = cast.people
  .map((person) => ({ person, takes: person.takes.filter(({ kind }) => !options.only || options.only.some((name) => name === person.person || name === `${person.person}-${kind}`)) }))
  .filter(({ takes }) => takes.length > 0);
const browser = await TrackingBrowser.open();
let written = 0;
try {
  for (const { person, takes } of wanted) {
    const splats = await headOf(person, rig);
    if (!splats) {
      say(`${person.person}: left out, there is no portrait of that name in the data folder`);
      continue;
    }
    for (const take of takes) {
      await record(person, take, splats, cast);
      written++;
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(`${written} recordings in ${options.out}\n`);

async function record(person: CastPerson, { kind, seed }: Take, splats: BoundSplats, { fps, seconds }: Cast): Promise<void> {
  const name = `${person.person}-${kind}`;
  const frames = Math.round((options.seconds ?? seconds) * fps);
  const acting = new Performance({ kind, seed, lengthMs: (frames * 1000) / fps, temperament: temperament(person.seed) });
  const webcam = new Webcam(rig, splats, webcamPlace(person.seed), seed);
  const calm = acting.calmPose();
  let tracked: (RecordedFrame | undefined)[];
  try {
    tracked = await browser.track({
      request: {
        filmId: name, frames: frames + LEAD_IN_FRAMES, fps, width: WEBCAM_SIZE.width, height: WEBCAM_SIZE.height,
        calibrateFrames: person.calibrated ? CALIBRATION_FRAMES : 0,
      },
      frame(index) {
        if (index % 100 === 0) say(`${name}: picture ${index} of ${frames}`);
        const time = ((index - LEAD_IN_FRAMES) * 1000) / fps;
        const picture = webcam.take(time < 0 ? calm : acting.sample(time));
        if (options.pictures !== undefined && index % PICTURE_STEP === 0) void keepPicture(options.pictures, `${name}-${index}`, picture.slice());
        return picture;
      },
    });
  } finally {
    webcam.dispose();
  }
  const acted = tracked.slice(LEAD_IN_FRAMES);
  const lost = acted.filter((frame) => frame === undefined).length;
  if (lost > acted.length * MAX_LOST_SHARE) throw new Error(`${name}: the tracker saw no face in ${lost} of ${acted.length} pictures`);
  if (lost > 0) say(`${name}: no face in ${lost} pictures, which repeat the one before`);
  const held = withoutGaps(acted);
  const about = { fps, kind, person: person.person };
  await put(join(options.out, person.set, `${name}.json`), trackText(trackOf(held.map(poseOf), about)));
  if (options.unsmoothed !== undefined) {
    await put(join(options.unsmoothed, person.set, `${name}.json`), trackText(trackOf(held.map(({ unsmoothed }) => poseOf(unsmoothed)), about)));
  }
  say(`${name}: ${held.length} frames`);
}

/** A lost frame holds the one before, as a page that sends nothing does. */
function withoutGaps(frames: readonly (RecordedFrame | undefined)[]): RecordedFrame[] {
  let last = frames.find((frame) => frame !== undefined)!;
  return frames.map((frame) => { last = frame ?? last; return last; });
}

function poseOf({ weights, rotation, position }: Pick<RecordedFrame, 'weights' | 'rotation' | 'position'>): RigPose {
  return {
    blendshapeWeights: Float32Array.from(weights), headRotation: [rotation[0]!, rotation[1]!, rotation[2]!, rotation[3]!],
    headPositionMeters: [position[0]!, position[1]!, position[2]!],
  };
}

/** Undefined where the portrait is not at hand. */
async function headOf({ person, head, seed }: CastPerson, headRig: Rig): Promise<BoundSplats | undefined> {
  const expected = { faceCount: headRig.faceCount, hash: headRig.hash };
  if (head === 'gallery') return decodeAvatar(await readFile(join(projectFolder, 'client', 'public', 'gallery', 'avatars', `${person}.stipple`)), expected);
  const portrait = findInMirror(join('portraits', `${person}.jpg`));
  if (portrait === undefined) return undefined;
  say(`${person}: making the head`);
  const maker = await AvatarMaker.load();
  try {
    const made = await maker.make(await readFile(portrait), { seed, signal: new AbortController().signal });
    return decodeAvatar(made.bytes, expected);
  } finally {
    await maker.dispose();
  }
}

async function keepPicture(folder: string, name: string, data: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  await sharp(data, { raw: { ...WEBCAM_SIZE, channels: 4 } }).removeAlpha().png().toFile(join(folder, `${name}.png`));
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(resolve(file, '..'), { recursive: true });
  await writeFile(file, text);
}
