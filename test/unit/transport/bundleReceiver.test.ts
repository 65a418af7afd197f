import { describe, expect, test } from 'vitest';
import { BundleReceiver } from '../../../client/transport/bundleReceiver.ts';
import { MotionBundleWriter } from '../../../shared/motion/motionBundle.ts';
import { readMotionReport } from '../../../shared/motion/motionReport.ts';

const writer = new MotionBundleWriter();

/** A bundle of one frame. */
function bundle(sequence: number, tickTimestampMs: number, stream = 0): Uint8Array {
  writer.begin({ stream, sequence, tickTimestampMs });
  writer.add(3, Uint8Array.of(1, 2, 3));
  return writer.finish().slice();
}

/** A receiver that has got `count` bundles in time, 20 ms apart, 5 ms old, the last at 1000 + 20 · (count - 1) + 5 ms. */
function receiving(count: number): BundleReceiver {
  const receiver = new BundleReceiver();
  for (let i = 0; i < count; i++) {
    receiver.receive(bundle(i, 1000 + i * 20), 1005 + i * 20);
    receiver.report(1005 + i * 20);
  }
  return receiver;
}

describe('receiver of bundles', () => {
  test('reads bundles, counts the missing, and takes one back that was only late', () => {
    const receiver = new BundleReceiver();
    const now = 0xffff_fff0;
    expect(receiver.receive(bundle(65_534, now), now + 4)?.entries).toEqual([{ slot: 3, frame: Uint8Array.of(1, 2, 3) }]);
    for (const [sequence, afterMs] of [[65_535, 20], [2, 60], [1, 61], [2, 62]] as const) receiver.receive(bundle(sequence & 0xffff, (now + afterMs) >>> 0), now + afterMs + 4);
    expect(receiver.counters).toMatchObject({ received: 5, lost: 1, late: 2, unreadable: 0 });
    expect(receiver.ageMs).toBe(4);
  });

  test('a new stream counts anew', () => {
    const receiver = receiving(5);
    receiver.receive(bundle(40_000, 1100, 2), 1105);
    receiver.receive(bundle(40_001, 1120, 2), 1125);
    expect(receiver.counters.lost).toBe(0);
  });

  test('what is not a bundle is dropped and counted', () => {
    const receiver = new BundleReceiver();
    for (const bytes of [new Uint8Array(0), Uint8Array.of(9, 9, 9), new Uint8Array(2000).fill(255)]) expect(receiver.receive(bytes, 1000)).toBeUndefined();
    expect(receiver.counters).toMatchObject({ received: 0, unreadable: 3 });
    expect(receiver.report(2000)).toBeUndefined();
  });

  test('reports once a second while all is well', () => {
    const receiver = new BundleReceiver();
    const reports: string[] = [];
    for (let i = 0; i < 200; i++) {
      receiver.receive(bundle(i, 1000 + i * 20), 1005 + i * 20 + (i % 3) * 5);
      const report = receiver.report(1018 + i * 20);
      if (report !== undefined) reports.push(report);
    }
    expect(reports.length).toBe(4);
    expect(readMotionReport(reports.at(-1)!)).toMatchObject({ stream: 0, lost: 0 });
  });

  test('tells at once, then ten times a second, that bundles come late, and when they are in time again', () => {
    const receiver = receiving(60);
    const startMs = 1000 + 60 * 20;
    let reports = 0;
    for (let i = 0; i < 50; i++) {
      receiver.receive(bundle(60 + i, startMs + i * 20), startMs + i * 20 + 80);
      const report = receiver.report(startMs + i * 20 + 81);
      if (i === 0) expect(readMotionReport(report!)).toMatchObject({ sequence: 60, ageMs: 80 });
      if (report !== undefined) reports++;
    }
    expect(reports).toBeGreaterThanOrEqual(9);
    expect(reports).toBeLessThanOrEqual(12);
    receiver.receive(bundle(110, startMs + 1080), startMs + 1085);
    expect(readMotionReport(receiver.report(startMs + 1086)!)).toMatchObject({ sequence: 110, ageMs: 5 });
  });

  test('a gap is told at once', () => {
    const receiver = receiving(60);
    receiver.receive(bundle(64, 1000 + 64 * 20), 1005 + 64 * 20);
    expect(readMotionReport(receiver.report(1006 + 64 * 20)!)).toMatchObject({ sequence: 64, lost: 4 });
  });

  test('a stall is told while it may be one, and a long silence is not', () => {
    const receiver = receiving(60);
    const lastMs = 1005 + 59 * 20;
    expect(receiver.report(lastMs + 30)).toBeUndefined();
    expect(readMotionReport(receiver.report(lastMs + 150)!)).toMatchObject({ heldMs: 150 });
    let reports = 0;
    for (let ms = 1600; ms < 5000; ms += 100) if (receiver.report(lastMs + ms) !== undefined) reports++;
    expect(reports).toBeLessThanOrEqual(5);
  });
});
