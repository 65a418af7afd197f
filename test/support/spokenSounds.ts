import { SeededRandom } from '../../shared/math/seededRandom.ts';

/**
 * A small formant synthesiser (after Klatt 1980): a glottal pulse train or noise through second-order resonators. For
 * tests of what listens to voices; no recording of anybody is needed.
 */
export interface SpokenSound {
  readonly seconds: number;
  /** 0: noise alone. */
  readonly pitchHz: number;
  /** Resonances, Hz, lowest first. */
  readonly formantsHz: readonly number[];
  /** Root mean square of the sound, dB below full scale. */
  readonly levelDb: number;
}

export interface SpokenVowel {
  readonly name: string;
  readonly formantsHz: readonly [number, number, number];
}

/** Averages of men's voices (Peterson and Barney 1952). */
export const MENS_VOWELS: readonly SpokenVowel[] = [
  { name: 'i', formantsHz: [270, 2_290, 3_010] }, { name: 'ɛ', formantsHz: [530, 1_840, 2_480] },
  { name: 'a', formantsHz: [730, 1_090, 2_440] }, { name: 'ɔ', formantsHz: [570, 840, 2_410] }, { name: 'u', formantsHz: [300, 870, 2_240] },
];
/** Averages of women's voices (Peterson and Barney 1952). */
export const WOMENS_VOWELS: readonly SpokenVowel[] = [
  { name: 'i', formantsHz: [310, 2_790, 3_310] }, { name: 'ɛ', formantsHz: [610, 2_330, 2_990] },
  { name: 'a', formantsHz: [850, 1_220, 2_810] }, { name: 'ɔ', formantsHz: [590, 920, 2_710] }, { name: 'u', formantsHz: [370, 950, 2_670] },
];
const BANDWIDTHS_HZ = [70, 100, 140, 200];
const FADE_SECONDS = 0.015;

/** The samples of one sound after another, in [-1, 1]. A sound at -120 dB or below is silence. */
export function speak(sounds: readonly SpokenSound[], sampleRateHz: number, seed = 1): Float32Array {
  const random = new SeededRandom(seed);
  const samples = new Float32Array(sounds.reduce((sum, { seconds }) => sum + Math.round(seconds * sampleRateHz), 0));
  let at = 0;
  for (const sound of sounds) {
    const count = Math.round(sound.seconds * sampleRateHz);
    if (sound.levelDb > -120) samples.set(one(sound, count, sampleRateHz, random), at);
    at += count;
  }
  return samples;
}

export function silence(seconds: number): SpokenSound {
  return { seconds, pitchHz: 0, formantsHz: [], levelDb: -200 };
}

function one({ pitchHz, formantsHz, levelDb }: SpokenSound, count: number, sampleRateHz: number, random: SeededRandom): Float32Array {
  let signal = new Float32Array(count);
  let phase = 0;
  for (let i = 0; i < count; i++) {
    if (pitchHz === 0) {
      signal[i] = random.between(-1, 1);
      continue;
    }
    // A little vibrato and jitter, as in anybody's voice; the pulse is band-limited by the glottal filter below.
    phase += (pitchHz * (1 + 0.01 * Math.sin((2 * Math.PI * 5 * i) / sampleRateHz))) / sampleRateHz;
    if (phase >= 1) {
      phase -= 1;
      signal[i] = 1 + random.between(-0.03, 0.03);
    }
    signal[i]! += random.between(-0.002, 0.002);
  }
  // The glottis falls off by 12 dB an octave, the lips give 6 back.
  if (pitchHz > 0) {
    let y = 0;
    const pole = Math.exp((-2 * Math.PI * 120) / sampleRateHz);
    signal = signal.map((x) => (y = x + pole * y));
  }
  for (const [index, frequencyHz] of formantsHz.entries()) signal = resonate(signal, frequencyHz, BANDWIDTHS_HZ[index] ?? 300, sampleRateHz);
  let energy = 1e-12;
  for (const sample of signal) energy += sample * sample;
  const gain = 10 ** (levelDb / 20) / Math.sqrt(energy / count);
  const fade = Math.max(1, Math.round(FADE_SECONDS * sampleRateHz));
  return signal.map((sample, i) => sample * gain * Math.min(1, i / fade, (count - 1 - i) / fade));
}

function resonate(signal: Float32Array, frequencyHz: number, bandwidthHz: number, sampleRateHz: number): Float32Array<ArrayBuffer> {
  const radius = Math.exp((-Math.PI * bandwidthHz) / sampleRateHz);
  const b = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  const c = -radius * radius;
  const out = new Float32Array(signal.length);
  let [y1, y2] = [0, 0];
  for (let i = 0; i < signal.length; i++) {
    const y = (1 - b - c) * signal[i]! + b * y1 + c * y2;
    out[i] = y;
    y2 = y1;
    y1 = y;
  }
  return out;
}
