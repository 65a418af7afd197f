import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { MotionClip } from '../motion/motionClip.ts';
import { fromYawPitchRoll, multiply, normalize } from '../motion/rotation.ts';
import { addWeights, blendshapeIndex } from '../motion/weights.ts';
import { MOUTH_CHANNELS, blendshapesOf } from './mouthShapes.ts';

/** What the face takes of a reading of the voice. */
export interface VoiceMoment {
  /** On the clock of `performance.now()`. */
  readonly capturedAtMs: number;
  readonly mouth: Float32Array;
  readonly speech: number;
  readonly loudness: number;
}

interface Kept {
  readonly atMs: number;
  readonly mouth: Float32Array;
  /** Emphasis of this moment, [0, 1]: louder than a moment ago. */
  readonly emphasis: number;
}

/** The voice's face is this far behind the microphone, ms: analysis looks at 30 ms of sound, and messages take their time. */
export const VOICE_FACE_LAG_MS = 50;
/** Lips part quickly and close calmly, ms. */
const ATTACK_MS = 22;
const RELEASE_MS = 55;
/** What the smoothing holds back on average, ms: a shape is filed under the moment it belongs to. */
const SMOOTHING_LAG_MS = 18;
/** Without a newer reading the mouth closes. */
const STALE_MS = 150;
const HISTORY = 64;
const EMPHASIS_MS = 160;
const NOD_RADIANS = 0.075;
const BROW_LIFT = 0.3;

const TARGETS = MOUTH_CHANNELS.map((channel) => blendshapesOf(channel).map((name) => blendshapeIndex(name)));
/** Every blendshape that the voice moves. */
const MOUTH_INDICES = TARGETS.flat();

/**
 * A face that the voice moves: lips by the sounds, small nods and lifted brows where it is stressed; breath, blinks and
 * glances as of any living face. A function of time over what has been heard.
 */
export class VoiceFace {
  readonly #idle: MotionClip;
  readonly #current = new Float32Array(MOUTH_CHANNELS.length);
  readonly #history: Kept[] = [];
  #lastMs = -Infinity;
  #slowLoudness = 0;
  #emphasis = 0;

  constructor(seed: number) {
    this.#idle = new MotionClip({ seed, mood: 'idle' });
  }

  /** Takes a reading; times must not run backwards. */
  hear({ capturedAtMs, mouth, speech, loudness }: VoiceMoment): void {
    const elapsedMs = Math.min(100, Math.max(0, capturedAtMs - this.#lastMs));
    this.#lastMs = capturedAtMs;
    for (let i = 0; i < mouth.length; i++) {
      const rising = mouth[i]! > this.#current[i]!;
      this.#current[i]! += (mouth[i]! - this.#current[i]!) * (1 - Math.exp(-elapsedMs / (rising ? ATTACK_MS : RELEASE_MS)));
    }
    const loud = loudness * speech;
    this.#slowLoudness += (loud - this.#slowLoudness) * (1 - Math.exp(-elapsedMs / 600));
    const stress = Math.min(1, Math.max(0, (loud - this.#slowLoudness - 0.12) * 2.2));
    this.#emphasis += (stress - this.#emphasis) * (1 - Math.exp(-elapsedMs / EMPHASIS_MS));
    this.#history.push({ atMs: capturedAtMs - SMOOTHING_LAG_MS, mouth: this.#current.slice(), emphasis: this.#emphasis });
    if (this.#history.length > HISTORY) this.#history.shift();
  }

  /** The whole face at a moment of `performance.now()`; see `VOICE_FACE_LAG_MS`. A fresh pose each call. */
  sample(timeMs: number): RigPose {
    const base = this.#idle.sample(timeMs);
    const pose = { ...base, blendshapeWeights: this.speakWith(base.blendshapeWeights, timeMs) };
    const { emphasis } = this.#at(timeMs);
    if (emphasis === 0) return pose;
    addWeights(pose.blendshapeWeights, { browInnerUp: BROW_LIFT * emphasis, browOuterUpLeft: BROW_LIFT * 0.7 * emphasis, browOuterUpRight: BROW_LIFT * 0.7 * emphasis });
    return { ...pose, headRotation: normalize(multiply(base.headRotation, fromYawPitchRoll(0, NOD_RADIANS * emphasis, 0))) };
  }

  /** Another face's weights with the voice's mouth in place of their own, as far as it speaks; its smile stays. New weights. */
  speakWith(weights: Float32Array, timeMs: number): Float32Array {
    const { mouth, amount } = this.#at(timeMs);
    const spoken = new Float32Array(BLENDSHAPE_COUNT);
    spoken.set(weights);
    for (const index of MOUTH_INDICES) spoken[index]! *= 1 - 0.6 * amount;
    for (let channel = 0; channel < TARGETS.length; channel++) {
      for (const index of TARGETS[channel]!) spoken[index] = Math.min(1, spoken[index]! + mouth[channel]!);
    }
    return spoken;
  }

  /** What was heard at a moment, between two readings in a straight line. */
  #at(timeMs: number): { mouth: Float32Array; emphasis: number; amount: number } {
    const history = this.#history;
    const newest = history.at(-1);
    if (!newest || timeMs - newest.atMs > STALE_MS) return { mouth: new Float32Array(MOUTH_CHANNELS.length), emphasis: 0, amount: 0 };
    let index = history.length - 1;
    while (index > 0 && history[index - 1]!.atMs > timeMs) index--;
    const to = history[index]!;
    const from = history[index - 1] ?? to;
    const span = to.atMs - from.atMs;
    const t = span > 0 ? Math.min(1, Math.max(0, (timeMs - from.atMs) / span)) : 1;
    const mouth = from.mouth.map((value, i) => value + (to.mouth[i]! - value) * t);
    return { mouth, emphasis: from.emphasis + (to.emphasis - from.emphasis) * t, amount: Math.min(1, 3 * Math.max(...mouth)) };
  }
}
