import { Scene } from 'three';
import { afterAll, describe, expect, it } from 'vitest';
import { createHeadlessRenderer } from '../../client/render/headless/headlessRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { cameraFromPinhole } from '../../client/render/headless/pinholeProjection.ts';
import { BoundSplatAvatar } from '../../client/render/splats/boundSplatAvatar.ts';
import { RigGpu } from '../../client/render/splats/rigGpu.ts';
import { SplatCrowd } from '../../client/render/splats/splatCrowd.ts';
import { composeImage, rasteriseSplats } from '../../server/generator/splatRasteriser.ts';
import { neutralHead } from '../../shared/rig/skinning.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const SIZE = 192;
const rig = syntheticRig({ rings: 32, segments: 48 });
const heads = [1, 2].map((seed) => syntheticSplats(rig, { count: 6000, wild: true, scaleMeters: 0.006, seed }));
const pinhole = orbitCamera({ width: SIZE, height: SIZE, target: [0, -0.02, -0.06], spanMeters: 0.42, yawRadians: 0.9, pitchRadians: 0.3 });
const camera = cameraFromPinhole(pinhole);
const headless = createHeadlessRenderer(SIZE, SIZE);
const rigGpu = new RigGpu(rig);

/** Both heads drawn in a crowd, the second aside by some metres. */
function drawCrowd(x: number, order: readonly number[] = [0, 1], seenBy = camera): { data: Uint8Array; mixes: number; drawn: number } {
  const scene = new Scene();
  const crowd = new SplatCrowd();
  scene.add(crowd);
  const avatars = order.map((index) => {
    const avatar = new BoundSplatAvatar(rigGpu, heads[index]);
    avatar.position.x = index * x;
    crowd.add(avatar);
    return avatar;
  });
  scene.updateMatrixWorld();
  crowd.update(headless.renderer, seenBy);
  headless.renderer.clear();
  headless.renderer.render(scene, seenBy);
  const result = { data: headless.readPixels(), mixes: crowd.mixCount, drawn: crowd.drawnCount };
  for (const avatar of avatars) avatar.dispose();
  crowd.dispose();
  return result;
}

/** The same by the CPU, which sorts all splats of the picture together. */
function rasterise(x: number): Float32Array {
  const parts = heads.map((splats, index) => {
    const frames = new FaceFrames(rig, neutralHead(rig, splats.header.identityCoefficients).positions);
    const centers = new Float32Array(splats.count * 3);
    const covariances = new Float32Array(splats.count * 6);
    splatCenters(splats, frames, centers);
    splatCovariances(splats, frames, covariances);
    for (let at = 0; at < centers.length; at += 3) centers[at] += index * x;
    return { centers, covariances, opacities: splats.opacities, colors: splats.colors };
  });
  const all = (pick: (part: (typeof parts)[number]) => Float32Array): Float32Array => Float32Array.from(parts.flatMap((part) => [...pick(part)]));
  const splats = { count: 12_000, centers: all((part) => part.centers), covariances: all((part) => part.covariances), opacities: all((part) => part.opacities) };
  return composeImage(rasteriseSplats(splats, pinhole), all((part) => part.colors));
}

function psnr(data: Uint8Array, expected: Float32Array): number {
  let squares = 0;
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    for (let channel = 0; channel < 3; channel++) squares += (data[pixel * 4 + channel] / 255 - expected[pixel * 3 + channel]) ** 2;
  }
  return -10 * Math.log10(squares / (SIZE * SIZE * 3));
}

describe('a crowd', () => {
  afterAll(() => {
    rigGpu.dispose();
    headless.dispose();
  });

  it.each([[0.02], [0.07]])('of two heads %f m apart, one inside the other, is sorted as one', (x) => {
    const { data, mixes, drawn } = drawCrowd(x);
    expect(mixes).toBe(1);
    expect(drawn).toBe(12_000);
    expect(psnr(data, rasterise(x))).toBeGreaterThan(38);
  });

  it('looks the same whoever was put into it first', () => {
    const [a, b] = [drawCrowd(0.07, [0, 1]), drawCrowd(0.07, [1, 0])];
    const far = a.data.filter((value, at) => Math.abs(value - b.data[at]) > 3).length;
    expect(far).toBeLessThan(a.data.length * 0.002);
  });

  it('leaves out who is out of view', () => {
    expect(drawCrowd(40).drawn).toBe(6000);
  });

  it('sorts by themselves those who do not overlap', () => {
    const wide = cameraFromPinhole(orbitCamera({ width: SIZE, height: SIZE, target: [0.75, 0, 0], spanMeters: 4 }));
    const { mixes, drawn } = drawCrowd(1.5, [0, 1], wide);
    expect([mixes, drawn]).toEqual([2, 12_000]);
  });
});
