import { describe, expect, test } from 'vitest';
import { MotionClip } from '../../../client/motion/motionClip.ts';
import { PointerDriver } from '../../../client/motion/pointerDriver.ts';
import { mixPoses, restPose } from '../../../client/motion/restPose.ts';
import { angleBetween, fromColumnMajorMatrix, fromYawPitchRoll, multiply, rotateVector, slerp } from '../../../client/motion/rotation.ts';
import type { Quaternion, Vector3 } from '../../../client/motion/rotation.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

function samples(clip: MotionClip, seconds: number, stepMs = 33): RigPose[] {
  return Array.from({ length: Math.floor((seconds * 1000) / stepMs) }, (_, index) => clip.sample(index * stepMs));
}

describe('rotation', () => {
  test('yaw turns the nose to the subject\'s left, pitch turns it down', () => {
    const nose: Vector3 = [0, 0, 1];
    expect(rotateVector(fromYawPitchRoll(0.5, 0, 0), nose)[0]).toBeCloseTo(Math.sin(0.5));
    expect(rotateVector(fromYawPitchRoll(0, 0.5, 0), nose)[1]).toBeCloseTo(-Math.sin(0.5));
  });

  test('a scaled column-major matrix gives its rotation back, whichever diagonal term is largest', () => {
    const random = new SeededRandom(2);
    for (let i = 0; i < 200; i++) {
      const q = fromYawPitchRoll(random.between(-3.1, 3.1), random.between(-1.5, 1.5), random.between(-3.1, 3.1));
      const scale = random.between(0.5, 2);
      const columns = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const).map((axis) => rotateVector(q, axis));
      const matrix = [...columns.flatMap((column) => [...column.map((value) => value * scale), 0]), 4, 5, 6, 1];
      expect(angleBetween(fromColumnMajorMatrix(matrix), q)).toBeLessThan(1e-6);
    }
  });

  test('slerp takes the shorter way at constant speed', () => {
    const a = fromYawPitchRoll(0.2, 0, 0);
    const b = fromYawPitchRoll(1, 0, 0);
    const flipped = b.map((value) => -value) as unknown as Quaternion;
    for (const end of [b, flipped]) expect(angleBetween(slerp(a, end, 0.25), fromYawPitchRoll(0.4, 0, 0))).toBeLessThan(1e-6);
    expect(angleBetween(multiply(a, a), fromYawPitchRoll(0.4, 0, 0))).toBeLessThan(1e-6);
  });

  test('mixing poses leaves both as they were', () => {
    const open = poseWith({ jawOpen: 1 });
    expect(weightOf(mixPoses(restPose(), open, 0.3), 'jawOpen')).toBeCloseTo(0.3);
    expect(weightOf(open, 'jawOpen')).toBe(1);
  });
});

describe('motion clip', () => {
  const talking = samples(new MotionClip({ seed: 4, mood: 'talking' }), 60);

  test('is a pure function of its seed and the time', () => {
    const clip = new MotionClip({ seed: 4, mood: 'talking' });
    const late = clip.sample(41_000);
    clip.sample(100);
    expect(clip.sample(41_000)).toEqual(late);
    expect(new MotionClip({ seed: 5, mood: 'talking' }).sample(41_000)).not.toEqual(late);
  });

  test('weights stay in [0, 1] and rotations of unit length', () => {
    for (const pose of talking) {
      expect(pose.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(Math.hypot(...pose.headRotation)).toBeCloseTo(1, 6);
    }
  });

  test('blinks as people do: 10 to 40 times a minute, both eyes, fully shut', () => {
    let blinks = 0;
    let shut = false;
    for (const pose of talking) {
      const now = weightOf(pose, 'eyeBlinkLeft') > 0.9;
      if (now && !shut) blinks++;
      shut = now;
      expect(weightOf(pose, 'eyeBlinkLeft')).toBeCloseTo(weightOf(pose, 'eyeBlinkRight'), 6);
    }
    expect(blinks).toBeGreaterThanOrEqual(10);
    expect(blinks).toBeLessThanOrEqual(40);
  });

  test('moves without jumps: under 5° of head turn between frames', () => {
    for (let i = 1; i < talking.length; i++) {
      expect(angleBetween(talking[i]!.headRotation, talking[i - 1]!.headRotation)).toBeLessThan(0.087);
    }
  });

  test('idling breathes: the head rises and sinks by one to four millimetres, twelve to eighteen times a minute', () => {
    const heights = samples(new MotionClip({ seed: 4, mood: 'idle' }), 60).map((pose) => pose.headPositionMeters[1]);
    const span = Math.max(...heights) - Math.min(...heights);
    expect(span).toBeGreaterThan(0.001);
    expect(span).toBeLessThan(0.004);
    const breaths = heights.filter((height, i) => i > 0 && heights[i - 1]! < 0 && height >= 0).length;
    expect(breaths).toBeGreaterThanOrEqual(12);
    expect(breaths).toBeLessThanOrEqual(18);
  });

  test('eyes never quite stand still, yet by fractions of a degree between glances', () => {
    const across = samples(new MotionClip({ seed: 11, mood: 'idle' }), 60, 16).map((pose) => 30 * (weightOf(pose, 'eyeLookOutLeft') - weightOf(pose, 'eyeLookInLeft')));
    let longestStill = 0, still = 0;
    for (let i = 1; i < across.length; i++) {
      still = Math.abs(across[i]! - across[i - 1]!) < 1e-4 ? still + 16 : 0;
      longestStill = Math.max(longestStill, still);
    }
    expect(longestStill).toBeLessThan(700);
    const small = across.filter((degrees) => Math.abs(degrees) < 1.2).length;
    expect(small / across.length).toBeGreaterThan(0.4);
  });

  test('talking opens the mouth, idling does not', () => {
    const highest = (poses: readonly RigPose[]): number => Math.max(...poses.map((pose) => weightOf(pose, 'jawOpen')));
    expect(highest(talking)).toBeGreaterThan(0.25);
    expect(highest(samples(new MotionClip({ seed: 4, mood: 'idle' }), 60))).toBe(0);
  });
});

describe('pointer driver', () => {
  const settle = (driver: PointerDriver): RigPose => {
    let pose = driver.sample(0);
    for (let ms = 16; ms < 1500; ms += 16) pose = driver.sample(ms);
    return pose;
  };

  test('the head follows the pointer as a mirror would: right on the screen is the subject\'s right', () => {
    const driver = new PointerDriver(1);
    driver.pointAt(1, 0);
    expect(rotateVector(settle(driver).headRotation, [0, 0, 1])[0]).toBeLessThan(-0.3);
  });

  test('holding the button speaks, letting go falls silent', () => {
    const driver = new PointerDriver(1);
    driver.speak(true);
    let loudest = 0;
    for (let ms = 0; ms < 4000; ms += 16) loudest = Math.max(loudest, weightOf(driver.sample(ms), 'jawOpen'));
    expect(loudest).toBeGreaterThan(0.2);
    driver.speak(false);
    for (let ms = 4000; ms < 5000; ms += 16) driver.sample(ms);
    expect(weightOf(driver.sample(5000), 'jawOpen')).toBeLessThan(0.01);
  });
});
