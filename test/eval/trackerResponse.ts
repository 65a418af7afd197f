/**
 * `npm run -s eval -- --tracker-response [--write] --json`: how an avatar has to be posed for the tracker to read off it what
 * it read off the person (`shared/fit/trackerResponse.ts`). Faces are frames of the recordings that the motion codec is
 * trained on, as the tracker reported them, with everything that moves together in them; avatars those of the invented people.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { isTrackerScaled, rigWeight } from '../../shared/fit/trackerResponse.ts';
import { motionTrackSchema, posesOf } from '../../shared/motion/motionTrack.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { AvatarStage } from './avatarStage.ts';
import { round } from './figureStatistics.ts';
import { FRONT_CAMERA } from './headCrop.ts';
import { poseOf } from './motions.ts';

/** Frames of each recording, evenly spread, and the heads that they are shown on by turns. */
const FRAMES_A_TRACK = 28;
const HEADS = ['ada', 'ravi', 'ingrid', 'tomas'] as const;
/** Strengths tried. Stronger ones would show the tracker's noise. */
const STRENGTHS = [1.4, 2] as const;
/** A strength has to mend this share of the error to be believed. */
const LEAST_GAIN = 0.004;
/** A face has a shape from this weight on; one that hardly occurs says nothing. */
const NOTICEABLE = 0.06;
const FEWEST_FACES = 8;

/** A face as the tracker reported it, on the head that it is shown on, and how far what is read off that head is from it. */
interface ShownFace {
  readonly measured: Float32Array;
  readonly head: BoundSplats;
  /** Sum of absolute differences, over all shapes; where no face was found, nothing was read. */
  difference: number;
}

/** A shape, or both sides of one, by its places among the weights. */
interface Shape {
  readonly name: string;
  readonly indices: readonly number[];
}

/**
 * Finds the strengths, one shape after another, those that occur most first: the one with which everything that is read
 * off the heads, not only the shape itself, is most like what was read off the people.
 */
export async function trackerResponse(write: boolean): Promise<object> {
  const maker = await AvatarMaker.load();
  await maker.perception.warmUp();
  const stage = new AvatarStage(maker);
  const heads: BoundSplats[] = [];
  const rests = new Map<BoundSplats, Float32Array>();
  for (const name of HEADS) {
    const head = await makeHead(maker, name);
    stage.show(head);
    heads.push(head);
    rests.set(head, (await read(new Float32Array(BLENDSHAPE_COUNT)))!);
  }
  const faces = (await recordedFaces()).map((measured, f): ShownFace => ({ measured, head: heads[f % heads.length]!, difference: 0 }));
  const strengths = new Float64Array(BLENDSHAPE_COUNT).fill(1);
  for (const [face, difference] of await differences(faces)) face.difference = difference;
  const unscaled = meanError(faces);
  for (const shape of shapes(faces)) {
    const concerned = faces.filter(({ measured }) => shape.indices.some((i) => measured[i]! >= NOTICEABLE));
    let best = { strength: 1, found: undefined as Map<ShownFace, number> | undefined, sum: sumOf(concerned.map(({ difference }) => difference)) - LEAST_GAIN * sumOf(faces.map(({ difference }) => difference)) };
    for (const strength of STRENGTHS) {
      for (const i of shape.indices) strengths[i] = strength;
      const found = await differences(concerned);
      const sum = sumOf([...found.values()]);
      if (sum < best.sum) best = { strength, found, sum };
    }
    for (const i of shape.indices) strengths[i] = best.strength;
    for (const [face, difference] of best.found ?? []) face.difference = difference;
    process.stderr.write(`${shape.name}: ${best.strength} (${concerned.length} faces), error ${meanError(faces).toFixed(5)}\n`);
  }
  if (write) await writeFile(join(projectFolder, 'shared', 'fit', 'trackerStrengths.generated.ts'), tableText(strengths));
  return {
    faces: faces.length, unscaledError: round(unscaled), error: round(meanError(faces)),
    strengths: Object.fromEntries(BLENDSHAPE_NAMES.filter(isTrackerScaled).map((name) => [name, strengths[BLENDSHAPE_NAMES.indexOf(name)]!])),
  };

  async function read(weights: Float32Array): Promise<Float32Array | undefined> {
    const { landmarks } = await stage.read({ ...poseOf({ yaw: 0, pitch: 0, roll: 0, weights: {} }), blendshapeWeights: weights }, FRONT_CAMERA);
    return landmarks && await maker.perception.estimateBlendshapes(landmarks);
  }

  /** Shows faces with the present strengths and reads them again, head by head. */
  async function differences(shown: readonly ShownFace[]): Promise<Map<ShownFace, number>> {
    const found = new Map<ShownFace, number>();
    for (const head of heads) {
      stage.show(head);
      const rest = rests.get(head)!;
      for (const face of shown.filter((candidate) => candidate.head === head)) {
        const got = await read(face.measured.map((weight, i) => rigWeight(weight, strengths[i]!)));
        // tongueOut, the last one, is not in MediaPipe's model.
        found.set(face, sumOf(Array.from({ length: BLENDSHAPE_COUNT - 1 }, (_, i) => Math.abs(Math.max(0, (got?.[i] ?? 0) - rest[i]!) - face.measured[i]!))));
      }
    }
    return found;
  }
}

async function makeHead(maker: AvatarMaker, name: string): Promise<BoundSplats> {
  const portrait = await readFile(join(projectFolder, 'client', 'public', 'samples', `${name}.jpg`));
  const { bytes } = await maker.make(portrait, { seed: 1, signal: new AbortController().signal });
  return decodeAvatar(bytes, { faceCount: maker.rig.faceCount, hash: maker.rig.hash });
}

/** Shapes that occur, both sides together, the most frequent first. */
function shapes(faces: readonly ShownFace[]): Shape[] {
  const byName = new Map<string, number[]>();
  for (const name of BLENDSHAPE_NAMES.filter(isTrackerScaled)) {
    const both = name.replace(/(?:Left|Right)$/, '');
    byName.set(both, [...byName.get(both) ?? [], BLENDSHAPE_NAMES.indexOf(name)]);
  }
  const amount = ({ indices }: Shape): number => sumOf(faces.map(({ measured }) => sumOf(indices.map((i) => measured[i]!))));
  const occurs = ({ indices }: Shape): boolean => faces.filter(({ measured }) => indices.some((i) => measured[i]! >= NOTICEABLE)).length >= FEWEST_FACES;
  return [...byName].map(([name, indices]) => ({ name, indices })).filter(occurs).sort((a, b) => amount(b) - amount(a));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanError(faces: readonly ShownFace[]): number {
  return sumOf(faces.map(({ difference }) => difference)) / faces.length / (BLENDSHAPE_COUNT - 1);
}

/** Weights that the tracker reported, [52] each, in the order of `BLENDSHAPE_NAMES`. */
async function recordedFaces(): Promise<Float32Array[]> {
  const folder = join(projectFolder, 'models', 'motion', 'tracks', 'training');
  const faces: Float32Array[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.includes('still')).sort()) {
    const poses = posesOf(motionTrackSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))));
    const every = Math.floor(poses.length / FRAMES_A_TRACK);
    for (let f = 0; f < FRAMES_A_TRACK; f++) faces.push(poses[f * every]!.blendshapeWeights);
  }
  return faces;
}

function tableText(strengths: Float64Array): string {
  const lines = BLENDSHAPE_NAMES.map((name, i) => [name, strengths[i]!] as const).filter(([, strength]) => strength !== 1).map(([name, strength]) => `  ${name}: ${strength},`);
  return `// Written by \`npm run -s eval -- --tracker-response --write\`.\nexport const TRACKER_STRENGTHS = {\n${lines.join('\n')}\n} as const;\n`;
}
