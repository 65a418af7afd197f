import { writeFileSync } from 'node:fs';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { MENS_VOWELS, silence, speak } from '../../support/spokenSounds.ts';
import type { SpokenSound } from '../../support/spokenSounds.ts';

const SAMPLE_RATE_HZ = 48_000;
const SECONDS = 40;

/** Writes a WAV file of syllables in uneven rhythm, for `--use-file-for-fake-audio-capture`. */
export function writeFakeVoice(file: string): string {
  const random = new SeededRandom(11);
  const sounds: SpokenSound[] = [];
  for (let t = 0; t < SECONDS;) {
    const { formantsHz } = MENS_VOWELS[random.integer(MENS_VOWELS.length)]!;
    const syllable = { seconds: random.between(0.12, 0.4), pitchHz: random.between(105, 140), formantsHz: [...formantsHz, 3_500], levelDb: random.between(-20, -14) };
    const rest = silence(random.between(0.1, random.next() < 0.25 ? 0.9 : 0.3));
    sounds.push(syllable, rest);
    t += syllable.seconds + rest.seconds;
  }
  writeFileSync(file, wav(speak(sounds, SAMPLE_RATE_HZ)));
  return file;
}

function wav(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  bytes.writeUInt32LE(2 * SAMPLE_RATE_HZ, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (const [index, sample] of samples.entries()) bytes.writeInt16LE(Math.round(Math.min(1, Math.max(-1, sample)) * 32_767), 44 + 2 * index);
  return bytes;
}
