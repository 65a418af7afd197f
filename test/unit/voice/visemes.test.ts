import { describe, expect, it } from 'vitest';
import { MOUTH_CHANNELS } from '../../../client/voice/mouthShapes.ts';
import type { MouthChannel } from '../../../client/voice/mouthShapes.ts';
import { SpeechAnalyser } from '../../../client/voice/speechAnalyser.ts';
import type { SpeechFeatures } from '../../../client/voice/speechAnalyser.ts';
import { VisemeEstimator } from '../../../client/voice/visemeEstimator.ts';
import type { Viseme } from '../../../client/voice/visemeEstimator.ts';
import { MENS_VOWELS, WOMENS_VOWELS, silence, speak } from '../../support/spokenSounds.ts';
import type { SpokenSound } from '../../support/spokenSounds.ts';

type Moment = SpeechFeatures & Viseme;

/** Everything the product makes of these sounds, hop by hop. */
function listen(sounds: readonly SpokenSound[], sampleRateHz = 48_000): Moment[] {
  const analyser = new SpeechAnalyser(sampleRateHz);
  const estimator = new VisemeEstimator();
  return analyser.push(speak(sounds, sampleRateHz)).map((features) => ({ ...features, ...estimator.estimate(features) }));
}

/** Median of a figure over the steady part of one sound. */
function during(moments: readonly Moment[], sounds: readonly SpokenSound[], index: number, read: (moment: Moment) => number, sampleRateHz = 48_000): number {
  const startSeconds = sounds.slice(0, index).reduce((sum, { seconds }) => sum + seconds, 0);
  const { seconds } = sounds[index]!;
  const steady = moments.filter(({ samplePosition }) => samplePosition / sampleRateHz > startSeconds + seconds * 0.5 && samplePosition / sampleRateHz < startSeconds + seconds * 0.9);
  return steady.map(read).sort((a, b) => a - b)[Math.floor(steady.length / 2)]!;
}

const amountOf = (channel: MouthChannel) => ({ mouth }: Viseme): number => mouth[MOUTH_CHANNELS.indexOf(channel)]!;
const quiet = silence(0.5);

describe.each([
  { who: 'a man at 48 kHz', vowels: MENS_VOWELS, pitchHz: 120, sampleRateHz: 48_000 },
  { who: 'a woman at 48 kHz', vowels: WOMENS_VOWELS, pitchHz: 215, sampleRateHz: 48_000 },
  { who: 'a man at 44.1 kHz', vowels: MENS_VOWELS, pitchHz: 120, sampleRateHz: 44_100 },
  { who: 'a woman at 16 kHz', vowels: WOMENS_VOWELS, pitchHz: 215, sampleRateHz: 16_000 },
])('vowels of $who', ({ vowels, pitchHz, sampleRateHz }) => {
  const sounds = [quiet, ...vowels.flatMap(({ formantsHz }) => [{ seconds: 0.4, pitchHz, formantsHz: [...formantsHz, 3_500], levelDb: -24 }, silence(0.1)])];
  const moments = listen(sounds, sampleRateHz);
  const of = (name: string, read: (moment: Moment) => number): number =>
    during(moments, sounds, 1 + 2 * vowels.findIndex((vowel) => vowel.name === name), read, sampleRateHz);

  it('are found by their formants and pitch', () => {
    for (const { name, formantsHz } of vowels) {
      expect(Math.abs(of(name, (moment) => moment.formant1Hz ?? 0) - formantsHz[0])).toBeLessThan(60);
      expect(Math.abs(of(name, (moment) => moment.formant2Hz ?? 0) - formantsHz[1])).toBeLessThan(0.06 * formantsHz[1]);
      expect(of(name, (moment) => moment.pitchHz) / pitchHz).toBeCloseTo(1, 1);
      expect(of(name, (moment) => moment.voicing)).toBeGreaterThan(0.9);
    }
  });

  it('open the jaw as people do: most for a, least for i and u', () => {
    const jaw = (name: string): number => of(name, amountOf('jawOpen'));
    expect(jaw('a')).toBeGreaterThan(0.45);
    expect(jaw('a')).toBeGreaterThan(jaw('ɛ') * 1.3);
    expect(jaw('ɛ')).toBeGreaterThan(jaw('i') * 1.8);
    expect(jaw('a')).toBeGreaterThan(jaw('u') * 2);
  });

  it('round the lips for u and ɔ, and spread them for i', () => {
    const round = (name: string): number => of(name, amountOf('mouthPucker')) + of(name, amountOf('mouthFunnel'));
    for (const rounded of ['u', 'ɔ']) for (const spread of ['i', 'ɛ']) expect(round(rounded)).toBeGreaterThan(round(spread) + 0.35);
    expect(of('u', amountOf('mouthPucker'))).toBeGreaterThan(of('ɔ', amountOf('mouthPucker')));
    expect(of('i', amountOf('mouthStretch'))).toBeGreaterThan(0.25);
    expect(of('u', amountOf('mouthStretch'))).toBeLessThan(0.05);
  });
});

describe('consonants', () => {
  const vowel: SpokenSound = { seconds: 0.5, pitchHz: 130, formantsHz: [730, 1_090, 2_440, 3_500], levelDb: -22 };
  const sounds = [
    quiet, vowel,
    { seconds: 0.3, pitchHz: 0, formantsHz: [6_500], levelDb: -32 },
    { seconds: 0.3, pitchHz: 0, formantsHz: [2_800], levelDb: -32 },
    vowel,
    { seconds: 0.3, pitchHz: 130, formantsHz: [250], levelDb: -34 },
  ];
  const moments = listen(sounds);

  it('s keeps the jaw nearly shut and shows the teeth', () => {
    expect(during(moments, sounds, 2, amountOf('jawOpen'))).toBeLessThan(0.12);
    expect(during(moments, sounds, 2, amountOf('mouthLowerDown'))).toBeGreaterThan(0.1);
  });

  it('sh funnels the lips', () => {
    expect(during(moments, sounds, 3, amountOf('mouthFunnel'))).toBeGreaterThan(0.3);
  });

  it('m closes them', () => {
    expect(during(moments, sounds, 5, amountOf('mouthPress'))).toBeGreaterThan(0.2);
    expect(during(moments, sounds, 5, amountOf('jawOpen'))).toBeLessThan(0.06);
  });
});

describe('what is not speech', () => {
  it('leaves the mouth alone: silence, the hum of a room, and bytes of any value', () => {
    for (const moment of listen([silence(1)])) expect(Math.max(...moment.mouth)).toBe(0);
    const hum = listen([{ seconds: 6, pitchHz: 0, formantsHz: [300], levelDb: -58 }]);
    for (const moment of hum.slice(200)) expect(Math.max(...moment.mouth)).toBeLessThan(0.1);
    const analyser = new SpeechAnalyser(48_000);
    const estimator = new VisemeEstimator();
    for (const samples of [new Float32Array(4_800).fill(1), Float32Array.from({ length: 4_800 }, (_, i) => (i % 2 === 0 ? 1 : -1)), new Float32Array(4_800)]) {
      for (const features of analyser.push(samples)) {
        for (const amount of estimator.estimate(features).mouth) {
          expect(amount).toBeGreaterThanOrEqual(0);
          expect(amount).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('does not matter how the samples are cut', () => {
    const samples = speak([quiet, { seconds: 0.4, pitchHz: 120, formantsHz: [730, 1_090, 2_440], levelDb: -24 }], 48_000);
    const whole = new SpeechAnalyser(48_000).push(samples);
    const pieces = new SpeechAnalyser(48_000);
    const cut: SpeechFeatures[] = [];
    for (let at = 0; at < samples.length; at += 128) cut.push(...pieces.push(samples.subarray(at, at + 128)));
    expect(cut).toEqual(whole);
  });
});
