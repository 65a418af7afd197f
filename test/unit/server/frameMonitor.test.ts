import { describe, expect, it } from 'vitest';
import { FrameMonitor } from '../../../server/sfu/frameMonitor.ts';
import { encodeMotionReport } from '../../../shared/motion/motionReport.ts';
import type { MotionReport } from '../../../shared/motion/motionReport.ts';
import { testFrame } from '../../support/testFrames.ts';

function monitored() {
  const seen = { frames: 0, rejected: 0, reports: [] as number[], abuse: [] as string[], links: [] as MotionReport[] };
  let nowMs = 0;
  const monitor = new FrameMonitor({
    framesPerSecond: 60,
    nowMs: () => nowMs,
    onFrame: () => { seen.frames++; },
    onReport: (report) => { seen.links.push(report); },
    onRejected: () => { seen.rejected++; },
    report: (_error, framesRejected) => { seen.reports.push(framesRejected); },
    onAbuse: (error) => { seen.abuse.push(error.code); },
  });
  return { seen, monitor, wait: (ms: number) => { nowMs += ms; } };
}

const GOOD = testFrame(1, 1);
const BAD = new Uint8Array(1);

describe('FrameMonitor', () => {
  it('BUNDLE10 reports rejected frames at most once a second, with how many since', () => {
    const { seen, monitor, wait } = monitored();
    for (let index = 0; index < 90; index++) {
      monitor.handleMessage(index % 2 === 0 ? BAD : GOOD, false);
      wait(33);
    }
    expect([seen.frames, seen.rejected]).toEqual([45, 45]);
    expect(seen.reports).toEqual([1, 16, 16]);
    expect(seen.abuse).toEqual([]);
  });

  it('BUNDLE10 lets go of a sender after 300 unreadable frames in a row, once', () => {
    const { seen, monitor, wait } = monitored();
    const send = (bytes: Uint8Array, count: number) => {
      for (let index = 0; index < count; index++) {
        monitor.handleMessage(bytes, false);
        wait(33);
      }
    };
    send(BAD, 299);
    send(GOOD, 1);
    send(BAD, 299);
    expect(seen.abuse).toEqual([]);
    send(BAD, 5);
    expect(seen.abuse).toEqual(['POSE_FRAME_INVALID']);
    expect(seen.rejected).toBe(299 + 299 + 1);
  });

  it('BUNDLE10 forgives what a stalled network delivers at once, not a flood', () => {
    const { seen, monitor, wait } = monitored();
    for (let second = 0; second < 30; second++) {
      for (let index = 0; index < 60; index++) monitor.handleMessage(GOOD, false);
      wait(1_000);
    }
    wait(10_000);
    for (let index = 0; index < 600; index++) monitor.handleMessage(GOOD, false);
    expect(seen.abuse).toEqual([]);
    monitor.handleMessage(GOOD, false);
    expect(seen.abuse).toEqual(['RATE_LIMITED']);
  });

  it('BUNDLE8 takes text for a report on the link, and rejects any other', () => {
    const { seen, monitor } = monitored();
    const text = (words: string) => monitor.handleMessage(Buffer.from(words), true);
    const report = { stream: 3, sequence: 65_535, ageMs: -4, heldMs: 12, lost: 0 };
    text(encodeMotionReport(report));
    expect(seen.links).toEqual([report]);
    for (const words of ['', 'hello', '1,2,3,4', '256,0,0,0,0', '1,2,3,4,5,6', '9'.repeat(10_000)]) text(words);
    expect([seen.links.length, seen.rejected, seen.frames]).toEqual([1, 6, 0]);
  });
});
