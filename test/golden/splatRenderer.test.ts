import { BoxGeometry, Mesh, MeshBasicMaterial, Scene } from 'three';
import { afterAll, describe, expect, it } from 'vitest';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { createHeadlessRenderer } from '../../client/render/headless/headlessRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { cameraFromPinhole } from '../../client/render/headless/pinholeProjection.ts';
import { BoundSplatAvatar } from '../../client/render/splats/boundSplatAvatar.ts';
import { RigGpu } from '../../client/render/splats/rigGpu.ts';
import { AvatarDecoder } from '../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../shared/splat/codec/avatarEncoder.ts';
import { expectGoldenImage } from '../support/goldenImage.ts';
import { randomPose, restPose } from '../support/rigPoses.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const SIZE = 192;
const BACKGROUND = [60, 70, 90] as const;
const rig = syntheticRig({ rings: 32, segments: 48 });
const splats = syntheticSplats(rig, { count: 20_000, scaleMeters: 0.0018 });
const wild = syntheticSplats(rig, { count: 6000, wild: true, scaleMeters: 0.006 });
const target = [0, -0.02, -0.06] as const;
const front = orbitCamera({ width: SIZE, height: SIZE, target, spanMeters: 0.3 });
const aside = orbitCamera({ width: SIZE, height: SIZE, target, spanMeters: 0.42, yawRadians: 0.9, pitchRadians: 0.3 });

describe('the splat renderer draws', () => {
  const renderer = new AvatarRenderer(rig);
  afterAll(() => renderer.dispose());

  it('a head at rest', async () => {
    renderer.setSplats(splats);
    await expectGoldenImage(renderer.render({ pose: restPose(), camera: front, background: BACKGROUND }), 'rest');
  });

  it('a posed head from the side and above', async () => {
    renderer.setSplats(splats);
    await expectGoldenImage(renderer.render({ pose: randomPose(11), camera: aside, background: BACKGROUND }), 'posed');
  });

  it('large translucent splats of every orientation, in depth order', async () => {
    renderer.setSplats(wild);
    await expectGoldenImage(renderer.render({ pose: randomPose(12), camera: aside, background: BACKGROUND }), 'wild');
  });

  it('a prefix that looks whole', async () => {
    renderer.setSplats(splats);
    renderer.setSplatBudget(6000);
    const image = renderer.render({ pose: restPose(), camera: front });
    renderer.setSplatBudget(Infinity);
    const alphaAtMiddle = image.data[(SIZE / 2 * SIZE + SIZE / 2) * 4 + 3];
    expect(alphaAtMiddle).toBeGreaterThan(245);
    await expectGoldenImage(overGrey(image.data), 'prefix');
  });

  it('the same bytes again', () => {
    renderer.setSplats(splats);
    const view = { pose: randomPose(13), camera: front };
    expect(Buffer.compare(renderer.render(view).data, renderer.render(view).data)).toBe(0);
  });
});

describe('while an avatar arrives', () => {
  it('what has come is drawn whole, and in the end all of it', () => {
    const file = encodeAvatar(splats, { rigFaceCount: rig.faceCount, neutralBounds: [0, 0, 0, 0, 0, 0] });
    const headless = createHeadlessRenderer(SIZE, SIZE);
    const rigGpu = new RigGpu(rig);
    const scene = new Scene();
    const camera = cameraFromPinhole(front);
    const draw = (avatar: BoundSplatAvatar): Uint8Array => {
      avatar.update(headless.renderer, camera);
      headless.renderer.clear();
      headless.renderer.render(scene, camera);
      return headless.readPixels();
    };
    const decoder = new AvatarDecoder(rig);
    let arriving: BoundSplatAvatar | undefined;
    const drawnCounts: number[] = [];
    const openPixels: number[] = [];
    let last: Uint8Array = new Uint8Array(0);
    for (let at = 0; at < file.length; at += 1500) {
      if (!decoder.push(file.subarray(at, at + 1500))) continue;
      if (!arriving) {
        arriving = new BoundSplatAvatar(rigGpu, decoder.splats!, decoder.decodedCount);
        scene.add(arriving);
      }
      arriving.setLoadedCount(decoder.decodedCount);
      drawnCounts.push(arriving.drawnCount);
      last = draw(arriving);
      openPixels.push([-8, 0, 8].filter((y) => last[((SIZE / 2 + y) * SIZE + SIZE / 2) * 4 + 3] < 200).length);
    }
    arriving!.removeFromParent();
    const whole = new BoundSplatAvatar(rigGpu, decoder.finish());
    scene.add(whole);
    let arrived = 0;
    expect(drawnCounts).toHaveLength(3);
    expect([drawnCounts[0], drawnCounts[2]]).toEqual([3072, 20_000]);
    expect(drawnCounts).toEqual(decoder.header!.chunks.map((chunk) => (arrived += chunk.splats)));
    expect(openPixels).toEqual([0, 0, 0]);
    expect(Buffer.compare(last, draw(whole))).toBe(0);
    arriving!.dispose();
    whole.dispose();
    rigGpu.dispose();
    headless.dispose();
  });
});

describe('posed on the CPU', () => {
  it('a head looks the same as posed on the GPU', () => {
    const headless = createHeadlessRenderer(SIZE, SIZE);
    const rigGpu = new RigGpu(rig);
    const scene = new Scene();
    const avatar = new BoundSplatAvatar(rigGpu, wild);
    scene.add(avatar);
    avatar.setPose(randomPose(14));
    const camera = cameraFromPinhole(aside);
    const pictures = [false, true].map((onCpu) => {
      if (onCpu) avatar.poseOnCpu();
      avatar.update(headless.renderer, camera);
      headless.renderer.clear();
      headless.renderer.render(scene, camera);
      return headless.readPixels();
    });
    avatar.dispose();
    rigGpu.dispose();
    headless.dispose();
    const far = pictures[0].filter((value, at) => Math.abs(value - pictures[1][at]) > 3).length;
    expect(pictures[0].some((value) => value > 0)).toBe(true);
    expect(far).toBeLessThan(pictures[0].length * 0.001);
  });
});

describe('in a scene', () => {
  it('two avatars share a rig, and a mesh hides what is behind it', async () => {
    const headless = createHeadlessRenderer(SIZE * 2, SIZE);
    const rigGpu = new RigGpu(rig);
    const scene = new Scene();
    const avatars = [splats, wild].map((each, index) => {
      const avatar = new BoundSplatAvatar(rigGpu, each);
      avatar.position.x = index === 0 ? -0.12 : 0.12;
      avatar.rotation.y = index === 0 ? 0.4 : -0.4;
      avatar.setPose(index === 0 ? restPose() : randomPose(5));
      scene.add(avatar);
      return avatar;
    });
    const bar = new Mesh(new BoxGeometry(0.6, 0.03, 0.01), new MeshBasicMaterial({ color: 0xe0b040 }));
    // Passes in front of the left head and behind the right one.
    bar.position.set(0, -0.02, -0.06);
    bar.rotation.y = 0.8;
    scene.add(bar);
    scene.updateMatrixWorld();
    const camera = cameraFromPinhole(orbitCamera({ width: SIZE * 2, height: SIZE, target, spanMeters: 0.3 }));
    for (const avatar of avatars) avatar.update(headless.renderer, camera);
    headless.renderer.setClearColor(0x303840, 1);
    headless.renderer.clear();
    headless.renderer.render(scene, camera);
    const data = headless.readPixels();
    for (const avatar of avatars) avatar.dispose();
    rigGpu.dispose();
    headless.dispose();
    await expectGoldenImage({ data, width: SIZE * 2, height: SIZE }, 'scene');
  });
});

function overGrey(premultiplied: Uint8Array): { data: Uint8Array; width: number; height: number } {
  const data = premultiplied.map((value, at) => (at % 4 === 3 ? 255 : Math.min(255, value + Math.round((255 - premultiplied[at - (at % 4) + 3]) / 2))));
  return { data, width: SIZE, height: SIZE };
}
