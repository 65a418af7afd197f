import { BREATHY, CLOSED, HUSHING, MOUTH_CHANNELS, SIBILANT, VOWELS } from './mouthShapes.ts';
import type { MouthShape } from './mouthShapes.ts';
import type { SpeechFeatures } from './speechAnalyser.ts';

/** The mouth that goes with one moment of a voice. */
export interface Viseme {
  /** Amounts in [0, 1], in the order of `MOUTH_CHANNELS`. */
  readonly mouth: Float32Array;
  /** How sure it is that this is speech, [0, 1]. */
  readonly speech: number;
  /** Loudness between this room's quiet (0) and this voice's loud (1). */
  readonly loudness: number;
}

/** Width of a vowel's territory, in natural logarithms of frequency. */
const VOWEL_SIGMA = 0.2;
/** The level that counts as silence follows the quietest moments: down at once, up this fast. */
const FLOOR_RISE_DB_PER_SECOND = 4;
const LOWEST_FLOOR_DB = -68;
/** The level that counts as loud follows the loudest moments: up fast, down slowly. */
const PEAK_RISE = 0.3;
const PEAK_FALL_DB_PER_SECOND = 2.5;
const SMALLEST_SPAN_DB = 24;
/** Above the floor: where speech may begin, and where it is certain. */
const SPEECH_BEGINS_DB = 7;
const SPEECH_CERTAIN_DB = 16;
/** Pitch that the table of vowels is for, Hz; higher voices come from shorter tracts with higher formants. */
const TABLE_PITCH_HZ = 165;
const TRACT_EXPONENT = 0.2;
const TRACT_SECONDS = 1.5;
const HOP_SECONDS = 0.01;

/**
 * Estimates the shape of a mouth from its voice: vowels by their two lowest formants, corrected for the length of the
 * speaker's vocal tract as the pitch betrays it; hisses by their colour; closed lips by a hum. Small and causal: it
 * adds no delay of its own, and what it cannot know it leaves near the middle.
 */
export class VisemeEstimator {
  #floorDb = -50;
  #peakDb = -26;
  /** Formants of this speaker over those of the table. */
  #tract = 1;
  #started = false;

  /** Takes the features of one hop (10 ms). */
  estimate(features: SpeechFeatures): Viseme {
    this.#followLevels(features.levelDb);
    const above = features.levelDb - this.#floorDb;
    const speech = smoothStep((above - SPEECH_BEGINS_DB) / (SPEECH_CERTAIN_DB - SPEECH_BEGINS_DB));
    const span = Math.max(SMALLEST_SPAN_DB, this.#peakDb - this.#floorDb);
    const loudness = Math.min(1, Math.max(0, 1 - (this.#peakDb - features.levelDb) / span));
    const mouth = new Float32Array(MOUTH_CHANNELS.length);
    if (speech > 0) this.#shape(mouth, features, speech, loudness);
    return { mouth, speech, loudness };
  }

  #shape(mouth: Float32Array, features: SpeechFeatures, speech: number, loudness: number): void {
    const { voicing, highShare, lowShare, crossingHz, levelDb } = features;
    // A hiss crosses zero often and has nothing below; a voice always has its pitch there.
    const hiss = Math.max(smoothStep((highShare - 0.25) / 0.35), smoothStep((crossingHz - 1_700) / 700))
      * (1 - smoothStep((lowShare - 0.1) / 0.25));
    const voiced = smoothStep((voicing - 0.3) / 0.3) * (1 - hiss);
    if (voiced > 0.5) this.#followTract(features.pitchHz);
    // A hum: nearly all energy in the lowest band, below a vowel's level.
    const belowPeakDb = this.#peakDb - levelDb;
    const allLow = features.formant2Hz === undefined ? (lowShare - 0.94) / 0.03 : (lowShare - 0.975) / 0.02;
    const hum = voiced * smoothStep(allLow) * smoothStep((belowPeakDb - 3) / 5);
    const vowel = (voiced + 0.45 * (1 - voiced) * (1 - hiss)) * (1 - hum);
    // The louder the wider, but a quiet vowel is a vowel.
    this.#addVowel(mouth, features, vowel * speech * (0.45 + 0.65 * loudness));
    if (hiss > 0) {
      const weak = smoothStep((belowPeakDb - 16) / 10);
      const hushing = smoothStep((4_600 - crossingHz) / 1_400) * (1 - weak);
      add(mouth, SIBILANT, hiss * speech * (1 - weak) * (1 - hushing));
      add(mouth, HUSHING, hiss * speech * hushing);
      add(mouth, BREATHY, hiss * speech * weak);
    }
    add(mouth, CLOSED, hum * speech);
    for (let i = 0; i < mouth.length; i++) mouth[i] = Math.min(1, Math.max(0, mouth[i]!));
  }

  #addVowel(mouth: Float32Array, { formant1Hz, formant2Hz }: SpeechFeatures, amount: number): void {
    if (amount <= 0) return;
    if (formant1Hz === undefined) {
      add(mouth, VOWELS.at(-1)!.shape, amount);
      return;
    }
    const x = Math.log(formant1Hz / this.#tract);
    const y = formant2Hz === undefined ? undefined : Math.log(formant2Hz / this.#tract);
    let sum = 0;
    const shares = VOWELS.map((vowel) => {
      const dx = (x - Math.log(vowel.formant1Hz)) / VOWEL_SIGMA;
      const dy = y === undefined ? 1 : (y - Math.log(vowel.formant2Hz)) / VOWEL_SIGMA;
      const share = Math.exp(-(dx * dx + dy * dy) / 2) + 1e-6;
      sum += share;
      return share;
    });
    for (const [index, vowel] of VOWELS.entries()) add(mouth, vowel.shape, (amount * shares[index]!) / sum);
  }

  #followLevels(levelDb: number): void {
    const level = Math.max(LOWEST_FLOOR_DB, levelDb);
    if (!this.#started) {
      this.#started = true;
      this.#floorDb = Math.min(this.#floorDb, level);
    }
    this.#floorDb = Math.min(level, this.#floorDb + FLOOR_RISE_DB_PER_SECOND * HOP_SECONDS);
    // What speaks on and on must not come to count as silence.
    this.#floorDb = Math.min(this.#floorDb, this.#peakDb - SMALLEST_SPAN_DB);
    if (level > this.#peakDb) this.#peakDb += (level - this.#peakDb) * PEAK_RISE;
    else if (level > this.#floorDb + SPEECH_CERTAIN_DB) this.#peakDb -= PEAK_FALL_DB_PER_SECOND * HOP_SECONDS;
    this.#peakDb = Math.max(this.#peakDb, this.#floorDb + SMALLEST_SPAN_DB, -44);
  }

  #followTract(pitchHz: number): void {
    if (pitchHz <= 0) return;
    const tract = Math.min(1.2, Math.max(0.86, (pitchHz / TABLE_PITCH_HZ) ** TRACT_EXPONENT));
    this.#tract += (tract - this.#tract) * (HOP_SECONDS / TRACT_SECONDS);
  }
}

function add(mouth: Float32Array, shape: MouthShape, amount: number): void {
  if (amount <= 0) return;
  for (let i = 0; i < MOUTH_CHANNELS.length; i++) mouth[i]! += (shape[MOUTH_CHANNELS[i]!] ?? 0) * amount;
}

function smoothStep(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
