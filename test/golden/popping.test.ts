import { afterAll, describe, expect, it } from 'vitest';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { randomPose, restPose } from '../support/rigPoses.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const SIZE = 160;
const STEPS = 40;
const rig = syntheticRig({ rings: 32, segments: 48 });
const renderer = new AvatarRenderer(rig);
const wild = syntheticSplats(rig, { count: 8000, wild: true, scaleMeters: 0.005 });
const view = { width: SIZE, height: SIZE, target: [0, -0.02, -0.06], spanMeters: 0.42 } as const;

/** Mean differences of each picture to the one before, levels. */
function differences(pictures: readonly Uint8Array[]): number[] {
  return pictures.slice(1).map((picture, k) => picture.reduce((sum, value, at) => sum + Math.abs(value - pictures[k][at]), 0) / picture.length);
}

/** No step stands out of its neighbours: popping is one picture that differs by more than the motion explains. */
function expectSmooth(steps: readonly number[]): void {
  const smoothest = Math.min(...steps);
  expect(smoothest).toBeGreaterThan(0);
  for (let k = 1; k + 1 < steps.length; k++) {
    const around = (steps[k - 1] + steps[k + 1]) / 2;
    expect(steps[k] / around, `step ${k}: ${steps.map((step) => step.toFixed(3)).join(' ')}`).toBeLessThan(1.25);
  }
}

describe('nothing pops', () => {
  afterAll(() => renderer.dispose());

  it('along a slow turn about the head', () => {
    renderer.setSplats(wild);
    const pictures = Array.from({ length: STEPS }, (_, k) => renderer.render({ pose: restPose(), camera: orbitCamera({ ...view, yawRadians: -0.35 + 0.0175 * k }) }).data);
    expectSmooth(differences(pictures));
  });

  it('while an expression grows and the head turns', () => {
    renderer.setSplats(wild);
    const end = randomPose(31);
    const camera = orbitCamera({ ...view, yawRadians: 0.4 });
    const pictures = Array.from({ length: STEPS }, (_, k) => {
      const share = k / (STEPS - 1);
      const half = 0.25 * share;
      const pose: RigPose = { blendshapeWeights: end.blendshapeWeights.map((weight) => weight * share), headRotation: [0, Math.sin(half), 0, Math.cos(half)], headPositionMeters: [0, 0, 0] };
      return renderer.render({ pose, camera }).data;
    });
    expectSmooth(differences(pictures));
  });
});
