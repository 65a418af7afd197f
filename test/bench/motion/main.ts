import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { MotionFrame } from '../../../shared/motion/motionFrame.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { parseOptions } from '../../../server/setup/parseOptions.ts';
import { baselineBytes } from './baselines.ts';
import { encodeTrack, receive } from './codecRun.ts';
import { readTrack } from './readTrack.ts';
import { ErrorHistogram, VertexErrorMeter } from './vertexError.ts';

/** Share of messages that do not arrive. */
const LOSS = 0.2;
const USAGE = 'usage: bench motion [--tracks FILE...] [--loss-seeds N] [--json]';
/** A shown pose is wrong when 5 % of its vertices are further off than without loss by this much. */
const WRONG_MILLIMETERS = 1.5;
/** A track that does not say what it is counts as still while 5 % of the vertices move less than this in a tenth of a second, in the median. */
const STILL_MILLIMETERS = 0.5;

interface TrackResult {
  readonly name: string; readonly kind: string; readonly seconds: number; readonly kbps: number;
  readonly p95VertexErrorMillimeters: number; readonly faceP95VertexErrorMillimeters: number; readonly p99VertexErrorMillimeters: number;
  readonly keyframes: number; readonly stills: number; readonly messages: number;
  readonly medianMillimeters: number; readonly lossMedianMillimeters: number; readonly maxRecoveryMilliseconds: number; readonly recoveries: number;
}

/**
 * The motion codec on recordings it has not learned from: payload, error on the rig, what 20 % loss does, and the same frames sent in
 * plain ways.
 */
export async function motionBench(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseOptions({ args: [...args], allowPositionals: true, options: {
    tracks: { type: 'string', multiple: true, default: [] }, 'loss-seeds': { type: 'string', default: '3' }, json: { type: 'boolean', default: false },
  } }, USAGE);
  const seeds = Number(values['loss-seeds']);
  if (!Number.isInteger(seeds) || seeds < 1) return fail(`--loss-seeds: expected a whole number from 1, got '${values['loss-seeds']}'`);
  const files = [...values.tracks, ...positionals];
  if (files.length === 0) {
    const folder = join(projectFolder, 'models', 'motion', 'tracks', 'heldOut');
    for (const name of (await readdir(folder)).sort()) if (name.endsWith('.json')) files.push(join(folder, name));
  }
  const rig = decodeRig(await readFile(join(projectFolder, 'models', 'rig', 'head.rig')));
  const meter = new VertexErrorMeter(rig);
  const all = new ErrorHistogram(), face = new ErrorHistogram();
  const results: TrackResult[] = [];
  const bytes = { msgpackr: 0, raw8: 0, deflate: 0 };
  const time = { encode: [] as number[], decode: [] as number[] };
  const errors = { lossless: [] as number[], loss: [] as number[] };
  for (const file of files) {
    const { poses, fps, kind } = await readTrack(file).catch((error: Error) => fail(`${file}: ${error.message}`));
    const encoded = encodeTrack(poses, fps);
    const seconds = poses.length / fps;
    const own = new ErrorHistogram(), ownFace = new ErrorHistogram();
    const clean = receive(encoded.frames, 0, new SeededRandom(1));
    const lossy = Array.from({ length: seeds }, (_, seed) => new LossyRun(receive(encoded.frames, LOSS, new SeededRandom(seed + 1)).shown, meter, fps));
    const cleanVertices = new VertexCache(meter);
    const lossless: number[] = [], moves: number[] = [];
    const past: Float32Array[] = [];
    for (const [frame, pose] of poses.entries()) {
      const truth = meter.vertices(pose);
      const shown = cleanVertices.of(clean.shown[frame]!);
      lossless.push(meter.compare(truth, shown, [own, all], [ownFace, face]));
      for (const run of lossy) run.add(frame, truth, lossless[frame]!, clean.shown[frame]!);
      past.push(truth);
      if (past.length > Math.round(fps / 10)) moves.push(meter.compare(truth, past.shift()!));
    }
    const lossErrors = lossy.flatMap((run) => run.errors);
    const maxRecoveryMilliseconds = Math.max(...lossy.map((run) => run.maxRecoveryMilliseconds));
    const recoveries = sum(lossy.map((run) => run.recoveries));
    const kbps = (8 * encoded.bytes) / seconds / 1000;
    results.push({
      name: file.split('/').at(-1)!, kind: kind ?? (moves.length > 0 && median(moves) < STILL_MILLIMETERS ? 'still' : 'talking'), seconds, kbps,
      p95VertexErrorMillimeters: own.percentile(0.95), faceP95VertexErrorMillimeters: ownFace.percentile(0.95), p99VertexErrorMillimeters: own.percentile(0.99),
      keyframes: encoded.keyframes, stills: encoded.stills, messages: encoded.messages,
      medianMillimeters: median(lossless), lossMedianMillimeters: median(lossErrors), maxRecoveryMilliseconds, recoveries,
    });
    for (const error of lossless) errors.lossless.push(error);
    for (const error of lossErrors) errors.loss.push(error);
    time.encode.push(encoded.encodeMicroseconds);
    time.decode.push(clean.decodeMicroseconds);
    const plain = baselineBytes(poses);
    for (const name of ['msgpackr', 'raw8', 'deflate'] as const) bytes[name] += plain[name];
  }

  const totalSeconds = sum(results.map(({ seconds }) => seconds));
  const moving = results.filter(({ kind }) => kind !== 'still');
  const still = results.filter(({ kind }) => kind === 'still');
  const rate = (list: readonly TrackResult[]): { kbps: number | null; tracks: number } => (
    { kbps: list.length === 0 ? null : round(sum(list.map(({ kbps, seconds }) => kbps * seconds)) / sum(list.map(({ seconds }) => seconds))), tracks: list.length });
  const baseline = (name: keyof typeof bytes): { kbps: number } => ({ kbps: round((8 * bytes[name]) / totalSeconds / 1000) });
  const result = {
    bench: 'motion', tracks: files.length, seconds: round(totalSeconds), talking: rate(moving), still: rate(still),
    p95VertexErrorMillimeters: all.percentile(0.95), p99VertexErrorMillimeters: all.percentile(0.99),
    faceP95VertexErrorMillimeters: face.percentile(0.95),
    loss20: {
      medianErrorRatio: round(median(errors.loss) / median(errors.lossless)),
      maxRecoveryMilliseconds: round(Math.max(...results.map(({ maxRecoveryMilliseconds }) => maxRecoveryMilliseconds))), seeds, wrongMillimeters: WRONG_MILLIMETERS,
    },
    baselines: { msgpackr: baseline('msgpackr'), raw8: baseline('raw8'), deflate: baseline('deflate') },
    encodeMicroseconds: round(median(time.encode)), decodeMicroseconds: round(median(time.decode)),
    perTrack: results.map((track) => Object.fromEntries(Object.entries(track).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]))),
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else print(result);
}

/** What one receiver under loss shows, measured frame by frame. */
class LossyRun {
  readonly errors: number[] = [];
  maxRecoveryMilliseconds = 0;
  recoveries = 0;
  readonly #shown: readonly (MotionFrame | undefined)[];
  readonly #meter: VertexErrorMeter;
  readonly #cache: VertexCache;
  readonly #frameMs: number;
  #wrongFrames = 0;

  constructor(shown: readonly (MotionFrame | undefined)[], meter: VertexErrorMeter, fps: number) {
    this.#shown = shown;
    this.#meter = meter;
    this.#cache = new VertexCache(meter);
    this.#frameMs = 1000 / fps;
  }

  /** @param clean what a receiver without loss shows, and its error. */
  add(frame: number, truth: Float32Array, lossless: number, clean: MotionFrame): void {
    const shown = this.#shown[frame];
    // Before the first keyframe there is nothing to be wrong about: that is a newcomer's time. What came of the same message is the same.
    const error = !shown || sameState(shown, clean) ? lossless : this.#meter.compare(truth, this.#cache.of(shown));
    this.errors.push(error);
    if (error > lossless + WRONG_MILLIMETERS) {
      this.#wrongFrames++;
      this.maxRecoveryMilliseconds = Math.max(this.maxRecoveryMilliseconds, this.#wrongFrames * this.#frameMs);
      return;
    }
    if (this.#wrongFrames > 0) this.recoveries++;
    this.#wrongFrames = 0;
  }
}

function sameState(a: MotionFrame, b: MotionFrame): boolean {
  return a.blendshapeWeights.every((weight, index) => weight === b.blendshapeWeights[index])
    && a.headRotation.every((value, index) => value === b.headRotation[index]) && a.headPositionMeters.every((value, index) => value === b.headPositionMeters[index]);
}

/** Poses are held for several frames; their vertices are worked out once. */
class VertexCache {
  readonly #meter: VertexErrorMeter;
  #pose: RigPose | undefined;
  #vertices = new Float32Array(0);

  constructor(meter: VertexErrorMeter) {
    this.#meter = meter;
  }

  of(pose: RigPose): Float32Array {
    if (pose !== this.#pose) this.#vertices = this.#meter.vertices(pose) as Float32Array<ArrayBuffer>;
    this.#pose = pose;
    return this.#vertices;
  }
}

function print(result: object): void {
  for (const [key, value] of Object.entries(result)) {
    if (Array.isArray(value)) console.table(value);
    else process.stdout.write(`${key.padEnd(30)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
  }
}

function fail(message: string): never {
  process.stderr.write(`bench motion: ${message}\n${USAGE}\n`);
  process.exit(2);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
