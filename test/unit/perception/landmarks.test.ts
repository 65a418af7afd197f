import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePortrait } from '../../../server/perception/decodePortrait.ts';
import { estimateHeadPose } from '../../../server/perception/headPose.ts';
import { Perception } from '../../../server/perception/perception.ts';
import { perceivePortrait } from '../../../server/perception/perceivePortrait.ts';
import { BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import { mirrorPortraits, requireModels } from '../../support/models.ts';
import { GRACE_HOPPER, samplePortrait } from '../../support/pictures.ts';

interface BrowserAnswer { landmarks: number[][]; blendshapes?: Record<string, number> }
const answers = JSON.parse(readFileSync(new URL('../../fixtures/perception/graceHopper.chromium.json', import.meta.url), 'utf8')) as Record<'official' | 'npm', BrowserAnswer>;
const { folder, list } = requireModels();

let perception: Perception;
beforeAll(async () => { perception = await Perception.load(folder); });
afterAll(async () => { await perception.dispose(); });

const pixels = async (bytes: Uint8Array) => (await decodePortrait(bytes)).decode(4096);

/** Mean distance in the picture's plane, in percent of the face's width. */
function distancePercent(landmarks: Float32Array, expected: readonly (readonly number[])[], faceWidth: number): number {
  const total = expected.reduce((sum, [x, y], i) => sum + Math.hypot(landmarks[3 * i]! - x!, landmarks[3 * i + 1]! - y!), 0);
  return (100 * total) / expected.length / faceWidth;
}

describe('Node sees what the browser sees', () => {
  test('the 478 landmarks agree with tasks-vision in Chromium to 0.01 % of the face\'s width', async () => {
    const [face] = await perception.detectLandmarks(await pixels(GRACE_HOPPER));
    const expected = answers[list.bundleSource].landmarks;
    expect(distancePercent(face!.landmarks, expected, face!.box.width)).toBeLessThan(0.01);
    const depth = expected.reduce((sum, [, , z], i) => sum + Math.abs(face!.landmarks[3 * i + 2]! - z!), 0) / expected.length;
    expect((100 * depth) / face!.box.width).toBeLessThan(0.01);
  });

  test.skipIf(!list.blendshapesAvailable)('the blendshape weights agree to 0.005, in the project\'s order, tongueOut 0', async () => {
    const [face] = await perception.detectLandmarks(await pixels(GRACE_HOPPER));
    const weights = (await perception.estimateBlendshapes(face!.landmarks))!;
    expect(weights.length).toBe(52);
    BLENDSHAPE_NAMES.forEach((name, i) => expect(Math.abs(weights[i]! - (answers.official.blendshapes![name] ?? 0)), name).toBeLessThan(0.005));
  });
});

describe('a portrait', () => {
  test('keeps its landmarks when it is turned by EXIF, scaled and put into a larger picture', async () => {
    const plain = await perceivePortrait(GRACE_HOPPER, perception);
    const larger = await sharp(GRACE_HOPPER).resize(1400, 1400).extend({ left: 500, right: 300, top: 200, bottom: 700, background: '#667' }).png().toBuffer();
    const turned = await sharp(larger).rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer();
    const seen = await perceivePortrait(turned, perception);
    expect([seen.crop.originalWidth, seen.crop.originalHeight]).toEqual([2200, 2300]);
    expect(Math.max(seen.image.width, seen.image.height)).toBeLessThanOrEqual(1024);
    const scale = 1400 / 512;
    const back = (value: number, axis: 0 | 1) => (value / seen.crop.scale + [seen.crop.x, seen.crop.y][axis]! - [500, 200][axis]!) / scale;
    const expected = Array.from({ length: 478 }, (_, i) => [plain.landmarks[3 * i]! + plain.crop.x, plain.landmarks[3 * i + 1]! + plain.crop.y]);
    const landmarks = seen.landmarks.map((value, i) => (i % 3 === 2 ? value : back(value, (i % 3) as 0 | 1)));
    expect(distancePercent(landmarks, expected, 170)).toBeLessThan(0.6);
  });

  test('gets a matte that knows face, hair and wall', async () => {
    const { image, matte, landmarks } = await perceivePortrait(samplePortrait('nia'), perception);
    expect(matte.length).toBe(image.width * image.height);
    // Forehead, nose, cheeks, lips, chin: inside the face whatever its outline.
    for (const i of [151, 1, 50, 280, 13, 199]) {
      expect(matte[Math.round(landmarks[3 * i + 1]!) * image.width + Math.round(landmarks[3 * i]!)], `landmark ${i}`).toBeGreaterThan(240);
    }
    for (const [x, y] of [[0.02, 0.02], [0.98, 0.02], [0.02, 0.3], [0.98, 0.3]] as const) {
      expect(matte[Math.round(y * image.height) * image.width + Math.round(x * image.width)]).toBeLessThan(10);
    }
  });

  const portraits = mirrorPortraits();
  test.skipIf(portraits.length === 0)('of the mirror folder\'s is accepted, one in twenty tried (skipped where there is no mirror)', async () => {
    const refused: string[] = [];
    for (const file of portraits.filter((_, i) => i % 20 === 0)) {
      await perceivePortrait(readFileSync(file), perception).catch((error: unknown) => refused.push(`${file}: ${String(error)}`));
    }
    expect(refused).toEqual([]);
  });
});

describe('the head\'s turn', () => {
  /** Landmarks of a ball's front, turned; z smaller is nearer. */
  function turnedBall(yawDegrees: number, pitchDegrees: number): Float32Array {
    const landmarks = new Float32Array(478 * 3);
    const place = (index: number, x: number, y: number) => {
      const z = -Math.sqrt(Math.max(0, 1 - x * x - y * y));
      const [yaw, pitch] = [(yawDegrees * Math.PI) / 180, (pitchDegrees * Math.PI) / 180];
      const [x1, z1] = [x * Math.cos(yaw) - z * Math.sin(yaw), x * Math.sin(yaw) + z * Math.cos(yaw)];
      landmarks.set([100 * x1, 100 * (y * Math.cos(pitch) - z1 * Math.sin(pitch)), 100 * (y * Math.sin(pitch) + z1 * Math.cos(pitch))], 3 * index);
    };
    for (const [right, left, x, y] of [[33, 263, 0.5, -0.2], [133, 362, 0.2, -0.2], [61, 291, 0.3, 0.4], [234, 454, 0.9, 0], [127, 356, 0.9, -0.2], [58, 288, 0.7, 0.5], [172, 397, 0.6, 0.6], [70, 300, 0.6, -0.4]] as const) {
      place(right, -x, y);
      place(left, x, y);
    }
    place(10, 0, -0.8);
    place(152, 0, 0.8);
    return landmarks;
  }

  test.each([[0, 0], [30, 0], [-30, 0], [0, 25], [0, -25]])('yaw %i°, pitch %i° are read off the landmarks', (yaw, pitch) => {
    const pose = estimateHeadPose(turnedBall(yaw, pitch));
    expect(pose.yawDegrees).toBeCloseTo(yaw, 0);
    expect(pose.pitchDegrees).toBeCloseTo(pitch, 0);
    expect(pose.rollDegrees).toBeCloseTo(0, 0);
  });
});
