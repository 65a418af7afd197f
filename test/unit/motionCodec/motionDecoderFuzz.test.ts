import { describe, expect, it } from 'vitest';
import { MotionDecoder } from '../../../shared/motion/motionDecoder.ts';
import { MotionEncoder } from '../../../shared/motion/motionEncoder.ts';
import { MOTION_FRAME_MAX_BYTES } from '../../../shared/motion/motionHeader.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { expectInRange } from './expectInRange.ts';
import { talkingFrame } from './performance.ts';

/** Runs a decoder over messages; a failure names the seed and the message. */
function decodeAll(seed: number, messages: Iterable<Uint8Array>): MotionDecoder {
  const decoder = new MotionDecoder();
  let at = 0;
  for (const bytes of messages) {
    try {
      const frame = decoder.decode(bytes, 5_000 + 33 * at);
      if (frame) expectInRange(frame);
    } catch (cause) {
      throw new Error(`seed ${seed}, message ${at}: ${Buffer.from(bytes).toString('hex')}`, { cause });
    }
    at++;
  }
  const { decoded, duplicates, unreferenced, malformed } = decoder.counters;
  expect(decoded + duplicates + unreferenced + malformed).toBe(at);
  return decoder;
}

describe('no bytes make the decoder throw or leave its ranges', () => {
  it('any bytes of any length', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed);
      decodeAll(seed, Array.from({ length: 200 }, () => Uint8Array.from({ length: random.integer(random.next() < 0.1 ? 400 : 40) }, () => random.integer(256))));
    }
  });

  it('real messages with flipped bits, cut or lengthened', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed);
      const encoder = new MotionEncoder();
      const messages: Uint8Array[] = [];
      for (let index = 0; index < 100; index++) {
        const bytes = encoder.encode({ ...talkingFrame(index, seed), captureTimestampMs: 5_000 + 33 * index });
        if (!bytes) continue;
        const kind = random.integer(4);
        if (kind === 0) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
        messages.push(kind === 1 ? bytes.slice(0, random.integer(bytes.length)) : kind === 2 ? Uint8Array.from([...bytes, random.integer(255) + 1]) : bytes);
      }
      decodeAll(seed, messages);
    }
  });

  it('far too long or empty', () => {
    const decoder = decodeAll(0, [new Uint8Array(0), new Uint8Array(1), new Uint8Array(MOTION_FRAME_MAX_BYTES + 1), new Uint8Array(100_000)]);
    expect(decoder.counters.malformed).toBe(4);
  });
});
