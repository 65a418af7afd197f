import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { restPose } from './restPose.ts';
import { fromYawPitchRoll } from './rotation.ts';
import { addWeights } from './weights.ts';

export interface MotionClipOptions {
  /** Two clips with one seed are the same; different seeds keep a room from nodding in step. */
  readonly seed: number;
  /** `idle` breathes, blinks and looks around; `talking` speaks in phrases and nods as well. */
  readonly mood: 'idle' | 'talking';
}

/** Something that begins, peaks and fades: a blink, a nod, a syllable. */
interface Gesture {
  readonly startMs: number;
  readonly durationMs: number;
  readonly weights?: Partial<Record<BlendshapeName, number>>;
  /** Peak yaw, pitch, roll, radians. */
  readonly turn?: readonly [number, number, number];
  /** Share of the duration spent rising; the rest is held and fades. */
  readonly attack: number;
}

/** Mouth shapes of speech, loosely by vowel and consonant class; amounts are for a calm speaking voice. */
const VISEMES: readonly Partial<Record<BlendshapeName, number>>[] = [
  { jawOpen: 0.32, mouthLowerDownLeft: 0.2, mouthLowerDownRight: 0.2, mouthUpperUpLeft: 0.1, mouthUpperUpRight: 0.1 }, // ah
  { jawOpen: 0.16, mouthStretchLeft: 0.25, mouthStretchRight: 0.25, mouthSmileLeft: 0.15, mouthSmileRight: 0.15 }, // ee
  { jawOpen: 0.2, mouthFunnel: 0.42, mouthPucker: 0.16 }, // oh
  { jawOpen: 0.1, mouthPucker: 0.48, mouthFunnel: 0.14 }, // oo
  { mouthClose: 0.06, mouthPressLeft: 0.3, mouthPressRight: 0.3, mouthRollLower: 0.15, mouthRollUpper: 0.12 }, // m, b, p
  { jawOpen: 0.07, mouthRollLower: 0.28, mouthUpperUpLeft: 0.16, mouthUpperUpRight: 0.16 }, // f, v
  { jawOpen: 0.12, mouthShrugUpper: 0.12, mouthLowerDownLeft: 0.14, mouthLowerDownRight: 0.14 }, // s, t
];

/** A chapter of gestures is planned at a time, so any moment can be reached without playing all before it. */
const CHAPTER_MS = 12_000;

/**
 * A face that lives without a camera: seeded, endless, and a pure function of time. Gestures overlap, so a blink
 * may fall into a nod as it does on people.
 */
export class MotionClip {
  readonly #options: MotionClipOptions;
  #planned: { chapter: number; gestures: readonly Gesture[] } = { chapter: -1, gestures: [] };

  constructor(options: MotionClipOptions) {
    this.#options = options;
  }

  /** The pose at a moment of the clip, ms >= 0. A fresh pose each call. */
  sample(timeMs: number): RigPose {
    const pose = restPose();
    const weights = pose.blendshapeWeights;
    let [yaw, pitch, roll] = this.#sway(timeMs);
    const chapter = Math.floor(timeMs / CHAPTER_MS);
    for (const gesture of this.#gesturesAround(chapter)) {
      const level = envelope((timeMs - gesture.startMs) / gesture.durationMs, gesture.attack);
      if (level === 0) continue;
      if (gesture.turn) {
        yaw += gesture.turn[0] * level;
        pitch += gesture.turn[1] * level;
        roll += gesture.turn[2] * level;
      }
      for (const [name, peak] of Object.entries(gesture.weights ?? {})) addWeights(weights, { [name]: peak * level });
    }
    this.#addTone(weights, timeMs);
    const breath = breathAt(timeMs, this.#options.seed);
    return {
      blendshapeWeights: weights,
      headRotation: fromYawPitchRoll(yaw, pitch - BREATH_TILT_RADIANS * breath, roll),
      headPositionMeters: [0, BREATH_LIFT_METERS * (breath - 0.5), 0],
    };
  }

  /** No face is ever quite at rest: brows and the corners of the mouth drift by a few hundredths, each side for itself. */
  #addTone(weights: Float32Array, timeMs: number): void {
    const seconds = timeMs / 1000;
    const drift = (hz: number, offset: number): number => 0.5 + 0.5 * Math.sin(2 * Math.PI * hz * seconds + offset + (this.#options.seed % 89));
    addWeights(weights, {
      mouthSmileLeft: 0.05 * drift(0.041, 0), mouthSmileRight: 0.05 * drift(0.041, 0.5), browInnerUp: 0.04 * drift(0.067, 1.3),
      eyeSquintLeft: 0.05 * drift(0.053, 2.1), eyeSquintRight: 0.05 * drift(0.053, 2.3), mouthPressLeft: 0.03 * drift(0.083, 4), mouthPressRight: 0.03 * drift(0.083, 4.2),
    });
  }

  /** Slow drift of the head: three incommensurate waves an axis. */
  #sway(timeMs: number): [number, number, number] {
    const seconds = timeMs / 1000;
    const phase = (this.#options.seed % 997) * 0.37;
    const amount = this.#options.mood === 'talking' ? 1 : 0.65;
    const wave = (hz: number, offset: number): number => Math.sin(2 * Math.PI * hz * seconds + phase + offset);
    return [
      amount * (0.055 * wave(0.071, 0) + 0.03 * wave(0.163, 1.7)),
      amount * (0.022 * wave(0.093, 0.6) + 0.014 * wave(0.211, 2.9)),
      amount * (0.024 * wave(0.057, 2.2) + 0.01 * wave(0.137, 0.3)),
    ];
  }

  #gesturesAround(chapter: number): readonly Gesture[] {
    if (this.#planned.chapter !== chapter) {
      const before = chapter > 0 ? this.#plan(chapter - 1) : [];
      this.#planned = { chapter, gestures: [...before, ...this.#plan(chapter)] };
    }
    return this.#planned.gestures;
  }

  #plan(chapter: number): Gesture[] {
    const random = new SeededRandom(this.#options.seed * 7919 + chapter * 104_729 + 1);
    const startMs = chapter * CHAPTER_MS;
    const gestures: Gesture[] = [];
    planBlinks(gestures, random, startMs);
    planGlances(gestures, random, startMs);
    planFixations(gestures, new SeededRandom(this.#options.seed * 31 + chapter * 7_907 + 5), startMs);
    planSmiles(gestures, random, startMs, this.#options.mood);
    if (this.#options.mood === 'talking') planSpeech(gestures, random, startMs);
    return gestures;
  }
}

/** 0 outside [0, 1]; rises over `attack`, holds a little, falls smoothly. */
function envelope(t: number, attack: number): number {
  if (t <= 0 || t >= 1) return 0;
  const smooth = (x: number): number => x * x * (3 - 2 * x);
  if (t < attack) return smooth(t / attack);
  const hold = attack + (1 - attack) * 0.25;
  return t < hold ? 1 : smooth(1 - (t - hold) / (1 - hold));
}

/** A breath at rest, and what it does to the head: shoulders and head rise, the chin a little. */
const BREATH_MS = 4_100;
const BREATH_LIFT_METERS = 0.0026;
const BREATH_TILT_RADIANS = 0.006;
/** Share of a breath spent breathing in. */
const INHALE_SHARE = 0.4;

/** 0 breathed out, 1 breathed in; no two breaths are of quite the same length. */
function breathAt(timeMs: number, seed: number): number {
  const breaths = timeMs / BREATH_MS + (seed % 53) * 0.19 + 0.1 * Math.sin((timeMs / 37_000) * 2 * Math.PI + seed);
  const t = breaths - Math.floor(breaths);
  const up = t < INHALE_SHARE ? t / INHALE_SHARE : 1 - (t - INHALE_SHARE) / (1 - INHALE_SHARE);
  return up * up * (3 - 2 * up);
}

/** Eyes that rest on something still jump by a fraction of a degree, two or three times a second; held quite still they stare. */
function planFixations(gestures: Gesture[], random: SeededRandom, startMs: number): void {
  for (let t = random.between(0, 300); t < CHAPTER_MS;) {
    const holdMs = random.between(240, 700);
    const across = random.between(-0.032, 0.032), up = random.between(-0.024, 0.024);
    gestures.push({
      startMs: startMs + t, durationMs: holdMs, attack: Math.min(0.5, 30 / holdMs),
      weights: {
        eyeLookOutLeft: Math.max(0, across), eyeLookInRight: Math.max(0, across), eyeLookInLeft: Math.max(0, -across), eyeLookOutRight: Math.max(0, -across),
        eyeLookUpLeft: Math.max(0, up), eyeLookUpRight: Math.max(0, up), eyeLookDownLeft: Math.max(0, -up), eyeLookDownRight: Math.max(0, -up),
      },
    });
    t += holdMs;
  }
}

function planBlinks(gestures: Gesture[], random: SeededRandom, startMs: number): void {
  for (let t = random.between(300, 2200); t < CHAPTER_MS; t += random.between(1900, 5200)) {
    const double = random.next() < 0.14;
    for (const offset of double ? [0, 290] : [0]) {
      gestures.push({
        startMs: startMs + t + offset, durationMs: random.between(190, 260), attack: 0.34,
        weights: { eyeBlinkLeft: 1, eyeBlinkRight: 1, eyeSquintLeft: 0.3, eyeSquintRight: 0.3, browDownLeft: 0.06, browDownRight: 0.06 },
      });
    }
  }
}

function planGlances(gestures: Gesture[], random: SeededRandom, startMs: number): void {
  for (let t = random.between(500, 2500); t < CHAPTER_MS; t += random.between(2200, 4600)) {
    const left = random.between(-1, 1);
    const up = random.between(-0.7, 0.6);
    const across = Math.abs(left) * 0.42;
    const vertical = Math.abs(up) * 0.3;
    gestures.push({
      startMs: startMs + t, durationMs: random.between(700, 1900), attack: 0.07,
      weights: left > 0
        ? { eyeLookOutLeft: across, eyeLookInRight: across, [up > 0 ? 'eyeLookUpLeft' : 'eyeLookDownLeft']: vertical, [up > 0 ? 'eyeLookUpRight' : 'eyeLookDownRight']: vertical }
        : { eyeLookInLeft: across, eyeLookOutRight: across, [up > 0 ? 'eyeLookUpLeft' : 'eyeLookDownLeft']: vertical, [up > 0 ? 'eyeLookUpRight' : 'eyeLookDownRight']: vertical },
    });
    // The head follows the larger glances, slower than the eyes.
    if (Math.abs(left) > 0.45) {
      gestures.push({ startMs: startMs + t + 90, durationMs: random.between(1700, 2900), attack: 0.28, turn: [left * 0.2, -up * 0.06, left * 0.03] });
    }
  }
}

function planSmiles(gestures: Gesture[], random: SeededRandom, startMs: number, mood: MotionClipOptions['mood']): void {
  const spacing: [number, number] = mood === 'talking' ? [3200, 7000] : [5000, 9500];
  for (let t = random.between(600, 4000); t < CHAPTER_MS; t += random.between(...spacing)) {
    const warmth = random.between(0.25, 0.65);
    const tilt = random.between(-0.05, 0.05);
    gestures.push({
      startMs: startMs + t, durationMs: random.between(1700, 3300), attack: 0.22, turn: [0, -0.015, tilt],
      weights: {
        mouthSmileLeft: warmth, mouthSmileRight: warmth * random.between(0.85, 1), cheekSquintLeft: warmth * 0.4, cheekSquintRight: warmth * 0.4,
        eyeSquintLeft: warmth * 0.3, eyeSquintRight: warmth * 0.3, mouthDimpleLeft: warmth * 0.15, mouthDimpleRight: warmth * 0.15,
      },
    });
    if (random.next() < 0.5) {
      const lift = random.between(0.2, 0.5);
      gestures.push({
        startMs: startMs + t + random.between(-300, 400), durationMs: random.between(700, 1300), attack: 0.25,
        weights: { browInnerUp: lift, browOuterUpLeft: lift * 0.7, browOuterUpRight: lift * 0.7 },
      });
    }
  }
}

function planSpeech(gestures: Gesture[], random: SeededRandom, startMs: number): void {
  for (let t = random.between(200, 1400); t < CHAPTER_MS; t += random.between(500, 2100)) {
    const syllables = 4 + random.integer(11);
    for (let i = 0; i < syllables; i++) {
      const spacing = random.between(125, 215);
      const stress = random.next() < 0.3 ? 1.35 : random.between(0.7, 1);
      const shape = VISEMES[random.integer(VISEMES.length)]!;
      const weights = Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, value * stress]));
      gestures.push({ startMs: startMs + t, durationMs: spacing * 1.7, attack: 0.42, weights });
      if (stress > 1.3) {
        // A stressed syllable comes with a small nod and lifted brows.
        gestures.push({
          startMs: startMs + t - 60, durationMs: random.between(420, 700), attack: 0.3, turn: [random.between(-0.03, 0.03), random.between(0.03, 0.075), 0],
          weights: { browInnerUp: 0.22, browOuterUpLeft: 0.16, browOuterUpRight: 0.16 },
        });
      }
      t += spacing;
    }
  }
}
