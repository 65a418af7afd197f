import { describe, expect, it } from 'vitest';
import { FrameMonitor } from '../../../server/sfu/frameMonitor.ts';
import { encodePoseFrame } from '../../../shared/protocol/poseFrame.ts';
import { restingFrame } from '../../support/poseFrames.ts';

function monitored() {
  const seen = { frames: 0, rejected: 0, reports: [] as number[], abuse: [] as string[] };
  let nowMs = 0;
  const monitor = new FrameMonitor({
    framesPerSecond: 60,
    nowMs: () => nowMs,
    onFrame: () => { seen.frames++; },
    onRejected: () => { seen.rejected++; },
    report: (_error, framesRejected) => { seen.reports.push(framesRejected); },
    onAbuse: (error) => { seen.abuse.push(error.code); },
  });
  return { seen, monitor, wait: (ms: number) => { nowMs += ms; } };
}

const GOOD = encodePoseFrame(restingFrame());
const BAD = new Uint8Array(3);

describe('FrameMonitor', () => {
  it('POSE6 reports rejected frames at most once a second, with how many since', () => {
    const { seen, monitor, wait } = monitored();
    for (let index = 0; index < 90; index++) {
      monitor.handleMessage(index % 2 === 0 ? BAD : GOOD);
      wait(33);
    }
    expect([seen.frames, seen.rejected]).toEqual([45, 45]);
    expect(seen.reports).toEqual([1, 16, 16]);
    expect(seen.abuse).toEqual([]);
  });

  it('POSE6 lets go of a sender after 300 unreadable frames in a row, once', () => {
    const { seen, monitor, wait } = monitored();
    const send = (bytes: Uint8Array, count: number) => {
      for (let index = 0; index < count; index++) {
        monitor.handleMessage(bytes);
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

  it('POSE6 forgives what a stalled network delivers at once, not a flood', () => {
    const { seen, monitor, wait } = monitored();
    for (let second = 0; second < 30; second++) {
      for (let index = 0; index < 60; index++) monitor.handleMessage(GOOD);
      wait(1_000);
    }
    wait(10_000);
    for (let index = 0; index < 600; index++) monitor.handleMessage(GOOD);
    expect(seen.abuse).toEqual([]);
    monitor.handleMessage(GOOD);
    expect(seen.abuse).toEqual(['RATE_LIMITED']);
  });
});
