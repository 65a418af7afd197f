import { describe, expect, it } from 'vitest';
import { MOTION_KINDS } from '../../../shared/motion/motionTrack.ts';
import type { MotionKind } from '../../../shared/motion/motionTrack.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { readCast } from '../../recorder/cast.ts';
import { Performance, temperament } from '../../recorder/performance.ts';

const FPS = 30;
const FRAMES = 600;

function act(kind: MotionKind, seed = 7): RigPose[] {
  const acting = new Performance({ kind, seed, lengthMs: (FRAMES * 1000) / FPS, temperament: temperament(seed) });
  return Array.from({ length: FRAMES }, (_, frame) => acting.sample((frame * 1000) / FPS));
}

function column(poses: readonly RigPose[], name: (typeof BLENDSHAPE_NAMES)[number]): number[] {
  const index = BLENDSHAPE_NAMES.indexOf(name);
  return poses.map(({ blendshapeWeights }) => blendshapeWeights[index]!);
}

/** Sum of the changes of one channel, a measure of how much is done with it. */
function travel(values: readonly number[]): number {
  return values.slice(1).reduce((sum, value, index) => sum + Math.abs(value - values[index]!), 0);
}

describe('Performance', () => {
  it('is the same for a seed and another for another seed', () => {
    expect(act('talking', 3)).toEqual(act('talking', 3));
    expect(act('talking', 3)).not.toEqual(act('talking', 4));
  });

  it.each(MOTION_KINDS)('keeps weights, rotation and position of %s within what a head does', (kind) => {
    for (const pose of act(kind)) {
      expect(pose.blendshapeWeights).toHaveLength(BLENDSHAPE_COUNT);
      expect(pose.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(Math.hypot(...pose.headRotation)).toBeCloseTo(1, 6);
      expect(2 * Math.acos(Math.min(1, pose.headRotation[3]))).toBeLessThan(1);
      expect(Math.hypot(...pose.headPositionMeters)).toBeLessThan(0.06);
    }
  });

  it('does in each kind what its name says', () => {
    const kinds = Object.fromEntries(MOTION_KINDS.map((kind) => [kind, act(kind)])) as Record<MotionKind, RigPose[]>;
    const jaw = (kind: MotionKind): number => travel(column(kinds[kind], 'jawOpen'));
    expect(jaw('talking')).toBeGreaterThan(5);
    expect(jaw('still')).toBe(0);
    expect(Math.max(...column(kinds.laughing, 'mouthSmileRight'))).toBeGreaterThan(0.5);
    const turned = (kind: MotionKind, axis: 0 | 1): number => travel(kinds[kind].map(({ headRotation }) => headRotation[axis]));
    for (const other of ['talking', 'looking', 'still'] as const) expect(turned('nodding', 0)).toBeGreaterThan(turned(other, 0));
    for (const other of ['talking', 'nodding', 'still'] as const) expect(turned('looking', 1)).toBeGreaterThan(turned(other, 1));
    for (const kind of MOTION_KINDS) expect(Math.max(...column(kinds[kind], 'eyeBlinkLeft')), `${kind} blinks`).toBeGreaterThan(0.8);
  });
});

describe('the cast', () => {
  it('has nobody in both sets, and talking and still recordings in each', () => {
    const { people } = readCast();
    expect(new Set(people.map(({ person }) => person)).size).toBe(people.length);
    for (const set of ['training', 'heldOut'] as const) {
      const kinds = people.filter((person) => person.set === set).flatMap(({ takes }) => takes.map(({ kind }) => kind));
      expect(kinds).toEqual(expect.arrayContaining(['talking', 'still']));
    }
  });
});
