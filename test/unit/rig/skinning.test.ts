import { describe, expect, it } from 'vitest';
import { EYE_YAW_RADIANS, JOINT_MATRIX_SIZE, jointMatrices, neutralHead } from '../../../shared/rig/skinning.ts';
import { distance, headRig, pointAt, posed, rigPose, verticesOf } from '../../support/headRig.ts';

const rest = posed(rigPose());
const jointCount = headRig.joints.length;
const jointIndex = (name: string): number => headRig.joints.findIndex((joint) => joint.name === name);

function transform(matrices: Float64Array, joint: number, point: readonly number[]): number[] {
  const at = joint * JOINT_MATRIX_SIZE;
  return [0, 1, 2].map((row) => matrices[at + row * 4]! * point[0]! + matrices[at + row * 4 + 1]! * point[1]! + matrices[at + row * 4 + 2]! * point[2]! + matrices[at + row * 4 + 3]!);
}

describe('skinning', () => {
  it('leaves a head at rest where it is', () => {
    for (let i = 0; i < rest.length; i++) expect(rest[i]).toBeCloseTo(headRig.positions[i]!, 6);
  });

  it('turns about the joints: the neck joint stays, the head joint turns about it and adds up to the whole rotation', () => {
    const { jointPositions } = neutralHead(headRig, []);
    const matrices = new Float64Array(jointCount * JOINT_MATRIX_SIZE);
    jointMatrices(headRig, jointPositions, rigPose({}, 50), matrices);
    const neck = jointIndex('neck'), head = jointIndex('head');
    const place = headRig.joints[neck]!.position;
    expect(distance(transform(matrices, neck, place), place)).toBeLessThan(1e-7);
    // The head joint's own place moves with the neck alone.
    const headPlace = headRig.joints[head]!.position;
    expect(distance(transform(matrices, head, headPlace), transform(matrices, neck, headPlace))).toBeLessThan(1e-7);
    const angle = Math.atan2(matrices[head * JOINT_MATRIX_SIZE + 2]!, matrices[head * JOINT_MATRIX_SIZE]!);
    expect((angle * 180) / Math.PI).toBeCloseTo(50, 5);
  });

  it('takes both signs of a quaternion alike', () => {
    const pose = rigPose({}, 35);
    const [x, y, z, w] = pose.headRotation;
    const other = posed({ ...pose, headRotation: [-x, -y, -z, -w] });
    const one = posed(pose);
    for (let i = 0; i < one.length; i += 97) expect(other[i]).toBeCloseTo(one[i]!, 6);
  });

  it('turns the eyes outwards by 30 degrees, each to its own side', () => {
    const matrices = new Float64Array(jointCount * JOINT_MATRIX_SIZE);
    jointMatrices(headRig, neutralHead(headRig, []).jointPositions, rigPose({ eyeLookOutLeft: 1, eyeLookOutRight: 1, eyeLookUpLeft: 0 }), matrices);
    for (const [name, sign] of [['leftEye', 1], ['rightEye', -1]] as const) {
      const at = jointIndex(name) * JOINT_MATRIX_SIZE;
      expect(matrices[at + 2]).toBeCloseTo(sign * Math.sin(EYE_YAW_RADIANS), 6);
    }
    jointMatrices(headRig, neutralHead(headRig, []).jointPositions, rigPose({ eyeLookUpLeft: 1 }), matrices);
    // The gaze, +z, goes up.
    expect(matrices[jointIndex('leftEye') * JOINT_MATRIX_SIZE + 6]).toBeGreaterThan(0.3);
  });

  it('keeps the shoulders perfectly still while the head turns 40 degrees either way', () => {
    const bust = [...verticesOf('bust')].filter((vertex) => headRig.jointWeights[vertex * 4] === 1);
    expect(bust.length).toBeGreaterThan(500);
    for (const yaw of [-40, 40]) {
      const turned = posed(rigPose({}, yaw));
      for (const vertex of bust) expect(distance(pointAt(turned, vertex), pointAt(rest, vertex))).toBeLessThan(1e-6);
    }
    for (const vertex of verticesOf('bust')) {
      expect(distance(pointAt(posed40, vertex), pointAt(rest, vertex))).toBeLessThan(0.006);
    }
  });

  it('moves the face rigidly with the head', () => {
    const face = [...verticesOf('nose', 'upperLip', 'leftBrow')];
    const [a, b] = [face[0]!, face.at(-1)!];
    expect(distance(pointAt(posed40, a), pointAt(posed40, b))).toBeCloseTo(distance(pointAt(rest, a), pointAt(rest, b)), 5);
  });

  it('does not let the neck collapse at 40 degrees', () => {
    for (const vertices of [verticesOf('neck'), verticesOf('shell')]) {
      const ratios = edgeRatios(posed40, vertices);
      expect(Math.max(...ratios)).toBeLessThan(1.7);
      expect(Math.min(...ratios)).toBeGreaterThan(0.5);
    }
  });

  it('has weights that sum to one', () => {
    for (let slot = 0; slot < headRig.jointWeights.length; slot += 4) {
      expect(headRig.jointWeights.subarray(slot, slot + 4).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
    }
  });
});

const posed40 = posed(rigPose({}, 40));

/** Lengths of the edges between the given vertices, over their lengths at rest. */
function edgeRatios(positions: Float32Array, vertices: ReadonlySet<number>): number[] {
  const ratios: number[] = [];
  for (let start = 0; start < headRig.faces.length; start += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const a = headRig.faces[start + corner]!, b = headRig.faces[start + (corner + 1) % 3]!;
      if (!vertices.has(a) || !vertices.has(b)) continue;
      ratios.push(distance(pointAt(positions, a), pointAt(positions, b)) / distance(pointAt(rest, a), pointAt(rest, b)));
    }
  }
  return ratios;
}
