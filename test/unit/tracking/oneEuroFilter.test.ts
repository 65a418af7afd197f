import { describe, expect, test } from 'vitest';
import { OneEuroFilter } from '../../../client/tracking/oneEuroFilter.ts';
import { PoseSmoother } from '../../../client/tracking/poseSmoother.ts';
import { angleBetween, fromYawPitchRoll } from '../../../client/motion/rotation.ts';
import type { Quaternion } from '../../../client/motion/rotation.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

const STILL = { minCutoffHz: 1, speedCoefficient: 0, speedCutoffHz: 1 };

describe('1€ filter', () => {
  test('the first sample passes unchanged, and so does the first after a gap', () => {
    const filter = new OneEuroFilter(1, STILL);
    expect(filter.filter([0.7], 0)[0]).toBe(0.7);
    filter.filter([0.1], 33);
    expect(filter.filter([0.9], 1000)[0]).toBe(0.9);
  });

  test('without speed it is a first-order low-pass of its cutoff: after one time constant 63 % of a step', () => {
    const filter = new OneEuroFilter(1, STILL);
    filter.filter([0], 0);
    const timeConstantMs = 1000 / (2 * Math.PI);
    let value = 0;
    for (let ms = 1; ms <= timeConstantMs; ms++) value = filter.filter([1], ms)[0]!;
    expect(value).toBeCloseTo(1 - Math.exp(-1), 2);
  });

  test('a speed coefficient makes it follow a fast change sooner, and keeps a still signal as still', () => {
    const slow = new OneEuroFilter(1, STILL);
    const quick = new OneEuroFilter(1, { ...STILL, speedCoefficient: 5 });
    for (const filter of [slow, quick]) filter.filter([0], 0);
    let [slowValue, quickValue] = [0, 0];
    for (let i = 1; i <= 6; i++) [slowValue, quickValue] = [slow.filter([i / 6], i * 33)[0]!, quick.filter([i / 6], i * 33)[0]!];
    expect(quickValue).toBeGreaterThan(slowValue + 0.15);
  });

  test('time that stands still or runs back changes nothing', () => {
    const filter = new OneEuroFilter(1, STILL);
    filter.filter([0.2], 100);
    const value = filter.filter([0.4], 133)[0]!;
    expect(filter.filter([9], 133)[0]).toBe(value);
    expect(filter.filter([9], 50)[0]).toBe(value);
  });
});

describe('pose smoother', () => {
  const jittered = (random: SeededRandom) => poseWith(
    { mouthSmileLeft: 0.3 + random.normal() * 0.01 }, fromYawPitchRoll(random.normal() * 0.007, random.normal() * 0.007, 0),
  );

  test('a still head keeps at most a third of its jitter at the default', () => {
    const random = new SeededRandom(1);
    const smoother = new PoseSmoother();
    let [raw, smooth, rawTurn, smoothTurn] = [0, 0, 0, 0];
    let last = jittered(random);
    let lastSmooth = smoother.smooth(last, 0);
    for (let i = 1; i < 300; i++) {
      const pose = jittered(random);
      const filtered = smoother.smooth(pose, i * 33);
      if (i > 30) {
        raw += Math.abs(weightOf(pose, 'mouthSmileLeft') - weightOf(last, 'mouthSmileLeft'));
        smooth += Math.abs(weightOf(filtered, 'mouthSmileLeft') - weightOf(lastSmooth, 'mouthSmileLeft'));
        rawTurn += angleBetween(pose.headRotation, last.headRotation);
        smoothTurn += angleBetween(filtered.headRotation, lastSmooth.headRotation);
      }
      [last, lastSmooth] = [pose, filtered];
    }
    expect(smooth / raw).toBeLessThan(1 / 3);
    expect(smoothTurn / rawTurn).toBeLessThan(1 / 3);
  });

  test('a blink of 130 ms arrives nearly whole', () => {
    const smoother = new PoseSmoother();
    let highest = 0;
    for (let i = 0; i < 60; i++) {
      const blink = i >= 30 && i < 34 ? [0.7, 1, 1, 0.5][i - 30]! : 0.05;
      highest = Math.max(highest, weightOf(smoother.smooth(poseWith({ eyeBlinkLeft: blink }), i * 33), 'eyeBlinkLeft'));
    }
    expect(highest).toBeGreaterThan(0.85);
  });

  test('q and -q are one rotation: a sign flip between frames causes no swing', () => {
    const smoother = new PoseSmoother();
    const rotation = fromYawPitchRoll(0.3, 0.1, 0);
    const flipped = rotation.map((value) => -value) as unknown as Quaternion;
    for (let i = 0; i < 30; i++) {
      const pose = smoother.smooth(poseWith({}, i % 2 ? rotation : flipped), i * 33);
      expect(angleBetween(pose.headRotation, rotation)).toBeLessThan(1e-6);
    }
  });

  test('nothing is smoothed at 0', () => {
    const smoother = new PoseSmoother();
    smoother.amount = 0;
    smoother.smooth(poseWith({ jawOpen: 0 }), 0);
    expect(weightOf(smoother.smooth(poseWith({ jawOpen: 1 }), 33), 'jawOpen')).toBe(1);
  });
});
