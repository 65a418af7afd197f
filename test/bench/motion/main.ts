import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { motionTrackSchema, posesOf } from '../../../shared/motion/motionTrack.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { baselineBytes } from './baselines.ts';
import { encodeTrack, receive } from './codecRun.ts';
import { ErrorHistogram, VertexErrorMeter } from './vertexError.ts';

const USAGE = 'usage: bench motion [--tracks FILE...] [--loss-seeds N] [--json]';
/** A shown pose is wrong when 5 % of its vertices are further off than the codec alone would have them, by this much. */
const WRONG_MILLIMETERS = 1;
/** A track without a kind is still when its frames are, on average, no larger than this, kbps. */
const STILL_KBPS = 0.75;

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
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {
    tracks: { type: 'string', multiple: true, default: [] }, 'loss-seeds': { type: 'string', default: '3' }, json: { type: 'boolean', default: false },
  } });
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
    const parsed = motionTrackSchema.safeParse(await readFile(file, 'utf8').then(JSON.parse).catch((error: Error) => fail(`${file}: ${error.message}`)));
    if (!parsed.success) return fail(`${file}: ${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
    const poses = posesOf(parsed.data);
    if (poses.length === 0) return fail(`${file}: expected at least one frame in weights`);
    const { fps } = parsed.data;
    const encoded = encodeTrack(poses, fps);
    const seconds = poses.length / fps;
    const truth = poses.map((pose) => meter.vertices(pose));
    const own = new ErrorHistogram(), ownFace = new ErrorHistogram();
    const clean = receive(encoded.frames, 0, new SeededRandom(1));
    const cleanVertices = new VertexCache(meter);
    const lossless = clean.shown.map((pose, frame) => {
      const shown = cleanVertices.of(pose!);
      meter.compare(truth[frame]!, shown, all, face);
      return meter.compare(truth[frame]!, shown, own, ownFace);
    });
    const loss = { errors: [] as number[], maxRecoveryMilliseconds: 0, recoveries: 0 };
    for (let seed = 1; seed <= seeds; seed++) {
      const { shown } = receive(encoded.frames, 0.2, new SeededRandom(seed));
      const cache = new VertexCache(meter);
      let wrongSince = -1;
      shown.forEach((pose, frame) => {
        // Before the first keyframe there is nothing to be wrong about: that is a newcomer's time.
        const millimeters = pose ? meter.compare(truth[frame]!, cache.of(pose)) : lossless[frame]!;
        loss.errors.push(millimeters);
        const wrong = millimeters > lossless[frame]! + WRONG_MILLIMETERS;
        if (!wrong) {
          if (wrongSince >= 0) loss.recoveries++;
          wrongSince = -1;
          return;
        }
        if (wrongSince < 0) wrongSince = frame;
        loss.maxRecoveryMilliseconds = Math.max(loss.maxRecoveryMilliseconds, (1000 * (frame - wrongSince + 1)) / fps);
      });
    }
    const kbps = (8 * encoded.bytes) / seconds / 1000;
    results.push({
      name: file.split('/').at(-1)!, kind: parsed.data.kind ?? (kbps <= STILL_KBPS ? 'still' : 'talking'), seconds, kbps,
      p95VertexErrorMillimeters: own.percentile(0.95), faceP95VertexErrorMillimeters: ownFace.percentile(0.95), p99VertexErrorMillimeters: own.percentile(0.99),
      keyframes: encoded.keyframes, stills: encoded.stills, messages: encoded.messages,
      medianMillimeters: median(lossless), lossMedianMillimeters: median(loss.errors), maxRecoveryMilliseconds: loss.maxRecoveryMilliseconds, recoveries: loss.recoveries,
    });
    errors.lossless.push(...lossless);
    errors.loss.push(...loss.errors);
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
