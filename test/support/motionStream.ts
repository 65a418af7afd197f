import { MotionClip } from '../../client/motion/motionClip.ts';
import type { PlayedPose, PlayoutBuffer } from '../../client/playout/playoutBuffer.ts';
import type { TimedPose } from '../../client/playout/timedPose.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/** A face, the way its frames take to a viewer, and how often that viewer looks. */
export interface StreamOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly framesPerSecond?: number;
  /** The pose at a moment of the sender's clock; a talking face unless given. */
  readonly face?: (captureMs: number) => RigPose;
  readonly still?: (captureMs: number) => boolean;
  /** Frames wait for the relay's next tick, ms; 0 for none. */
  readonly tickMs?: number;
  /** Added to the way of each frame, uniformly up to this, ms: frames overtake one another. */
  readonly jitterMs?: number;
  /** Share of frames that do not come, and that come twice. */
  readonly lossShare?: number;
  readonly doubleShare?: number;
  /** The viewer's clock less the sender's, and how much faster it runs, parts per million. */
  readonly offsetMs?: number;
  readonly driftPpm?: number;
  /** From one look to the next, ms; between these two. */
  readonly lookMs?: readonly [number, number];
}

/** One look at the face. */
export interface Look {
  readonly atMs: number;
  readonly played: PlayedPose;
  /** Sender's clock at that look minus media time shown: how old the shown face is, ms. */
  readonly ageMs: number;
  /** The sender's real pose at the media time shown. */
  readonly truth: RigPose;
}

const START_MS = 100_000;
const WAY_MS = 2;

/** Plays a stream into a buffer and says what was shown. */
export function playStream(buffer: PlayoutBuffer, options: StreamOptions): Look[] {
  const random = new SeededRandom(options.seed);
  const clip = new MotionClip({ seed: options.seed, mood: 'talking' });
  const face = options.face ?? ((captureMs) => clip.sample(captureMs - START_MS));
  const viewerOf = (senderMs: number): number => START_MS + (senderMs - START_MS) * (1 + (options.driftPpm ?? 0) / 1e6) + (options.offsetMs ?? 0);
  const senderOf = (viewerMs: number): number => START_MS + (viewerMs - (options.offsetMs ?? 0) - START_MS) / (1 + (options.driftPpm ?? 0) / 1e6);

  const arrivals: { frame: TimedPose; atMs: number }[] = [];
  const intervalMs = 1000 / (options.framesPerSecond ?? 30);
  for (let index = 0; index * intervalMs < options.seconds * 1000; index++) {
    // Capture times as the wire has them: even milliseconds.
    const captureTimestampMs = 2 * Math.round((START_MS + index * intervalMs) / 2);
    if (random.next() < (options.lossShare ?? 0)) continue;
    const frame = { captureTimestampMs, still: options.still?.(captureTimestampMs) ?? false, pose: face(captureTimestampMs) };
    const copies = random.next() < (options.doubleShare ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const sentMs = captureTimestampMs + WAY_MS / 2;
      const { tickMs = 15 } = options;
      const relayedMs = tickMs === 0 ? sentMs : Math.ceil(sentMs / tickMs) * tickMs;
      arrivals.push({ frame, atMs: viewerOf(relayedMs + WAY_MS / 2 + random.between(0, options.jitterMs ?? 1)) });
    }
  }
  arrivals.sort((a, b) => a.atMs - b.atMs);

  const looks: Look[] = [];
  const [shortest, longest] = options.lookMs ?? [15, 18];
  let next = 0;
  for (let atMs = viewerOf(START_MS); atMs < viewerOf(START_MS + options.seconds * 1000); atMs += random.between(shortest, longest)) {
    for (; next < arrivals.length && arrivals[next]!.atMs <= atMs; next++) buffer.push(arrivals[next]!.frame, arrivals[next]!.atMs);
    const played = buffer.sample(atMs);
    looks.push({ atMs, played, ageMs: senderOf(atMs) - played.mediaTimeMs, truth: face(played.mediaTimeMs) });
  }
  return looks;
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Root mean square difference of weights. */
export function weightError(a: RigPose, b: RigPose): number {
  let sum = 0;
  for (let i = 0; i < a.blendshapeWeights.length; i++) sum += (a.blendshapeWeights[i]! - b.blendshapeWeights[i]!) ** 2;
  return Math.sqrt(sum / a.blendshapeWeights.length);
}

/** Largest change of any weight. */
export function largestStep(a: RigPose, b: RigPose): number {
  let most = 0;
  for (let i = 0; i < a.blendshapeWeights.length; i++) most = Math.max(most, Math.abs(a.blendshapeWeights[i]! - b.blendshapeWeights[i]!));
  return most;
}
