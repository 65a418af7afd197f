import { describe, expect, it } from 'vitest';
import {
  MOTION_BUNDLE_FRAME_MAX_BYTES, MOTION_BUNDLE_MAX_BYTES, MOTION_SLOT_MAX, MotionBundleWriter, readMotionBundle,
} from '../../../shared/motion/motionBundle.ts';
import { MOTION_FRAME_MAX_BYTES } from '../../../shared/motion/motionHeader.ts';
import { encodeMotionReport, readMotionReport } from '../../../shared/motion/motionReport.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

const HEADER = { stream: 7, sequence: 0x1234, tickTimestampMs: 0xdeadbeef };
const randomBytes = (random: SeededRandom, length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(256));

describe('motion bundles', () => {
  it('BUNDLE1 BUNDLE2 have these bytes', () => {
    const writer = new MotionBundleWriter();
    writer.begin(HEADER);
    writer.add(0, Uint8Array.of(0xa1, 0xa2));
    writer.add(2, Uint8Array.of(0xb1));
    writer.add(2, Uint8Array.of(0xb2));
    writer.add(5, Uint8Array.of(0xc1));
    writer.add(5 + 3 + 130, new Uint8Array(64).fill(0xdd));
    expect(Buffer.from(writer.finish()).toString('hex')).toBe([
      '01', '07', '3412', 'efbeadde', '41a1a2', '80b1', '00b2', 'c000c1', `ff820100${'dd'.repeat(64)}`,
    ].join(''));
  });

  it('BUNDLE1 BUNDLE2 come back as they were written, whatever slots and lengths', () => {
    const random = new SeededRandom(11);
    const writer = new MotionBundleWriter();
    for (let round = 0; round < 60; round++) {
      const header = { stream: random.integer(256), sequence: random.integer(65_536), tickTimestampMs: Math.floor(random.next() * 2 ** 32) };
      writer.begin(header);
      const written: { slot: number; frame: Uint8Array }[] = [];
      let slot = random.integer(40);
      while (slot <= MOTION_SLOT_MAX) {
        const frame = randomBytes(random, 1 + random.integer(round % 3 === 0 ? MOTION_BUNDLE_FRAME_MAX_BYTES : 90));
        if (!writer.add(slot, frame)) break;
        written.push({ slot, frame });
        slot += random.next() < 0.1 ? random.integer(500) : random.integer(4);
      }
      const bytes = writer.finish().slice();
      expect(bytes.length).toBeLessThanOrEqual(MOTION_BUNDLE_MAX_BYTES);
      expect(writer.entries).toBe(written.length);
      expect(readMotionBundle(bytes)).toEqual({ ...header, entries: written });
    }
  });

  it('BUNDLE3 hold any frame of chapter MOTION, and refuse what belongs in the next', () => {
    expect(MOTION_FRAME_MAX_BYTES).toBeLessThanOrEqual(MOTION_BUNDLE_FRAME_MAX_BYTES);
    const writer = new MotionBundleWriter();
    writer.begin(HEADER);
    const frame = new Uint8Array(MOTION_FRAME_MAX_BYTES);
    while (writer.add(writer.entries, frame));
    expect(writer.entries).toBe(Math.floor((MOTION_BUNDLE_MAX_BYTES - 8) / (MOTION_FRAME_MAX_BYTES + 2)));
    expect(readMotionBundle(writer.finish())?.entries).toHaveLength(writer.entries);
    expect(() => writer.add(0, frame)).toThrow(/expected a slot from/);
    expect(() => writer.add(900, new Uint8Array())).toThrow(/expected a frame of 1 to/);
    expect(() => writer.add(MOTION_SLOT_MAX + 1, frame)).toThrow(RangeError);
  });

  it('BUNDLE4 are read or refused, whatever the bytes', () => {
    const random = new SeededRandom(23);
    const writer = new MotionBundleWriter();
    let read = 0;
    for (let round = 0; round < 5_000; round++) {
      writer.begin(HEADER);
      for (let slot = 0; slot < 5; slot++) writer.add(slot, randomBytes(random, 1 + random.integer(12)));
      const bytes = random.next() < 0.3 ? randomBytes(random, random.integer(60)) : writer.finish().slice();
      for (let change = random.integer(4); change > 0; change--) bytes[random.integer(bytes.length || 1)] = random.integer(256);
      const bundle = readMotionBundle(bytes.subarray(0, bytes.length - random.integer(3)));
      if (bundle === undefined) continue;
      read++;
      let last = 0;
      for (const { slot, frame } of bundle.entries) {
        if (slot < last || slot > MOTION_SLOT_MAX || frame.length < 1) expect.fail(`slot ${slot} after ${last}, ${frame.length} bytes`);
        last = slot;
      }
    }
    expect(read).toBeGreaterThan(500);
  });

  it('BUNDLE4 refuse another version, a cut header, a cut entry and a first entry without a slot', () => {
    const good = [1, 0, 0, 0, 0, 0, 0, 0];
    expect(readMotionBundle(Uint8Array.from(good))).toEqual({ stream: 0, sequence: 0, tickTimestampMs: 0, entries: [] });
    for (const bad of [[], good.slice(0, 7), [2, ...good.slice(1)], [...good, 0x41, 9], [...good, 0x00, 9], [...good, 0xc0], [...good, 0xff, 0xff, 0xff, 0, 1]]) {
      expect(readMotionBundle(Uint8Array.from(bad))).toBeUndefined();
    }
  });

  it('BUNDLE8 reports come back as they were sent, rounded and within their ranges', () => {
    const report = { stream: 3, sequence: 65_535, ageMs: -4, heldMs: 12, lost: 2 };
    expect(encodeMotionReport(report)).toBe('3,65535,-4,12,2');
    expect(readMotionReport(encodeMotionReport(report))).toEqual(report);
    expect(encodeMotionReport({ stream: 3.4, sequence: 5, ageMs: 1e9, heldMs: -3, lost: Number.NaN })).toBe('3,5,32767,0,0');
    for (const text of ['', ' 1,2,3,4,5', '1,2,3,4', '256,2,3,4,5', '1,65536,3,4,5', '1,2,+3,4,5', '1,2,3,4,5.0']) expect(readMotionReport(text)).toBeUndefined();
  });
});
