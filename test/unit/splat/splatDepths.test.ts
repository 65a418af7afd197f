import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import type { Rig } from '../../../shared/rig/rig.ts';
import { neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import { splatCenters } from '../../../shared/splat/covariance.ts';
import { SplatDepths } from '../../../shared/splat/splatDepths.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { randomPose } from '../../support/rigPoses.ts';
import { syntheticRig } from '../../support/syntheticRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

const RIGS: readonly (readonly [string, () => Promise<Rig>])[] = [
  ['the synthetic rig', async () => syntheticRig()],
  ['the head rig', async () => decodeRig(await readFile(new URL('../../../models/rig/head.rig', import.meta.url)))],
];

describe.each(RIGS)('depths of splats on %s', (_, load) => {
  it.each([[1, 6000], [2, 6000], [3, 700]])('pose %i, first %i splats: as their centres say', async (seed, count) => {
    const rig = await load();
    const splats = syntheticSplats(rig, { count: 6000, wild: true });
    const neutral = neutralHead(rig, splats.header.identityCoefficients);
    const pose = randomPose(seed);
    const posed = new Float32Array(neutral.positions.length);
    poseVertices(rig, neutral, pose, posed);
    const frames = new FaceFrames(rig, neutral.positions);
    frames.update(posed);
    const centers = new Float32Array(splats.count * 3);
    splatCenters(splats, frames, centers);
    const [x, y, z] = [0.36, -0.48, 0.8];
    const expected = Float64Array.from({ length: count }, (_, s) => x * centers[s * 3] + y * centers[s * 3 + 1] + z * centers[s * 3 + 2]);

    const depths = new SplatDepths(rig, neutral, new FaceFrames(rig, neutral.positions), splats);
    depths.setCount(count);
    expect(depths.pose(randomPose(seed + 10))).toBe(true);
    expect(depths.pose(pose)).toBe(true);
    const out = new Float32Array(splats.count).fill(99);
    depths.write(Float64Array.of(x, y, z, 0.5), out);
    const [dx, dy, dz] = pose.headPositionMeters;
    const displaced = x * dx + y * dy + z * dz;
    const errors = Float64Array.from(expected, (value, s) => Math.abs(out[s] - 0.5 + displaced - value)).sort();
    expect(errors.at(-1)).toBeLessThan(1e-5);
    expect(errors[Math.floor(count * 0.99)]).toBeLessThan(5e-7);
    expect(out.subarray(count).every((value) => value === 99)).toBe(true);
  });

  it('says so where nothing has changed that matters', async () => {
    const rig = await load();
    const splats = syntheticSplats(rig, { count: 500 });
    const neutral = neutralHead(rig, splats.header.identityCoefficients);
    const depths = new SplatDepths(rig, neutral, new FaceFrames(rig, neutral.positions), splats);
    const pose = randomPose(4);
    expect(depths.pose(pose)).toBe(true);
    expect(depths.pose({ ...pose, blendshapeWeights: pose.blendshapeWeights.slice(), headPositionMeters: [1, 2, 3] })).toBe(false);
    depths.setCount(100);
    expect(depths.pose(pose)).toBe(true);
  });
});
