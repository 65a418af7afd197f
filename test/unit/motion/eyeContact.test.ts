import { describe, expect, test } from 'vitest';
import { EyeContact } from '../../../client/motion/eyeContact.ts';
import { fromYawPitchRoll } from '../../../client/motion/rotation.ts';
import { readGaze, straightGaze, writeGaze } from '../../../shared/rig/gaze.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { JOINT_MATRIX_SIZE, jointMatrices, neutralHead } from '../../../shared/rig/skinning.ts';
import { headRig } from '../../support/headRig.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

const neutral = neutralHead(headRig, []);
const meet = (pose: RigPose, viewer: readonly [number, number, number]): RigPose => new EyeContact(headRig, neutral).meet(pose, ...viewer);

/** How far an eye looks past a point, degrees, by the matrices that skin it. */
function missDegrees(pose: RigPose, eye: 'leftEye' | 'rightEye', point: readonly number[]): number {
  const matrices = new Float64Array(headRig.joints.length * JOINT_MATRIX_SIZE);
  jointMatrices(headRig, neutral.jointPositions, pose, matrices);
  const joint = headRig.joints.findIndex(({ name }) => name === eye);
  const rest = [0, 1, 2].map((axis) => neutral.jointPositions[joint * 3 + axis]!);
  const row = (axis: number): number[] => [...matrices.subarray(joint * JOINT_MATRIX_SIZE + axis * 4, joint * JOINT_MATRIX_SIZE + axis * 4 + 4)];
  const to = [0, 1, 2].map((axis) => {
    const [a, b, c, d] = row(axis) as [number, number, number, number];
    return point[axis]! - pose.headPositionMeters[axis]! - (a * rest[0]! + b * rest[1]! + c * rest[2]! + d);
  });
  const looks = [0, 1, 2].map((axis) => row(axis)[2]!);
  const cosine = to.reduce((sum, value, axis) => sum + value * looks[axis]!, 0) / Math.hypot(...to);
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
}

describe('gaze', () => {
  test('weights to angles and back are the same weights', () => {
    const pose = poseWith({ eyeLookOutLeft: 0.3, eyeLookInRight: 0.25, eyeLookDownLeft: 0.4, eyeLookUpRight: 0.1 });
    const gaze = straightGaze();
    readGaze(pose.blendshapeWeights, gaze);
    expect(gaze.left.yaw).toBeGreaterThan(0);
    expect(gaze.right.yaw).toBeGreaterThan(0);
    const written = poseWith({});
    writeGaze(gaze, written.blendshapeWeights);
    for (const [index, weight] of pose.blendshapeWeights.entries()) expect(written.blendshapeWeights[index]).toBeCloseTo(weight, 6);
  });
});

describe('eye contact', () => {
  test.each([
    ['straight before the face', [0, 0, 0.8], poseWith({})],
    ['a little beside and above', [0.08, 0.06, 0.8], poseWith({})],
    ['with the head turned and the eyes on the screen', [0, 0, 0.9], poseWith({ eyeLookInLeft: 0.33, eyeLookOutRight: 0.33 }, fromYawPitchRoll(0.16, 0, 0))],
    ['from where the person leans to', [0, 0, 0.8], { ...poseWith({}), headPositionMeters: [0.05, 0.02, 0.04] as const }],
  ] as const)('both eyes meet a viewer %s', (_, viewer, pose) => {
    const met = meet(pose, viewer);
    for (const eye of ['leftEye', 'rightEye'] as const) {
      expect(missDegrees(pose, eye, viewer)).toBeGreaterThan(missDegrees(met, eye, viewer));
      expect(missDegrees(met, eye, viewer)).toBeLessThan(1);
    }
  });

  test('they converge: nearer viewers more', () => {
    const inward = (pose: RigPose): number => weightOf(pose, 'eyeLookInLeft') + weightOf(pose, 'eyeLookInRight');
    const near = inward(meet(poseWith({}), [0, 0, 0.5])), far = inward(meet(poseWith({}), [0, 0, 2]));
    expect(near).toBeGreaterThan(far * 2);
    expect(far).toBeGreaterThan(0);
  });

  test('a glance to the side stays a glance', () => {
    const glance = poseWith({ eyeLookOutLeft: 0.7, eyeLookInRight: 0.7 });
    const met = meet(glance, [0, 0, 0.8]);
    expect(weightOf(met, 'eyeLookOutLeft')).toBeGreaterThan(0.6);
    expect(weightOf(met, 'eyeLookInRight')).toBeGreaterThan(0.7);
  });

  test('from a steady gaze into a glance there is no jump', () => {
    const contact = new EyeContact(headRig, neutral);
    let before: number | undefined;
    for (let step = 0; step <= 100; step++) {
      const weight = 0.007 * step;
      const met = contact.meet(poseWith({ eyeLookOutLeft: weight, eyeLookInRight: weight }), 0, 0, 0.8);
      const now = weightOf(met, 'eyeLookOutLeft') - weightOf(met, 'eyeLookInLeft');
      if (before !== undefined) {
        expect(now).toBeGreaterThanOrEqual(before - 1e-6);
        expect(now - before).toBeLessThan(0.03);
      }
      before = now;
    }
  });

  test('the pose that is met stays as it was, and everything but the eyes is its own', () => {
    const pose = poseWith({ jawOpen: 0.5, eyeBlinkLeft: 0.2 });
    const met = meet(pose, [0.2, 0, 0.7]);
    expect(weightOf(pose, 'eyeLookOutLeft')).toBe(0);
    expect([weightOf(met, 'jawOpen'), weightOf(met, 'eyeBlinkLeft')]).toEqual([weightOf(pose, 'jawOpen'), weightOf(pose, 'eyeBlinkLeft')]);
  });
});
