import { readFile } from 'node:fs/promises';
import { Camera, Scene } from 'three';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { createHeadlessRenderer, type HeadlessRenderer } from '../../client/render/headless/headlessRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { BoundSplatAvatar } from '../../client/render/splats/boundSplatAvatar.ts';
import { RigGpu } from '../../client/render/splats/rigGpu.ts';
import { composeImage, rasteriseSplats } from '../../server/generator/splatRasteriser.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import { grownLogScales } from '../../shared/splat/prefixGrowth.ts';
import { FACE_FRAME_STRIDE, FaceFrames } from '../../shared/splat/splatFrame.ts';
import { randomPose, restPose } from '../support/rigPoses.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

/** Splats of an avatar. */
const ALL = 15_000;

const RIGS: readonly (readonly [string, () => Promise<Rig>])[] = [
  ['the synthetic rig', async () => syntheticRig()],
  ['the head rig', async () => decodeRig(await readFile(new URL('../../models/rig/head.rig', import.meta.url)))],
];

function posedFrames(rig: Rig, splats: BoundSplats, pose: RigPose): { frames: FaceFrames; vertices: Float32Array } {
  const neutral = neutralHead(rig, splats.header.identityCoefficients);
  const vertices = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutral, pose, vertices);
  const frames = new FaceFrames(rig, neutral.positions);
  frames.update(vertices);
  return { frames, vertices };
}

describe.each(RIGS)('the GPU poses %s as the CPU does', (_, load) => {
  let rig: Rig;
  let headless: HeadlessRenderer;
  beforeAll(async () => {
    rig = await load();
    headless = createHeadlessRenderer(16, 16);
  });
  afterAll(() => headless.dispose());

  it.each([[1], [2], [3]])('pose %i: vertices, normals, face frames', (seed) => {
    const splats = syntheticSplats(rig, { count: 200 });
    const pose = randomPose(seed);
    const rigGpu = new RigGpu(rig);
    const avatar = new BoundSplatAvatar(rigGpu, splats);
    avatar.setPose(pose);
    new Scene().add(avatar);
    avatar.updateMatrixWorld();
    avatar.update(headless.renderer, new Camera());
    const { frames, vertices } = posedFrames(rig, splats, pose);
    const gpu = {
      vertices: avatar.readPose(headless.renderer, 'vertices'),
      normals: avatar.readPose(headless.renderer, 'normals'),
      frames: avatar.readPose(headless.renderer, 'frames'),
    };
    avatar.dispose();
    rigGpu.dispose();
    let farthest = 0;
    let mostTurned = 0;
    for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
      farthest = Math.max(farthest, ...[0, 1, 2].map((k) => Math.abs(gpu.vertices[vertex * 4 + k] - vertices[vertex * 3 + k])));
      mostTurned = Math.max(mostTurned, ...[0, 1, 2].map((k) => Math.abs(gpu.normals[vertex * 4 + k] - frames.vertexNormals[vertex * 3 + k])));
    }
    expect(farthest, 'metres').toBeLessThan(2e-6);
    // Slivers have normals of few digits.
    expect(mostTurned).toBeLessThan(0.02);
    let frameError = 0;
    for (let face = 0; face < rig.faceCount; face++) {
      const [tx, ty, tz, bx, by, bz, nx, ny, nz, g11, g12, g22] = frames.frames.subarray(face * FACE_FRAME_STRIDE);
      const expected = [
        [tx * g11, ty * g11, tz * g11, rig.faces[face * 3]],
        [tx * g12 + bx * g22, ty * g12 + by * g22, tz * g12 + bz * g22, rig.faces[face * 3 + 1]],
        [nx, ny, nz, rig.faces[face * 3 + 2]],
      ];
      const worst = Math.max(...expected.flatMap((column, part) => column.map((value, k) => Math.abs(value - gpu.frames[(face * 3 + part) * 4 + k]))));
      frameError = Math.max(frameError, worst);
    }
    expect(frameError).toBeLessThan(0.03);
  });
});

describe.each(RIGS)('the shaders and the CPU rasteriser draw the same picture of %s', (_, load) => {
  it.each([
    ['at rest', restPose(), false, ALL, 0.003], ['posed', randomPose(21), false, ALL, 0.003], ['posed, splats of every orientation', randomPose(22), true, ALL, 0.005],
    ['a prefix, posed', randomPose(23), false, 2_500, 0.003], ['a prefix of splats of every orientation', randomPose(24), true, 2_500, 0.005],
    ['a prefix that grows as far as it may', randomPose(25), false, 900, 0.004],
  ] as const)('%s', async (_name, pose, wild, drawn, scaleMeters) => {
    const rig = await load();
    const all = syntheticSplats(rig, { count: ALL, wild, scaleMeters });
    const camera = orbitCamera({ width: 256, height: 256, yawRadians: 0.5 });
    const image = (() => {
      const renderer = new AvatarRenderer(rig);
      renderer.setSplats(all);
      renderer.setSplatBudget(drawn);
      const rendered = renderer.render({ pose, camera });
      renderer.dispose();
      return rendered;
    })();
    const splats = { ...all, count: drawn, logScales: grownLogScales(all, drawn) };
    const { frames } = posedFrames(rig, splats, pose);
    const centers = new Float32Array(splats.count * 3);
    const covariances = new Float32Array(splats.count * 6);
    splatCenters(splats, frames, centers);
    splatCovariances(splats, frames, covariances);
    const contributions = rasteriseSplats({ count: splats.count, centers, covariances, opacities: splats.opacities }, camera);
    const expected = composeImage(contributions, splats.colors);
    let squares = 0;
    let opacityError = 0;
    for (let pixel = 0; pixel < 256 * 256; pixel++) {
      for (let channel = 0; channel < 3; channel++) squares += (image.data[pixel * 4 + channel] / 255 - expected[pixel * 3 + channel]) ** 2;
      opacityError += Math.abs(image.data[pixel * 4 + 3] / 255 - (1 - contributions.transmittance[pixel]));
    }
    const psnr = -10 * Math.log10(squares / (256 * 256 * 3));
    // What is left is eight-bit blending, half-precision shapes and ties in depth.
    expect(psnr).toBeGreaterThan(40);
    expect(opacityError / (256 * 256)).toBeLessThan(0.004);
  });
});
