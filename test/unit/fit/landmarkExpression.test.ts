import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fromYawPitchRoll, rotateVector } from '../../../client/motion/rotation.ts';
import type { Quaternion } from '../../../client/motion/rotation.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { LandmarkExpression } from '../../../shared/fit/landmarkExpression.ts';
import { LANDMARK_COUNT, buildLandmarkModel } from '../../../shared/fit/landmarkModel.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';

const model = buildLandmarkModel(decodeRig(readFileSync(join(projectFolder, 'models', 'rig', 'head.rig'))));
const ASPECT = 4 / 3;
const random = new SeededRandom(9);
/** Somebody who is not the mean head. */
const identity = Array.from({ length: Math.min(12, model.componentCount) }, () => random.normal() * 0.8);

/** The landmarks a tracker would give of this person: turned, scaled into the picture, with its jitter. */
function landmarksOf(weights: Partial<Record<BlendshapeName, number>>, rotation: Quaternion, jitter: SeededRandom): Float32Array {
  const points = new Float32Array(LANDMARK_COUNT * 3);
  for (let landmark = 0; landmark < LANDMARK_COUNT; landmark++) {
    const place = [0, 1, 2].map((axis) => {
      const at = landmark * 3 + axis;
      let value = model.mean[at]!;
      for (const [k, amount] of identity.entries()) value += amount * model.identity[k * LANDMARK_COUNT * 3 + at]!;
      for (const [name, weight] of Object.entries(weights)) {
        value += weight * model.shapes[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName) * LANDMARK_COUNT * 3 + at]!;
      }
      return value;
    });
    const [x, y, z] = rotateVector(rotation, [place[0]!, place[1]!, place[2]!]);
    const scale = 2.1;
    points.set([0.5 + x * scale + jitter.normal() * 0.0005, (0.4 - y * scale * 1 + jitter.normal() * 0.0005) * ASPECT, -z * scale + jitter.normal() * 0.001], landmark * 3);
  }
  return points;
}

function fitted(weights: Partial<Record<BlendshapeName, number>>, rotation: Quaternion = [0, 0, 0, 1]): Record<string, number> {
  const jitter = new SeededRandom(4);
  const expression = new LandmarkExpression(model);
  while (!expression.ready) expression.fit(landmarksOf({}, [0, 0, 0, 1], jitter), ASPECT);
  const result = expression.fit(landmarksOf(weights, rotation, jitter), ASPECT);
  return Object.fromEntries(BLENDSHAPE_NAMES.map((name, index) => [name, result[index]!]));
}

describe('expression from landmarks alone', () => {
  test('the first frames are the rest, and the rest is quiet afterwards', () => {
    const rest = fitted({});
    for (const [name, value] of Object.entries(rest)) expect(value, name).toBeLessThan(0.12);
  });

  test.each(['jawOpen', 'mouthSmileLeft', 'mouthSmileRight', 'browInnerUp', 'browOuterUpLeft', 'browDownRight', 'mouthFunnel', 'mouthPucker', 'mouthLeft', 'noseSneerLeft'] as const)(
    '%s is found, and is what stands out',
    (name) => {
      const found = fitted({ [name]: 0.8 });
      expect(found[name]).toBeGreaterThanOrEqual(0.4);
      expect(found[name]).toBe(Math.max(...Object.values(found)));
    },
  );

  test('shut lids are a blink, on one side only', () => {
    const wink = fitted({ eyeBlinkLeft: 1 });
    expect(wink['eyeBlinkLeft']).toBeGreaterThan(0.6);
    expect(wink['eyeBlinkRight']).toBeLessThan(0.15);
  });

  test('turning and tilting the head is no expression, and hides none', () => {
    const turn = fromYawPitchRoll(0.35, 0.15, 0.1);
    for (const [name, value] of Object.entries(fitted({}, turn))) expect(value, name).toBeLessThan(0.2);
    expect(fitted({ jawOpen: 0.8 }, turn)['jawOpen']).toBeGreaterThan(0.45);
  });

  test('every weight is within [0, 1] for any landmarks', () => {
    const expression = new LandmarkExpression(model);
    const noise = new SeededRandom(8);
    for (let i = 0; i < 40; i++) {
      const weights = expression.fit(Float32Array.from({ length: LANDMARK_COUNT * 3 }, () => noise.next()), ASPECT);
      expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
    }
    expect(expression.fit(new Float32Array(LANDMARK_COUNT * 3), ASPECT).every((weight) => weight === 0)).toBe(true);
  });
});
