import { describe, expect, test } from 'vitest';
import { angleBetween, fromYawPitchRoll } from '../../../client/motion/rotation.ts';
import { PlayoutBuffer } from '../../../client/playout/playoutBuffer.ts';
import type { TimedPose } from '../../../client/playout/playoutBuffer.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

const OPTIONS = { minDelayMs: 30, maxDelayMs: 300, holdMs: 350, easeMs: 900 };
const INTERVAL_MS = 33;

/** Frame `index` of a face whose jaw opens by a hundredth and whose head turns by 0.01 rad each frame. */
function frame(index: number, startMs = 0): TimedPose {
  return {
    sequenceNumber: index & 0xffff,
    captureTimestampMs: startMs + index * INTERVAL_MS,
    pose: poseWith({ jawOpen: (index % 100) / 100 }, fromYawPitchRoll(index * 0.01, 0, 0)),
  };
}

/** Feeds frames in the order of arrival, sampling every 16 ms in between, and returns what was shown. */
function play(arrivals: readonly { frame: TimedPose; atMs: number }[], untilMs: number, buffer = new PlayoutBuffer(OPTIONS)) {
  const waiting = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const shown: ReturnType<PlayoutBuffer['sample']>[] = [];
  for (let nowMs = waiting[0]!.atMs; nowMs < untilMs; nowMs += 16) {
    while (waiting.length > 0 && waiting[0]!.atMs <= nowMs) {
      const next = waiting.shift()!;
      buffer.push(next.frame, next.atMs);
    }
    shown.push(buffer.sample(nowMs));
  }
  return { shown, buffer };
}

describe('playout buffer', () => {
  test('shows rest before anything has come', () => {
    expect(new PlayoutBuffer(OPTIONS).sample(1000)).toMatchObject({ state: 'resting' });
  });

  test('a steady stream is interpolated: weights in line, rotation along the arc', () => {
    const arrivals = Array.from({ length: 60 }, (_, index) => ({ frame: frame(index), atMs: 5000 + index * INTERVAL_MS }));
    const { shown } = play(arrivals, 5000 + 55 * INTERVAL_MS);
    const steady = shown.slice(40);
    expect(steady.every(({ state }) => state === 'interpolated')).toBe(true);
    for (const { pose, mediaTimeMs } of steady) {
      expect(weightOf(pose, 'jawOpen')).toBeCloseTo(mediaTimeMs / INTERVAL_MS / 100, 4);
      expect(angleBetween(pose.headRotation, fromYawPitchRoll((mediaTimeMs / INTERVAL_MS) * 0.01, 0, 0))).toBeLessThan(1e-4);
    }
  });

  test('media time never runs back, whatever order frames come in', () => {
    const random = new SeededRandom(3);
    const arrivals = Array.from({ length: 200 }, (_, index) => ({ frame: frame(index), atMs: 5000 + index * INTERVAL_MS + random.between(0, 120) }));
    const { shown } = play(arrivals, 5000 + 199 * INTERVAL_MS);
    for (let i = 1; i < shown.length; i++) expect(shown[i]!.mediaTimeMs).toBeGreaterThanOrEqual(shown[i - 1]!.mediaTimeMs);
  });

  test('the delay grows with jitter until nearly every moment is interpolated, and stays within its bounds', () => {
    const random = new SeededRandom(5);
    const calm = Array.from({ length: 300 }, (_, index) => ({ frame: frame(index), atMs: 5000 + index * INTERVAL_MS + random.between(0, 3) }));
    const rough = Array.from({ length: 300 }, (_, index) => ({ frame: frame(index), atMs: 5000 + index * INTERVAL_MS + random.between(0, 90) }));
    const untilMs = 5000 + 299 * INTERVAL_MS;
    const quiet = play(calm, untilMs);
    const shaken = play(rough, untilMs);
    expect(quiet.buffer.delayMs).toBeLessThan(45);
    expect(shaken.buffer.delayMs).toBeGreaterThan(90);
    expect(shaken.buffer.delayMs).toBeLessThanOrEqual(OPTIONS.maxDelayMs);
    const late = shaken.shown.slice(300);
    expect(late.filter(({ state }) => state === 'interpolated').length / late.length).toBeGreaterThan(0.95);
  });

  test('lost, reordered and repeated frames are counted, each once', () => {
    const buffer = new PlayoutBuffer(OPTIONS);
    for (const index of [65534, 65535, 65536, 65536, 65538, 65540, 65539]) buffer.push(frame(index), 5000 + (index - 65534) * INTERVAL_MS);
    expect(buffer.counters).toEqual({ received: 7, late: 0, duplicate: 1, lost: 1 });
  });

  test('a silent sender: the last pose is held, then eases to rest', () => {
    const arrivals = Array.from({ length: 50 }, (_, index) => ({ frame: frame(index), atMs: 5000 + index * INTERVAL_MS }));
    const { buffer } = play(arrivals, 5000 + 50 * INTERVAL_MS);
    const lastMs = 5000 + 49 * INTERVAL_MS;
    const held = buffer.sample(lastMs + 200);
    expect(held.state).toBe('held');
    expect(weightOf(held.pose, 'jawOpen')).toBeCloseTo(0.49, 4);
    const easing = buffer.sample(lastMs + 900);
    expect(easing.state).toBe('easing');
    expect(weightOf(easing.pose, 'jawOpen')).toBeGreaterThan(0.05);
    expect(weightOf(easing.pose, 'jawOpen')).toBeLessThan(0.45);
    const rest = buffer.sample(lastMs + 2000);
    expect(rest.state).toBe('resting');
    expect(weightOf(rest.pose, 'jawOpen')).toBe(0);
  });

  test('a new clock (the sender reloaded) begins afresh instead of waiting for ever', () => {
    const before = Array.from({ length: 30 }, (_, index) => ({ frame: frame(index, 1_000_000), atMs: 5000 + index * INTERVAL_MS }));
    const { buffer } = play(before, 5000 + 30 * INTERVAL_MS);
    for (let index = 0; index < 30; index++) buffer.push(frame(index, 20), 7000 + index * INTERVAL_MS);
    const shown = buffer.sample(7000 + 29 * INTERVAL_MS);
    expect(shown.state).toBe('interpolated');
    expect(shown.mediaTimeMs).toBeLessThan(2000);
  });
});
