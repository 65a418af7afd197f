import { formantsOf, predictionFilter } from './linearPrediction.ts';

/** What a voice does at one moment. */
export interface SpeechFeatures {
  /** Samples since the beginning at the middle of the frame. */
  readonly samplePosition: number;
  /** Of the whole band, dB below full scale. */
  readonly levelDb: number;
  /** 0 (noise) to 1 (a clear tone). */
  readonly voicing: number;
  /** Pitch, Hz; meaningful with voicing above about a half. */
  readonly pitchHz: number;
  /** The two lowest resonances, Hz; undefined where none were found. */
  readonly formant1Hz: number | undefined;
  readonly formant2Hz: number | undefined;
  /** Share of the energy above 3.5 kHz, in [0, 1]. */
  readonly highShare: number;
  /** Share of the (analysed) energy below 700 Hz, in [0, 1]. */
  readonly lowShare: number;
  /** Where most zero crossings lie, Hz: the colour of a noise. */
  readonly crossingHz: number;
}

const FRAME_SECONDS = 0.03;
const HOP_SECONDS = 0.01;
/** Rate that formants are looked for at, about; the voice's first three lie below 4 kHz. */
const ANALYSIS_HZ = 11_000;
const DECIMATION_TAPS_A_STEP = 12;
const PRE_EMPHASIS = 0.94;
const HIGH_PASS_HZ = 3_500;
const LOW_BAND_HZ = 700;
const LOWEST_PITCH_HZ = 70;
const HIGHEST_PITCH_HZ = 400;
/** Below this nothing is looked for. */
const SILENCE_DB = -80;

/**
 * Turns a stream of samples into features a hundred times a second: level, pitch, the two formants that tell vowels
 * apart, and how the energy is spread. Pure; runs in an audio worklet and in tests.
 */
export class SpeechAnalyser {
  readonly sampleRateHz: number;
  readonly #factor: number;
  readonly #analysisHz: number;
  readonly #order: number;
  readonly #frameLength: number;
  readonly #hop: number;
  /** The newest samples, oldest first. */
  readonly #recent: Float32Array;
  readonly #high: Float32Array;
  readonly #decimated: Float32Array;
  readonly #windowed: Float32Array;
  readonly #energy: Float64Array;
  readonly #taps: Float32Array;
  readonly #highPass: Biquad;
  readonly #lowPass: Biquad;
  #position = 0;
  #untilHop: number;

  constructor(sampleRateHz: number) {
    this.sampleRateHz = sampleRateHz;
    this.#factor = Math.max(1, Math.floor(sampleRateHz / ANALYSIS_HZ));
    this.#analysisHz = sampleRateHz / this.#factor;
    this.#order = 2 + Math.round(this.#analysisHz / 1000);
    this.#hop = Math.round(HOP_SECONDS * sampleRateHz);
    this.#decimated = new Float32Array(Math.round(FRAME_SECONDS * this.#analysisHz));
    this.#windowed = new Float32Array(this.#decimated.length);
    this.#energy = new Float64Array(this.#decimated.length + 1);
    this.#frameLength = this.#decimated.length * this.#factor;
    this.#taps = lowPassTaps(this.#factor);
    this.#recent = new Float32Array(this.#frameLength + this.#taps.length);
    this.#high = new Float32Array(this.#frameLength);
    this.#highPass = Biquad.highPass(HIGH_PASS_HZ, sampleRateHz);
    this.#lowPass = Biquad.lowPass(LOW_BAND_HZ, this.#analysisHz);
    this.#untilHop = this.#frameLength;
  }

  /** Takes samples in [-1, 1], any number; gives the features of each hop that they complete. */
  push(samples: Float32Array): SpeechFeatures[] {
    const features: SpeechFeatures[] = [];
    let at = 0;
    while (at < samples.length) {
      const count = Math.min(this.#untilHop, samples.length - at);
      this.#append(samples.subarray(at, at + count));
      at += count;
      this.#untilHop -= count;
      if (this.#untilHop === 0) {
        features.push(this.#analyse());
        this.#untilHop = this.#hop;
      }
    }
    return features;
  }

  #append(samples: Float32Array): void {
    const newest = samples.length > this.#recent.length ? samples.subarray(samples.length - this.#recent.length) : samples;
    this.#recent.copyWithin(0, newest.length);
    this.#recent.set(newest, this.#recent.length - newest.length);
    this.#position += samples.length;
    const high = this.#high;
    const kept = samples.length > high.length ? samples.subarray(samples.length - high.length) : samples;
    high.copyWithin(0, kept.length);
    for (let i = 0; i < kept.length; i++) high[high.length - kept.length + i] = this.#highPass.step(kept[i]!);
  }

  #analyse(): SpeechFeatures {
    const frame = this.#recent.subarray(this.#recent.length - this.#frameLength);
    const energy = meanSquare(frame);
    const levelDb = energy > 1e-12 ? 10 * Math.log10(energy) : -120;
    const silent = {
      samplePosition: this.#position - this.#frameLength / 2, levelDb, voicing: 0, pitchHz: 0,
      formant1Hz: undefined, formant2Hz: undefined, highShare: 0, lowShare: 0, crossingHz: 0,
    };
    if (levelDb < SILENCE_DB) return silent;
    this.#decimate();
    const { voicing, pitchHz } = this.#pitch();
    const [formant1Hz, formant2Hz] = this.#formants();
    return {
      ...silent, voicing, pitchHz, formant1Hz, formant2Hz,
      highShare: Math.min(1, meanSquare(this.#high) / energy),
      lowShare: this.#lowShare(),
      crossingHz: (crossings(frame) / (2 * frame.length)) * this.sampleRateHz,
    };
  }

  #decimate(): void {
    const { length } = this.#taps;
    const first = this.#recent.length - this.#frameLength - length + 1;
    for (let i = 0; i < this.#decimated.length; i++) {
      let sum = 0;
      const start = first + i * this.#factor;
      for (let tap = 0; tap < length; tap++) sum += this.#taps[tap]! * this.#recent[start + tap + this.#factor - 1]!;
      this.#decimated[i] = sum;
    }
  }

  /** The highest peak of the normalised autocorrelation. */
  #pitch(): { voicing: number; pitchHz: number } {
    const x = this.#decimated;
    const shortest = Math.floor(this.#analysisHz / HIGHEST_PITCH_HZ);
    const longest = Math.min(x.length - 40, Math.ceil(this.#analysisHz / LOWEST_PITCH_HZ));
    // Energy of every beginning, so that each lag costs one product a sample.
    const energy = this.#energy;
    energy[0] = 1e-12;
    for (let i = 0; i < x.length; i++) energy[i + 1] = energy[i]! + x[i]! * x[i]!;
    let best = 0;
    let bestLag = 0;
    let last = 0;
    let rising = false;
    for (let lag = shortest; lag <= longest; lag++) {
      let cross = 0;
      for (let i = lag; i < x.length; i++) cross += x[i]! * x[i - lag]!;
      const value = cross / Math.sqrt((energy[x.length]! - energy[lag]! + 1e-12) * energy[x.length - lag]!);
      // A later peak has to be clearly higher: it may be a multiple of the period.
      if (rising && value < last && last > best + 0.05) {
        best = last;
        bestLag = lag - 1;
      }
      rising = value > last;
      last = value;
    }
    return { voicing: Math.max(0, best), pitchHz: bestLag > 0 ? this.#analysisHz / bestLag : 0 };
  }

  #formants(): [number | undefined, number | undefined] {
    const x = this.#decimated;
    const windowed = this.#windowed;
    for (let i = 0; i < x.length; i++) {
      const emphasised = x[i]! - PRE_EMPHASIS * (i > 0 ? x[i - 1]! : x[0]!);
      windowed[i] = emphasised * (0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (x.length - 1)));
    }
    const filter = predictionFilter(windowed, this.#order);
    if (!filter) return [undefined, undefined];
    const found = formantsOf(filter, this.#analysisHz).filter(({ frequencyHz }) => frequencyHz > 180 && frequencyHz < 3_600);
    const first = found.find(({ frequencyHz }) => frequencyHz < 1_150);
    const second = found.find(({ frequencyHz }) => first !== undefined && frequencyHz > first.frequencyHz + 120 && frequencyHz > 500);
    return [first?.frequencyHz, second?.frequencyHz];
  }

  #lowShare(): number {
    this.#lowPass.reset();
    let low = 0;
    let all = 1e-12;
    for (const value of this.#decimated) {
      low += this.#lowPass.step(value) ** 2;
      all += value * value;
    }
    return Math.min(1, low / all);
  }
}

/** Second-order Butterworth section (RBJ's cookbook, Q = 1/√2). */
class Biquad {
  readonly #b: readonly [number, number, number];
  readonly #a: readonly [number, number];
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  private constructor(b: readonly [number, number, number], a: readonly [number, number]) {
    this.#b = b;
    this.#a = a;
  }

  static highPass(frequencyHz: number, sampleRateHz: number): Biquad {
    return Biquad.#make(frequencyHz, sampleRateHz, (cosine) => [(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2]);
  }

  static lowPass(frequencyHz: number, sampleRateHz: number): Biquad {
    return Biquad.#make(frequencyHz, sampleRateHz, (cosine) => [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2]);
  }

  static #make(frequencyHz: number, sampleRateHz: number, numerator: (cosine: number) => [number, number, number]): Biquad {
    const omega = (2 * Math.PI * Math.min(frequencyHz, sampleRateHz * 0.45)) / sampleRateHz;
    const alpha = Math.sin(omega) / Math.SQRT2;
    const [b0, b1, b2] = numerator(Math.cos(omega));
    const a0 = 1 + alpha;
    return new Biquad([b0 / a0, b1 / a0, b2 / a0], [(-2 * Math.cos(omega)) / a0, (1 - alpha) / a0]);
  }

  step(x: number): number {
    const y = this.#b[0] * x + this.#b[1] * this.#x1 + this.#b[2] * this.#x2 - this.#a[0] * this.#y1 - this.#a[1] * this.#y2;
    this.#x2 = this.#x1;
    this.#x1 = x;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }

  reset(): void {
    this.#x1 = this.#x2 = this.#y1 = this.#y2 = 0;
  }
}

/** Windowed sinc that leaves what a rate lower by `factor` can hold; a single 1 for a factor of 1. */
function lowPassTaps(factor: number): Float32Array {
  if (factor === 1) return Float32Array.of(1);
  const length = DECIMATION_TAPS_A_STEP * factor + 1;
  const taps = new Float32Array(length);
  const middle = (length - 1) / 2;
  const cutoff = 0.45 / factor;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const t = i - middle;
    const sinc = t === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * t) / (Math.PI * t);
    taps[i] = sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (length - 1)));
    sum += taps[i]!;
  }
  return taps.map((tap) => tap / sum);
}

function meanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

function crossings(samples: Float32Array): number {
  let count = 0;
  for (let i = 1; i < samples.length; i++) if (samples[i]! >= 0 !== samples[i - 1]! >= 0) count++;
  return count;
}
