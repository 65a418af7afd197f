import { describe, expect, it } from 'vitest';
import { eyeOpening, meanLandmarkDistance, mouthGap } from '../../eval/faceMeasures.ts';
import { FRONT_CAMERA, orbit } from '../../eval/headCrop.ts';
import { cosine, similarity } from '../../eval/identityModel.ts';
import { MOTIONS, rotationOf, weightsOf } from '../../eval/motions.ts';
import { angleBetween, readRotation } from '../../eval/rotationReading.ts';
import { quantile } from '../../eval/figureStatistics.ts';
import { rotateVector } from '../../../shared/fit/rotation.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** Landmarks strewn over the front of a head-sized ball, metres. */
function headLandmarks(): Float32Array {
  const random = new SeededRandom(7);
  return Float32Array.from({ length: 478 * 3 }, (_, i) => (i % 3 === 2 ? random.between(-0.02, 0.05) : random.between(-0.07, 0.07)));
}

function project(points: Float32Array, rotation: readonly [number, number, number, number]): Float32Array {
  return points.map((_, i) => {
    const at = i - (i % 3);
    const [x, y, z] = rotateVector(rotation, [points[at]!, points[at + 1]!, points[at + 2]!]);
    const [tx, ty, tz] = FRONT_CAMERA.cameraFromRigTranslation;
    const scale = FRONT_CAMERA.focalPixels / -(z + tz);
    // Depth as the landmark model has it: in pixels, smaller nearer, from anywhere.
    if (i % 3 === 2) return (z * FRONT_CAMERA.focalPixels) / tz + 40;
    return i % 3 === 0 ? FRONT_CAMERA.principalPoint[0] + scale * (x + tx) : FRONT_CAMERA.principalPoint[1] - scale * (y + ty);
  });
}

describe('readRotation', () => {
  it.each(MOTIONS.map((motion) => [motion.name, motion] as const))('reads the rotation of "%s" off exact landmarks', (_, motion) => {
    const neutral = headLandmarks();
    const rotation = rotationOf(motion);
    expect(angleBetween(readRotation(neutral, project(neutral, rotation), FRONT_CAMERA), rotation)).toBeLessThan(0.05);
  });

  it('is off by little when every landmark is off by a pixel', () => {
    const neutral = headLandmarks();
    const random = new SeededRandom(3);
    const rotation = rotationOf({ yaw: 18, pitch: -5, roll: 3 });
    const seen = project(neutral, rotation).map((value) => value + random.normal());
    expect(angleBetween(readRotation(neutral, seen, FRONT_CAMERA), rotation)).toBeLessThan(1.5);
  });
});

describe('motions', () => {
  it('are ten, with weights that exist', () => {
    expect(MOTIONS).toHaveLength(10);
    for (const { weights } of MOTIONS) expect(weightsOf(weights).filter((value) => value > 0)).toHaveLength(Object.keys(weights).length);
  });

  it('turn the face to the subject\'s left by positive yaw, down by positive pitch', () => {
    const [x] = rotateVector(rotationOf({ yaw: 30, pitch: 0, roll: 0 }), [0, 0, 1]);
    expect(x).toBeCloseTo(0.5, 6);
    const [, y] = rotateVector(rotationOf({ yaw: 0, pitch: 30, roll: 0 }), [0, 0, 1]);
    expect(y).toBeCloseTo(-0.5, 6);
  });
});

describe('orbit', () => {
  it('keeps the head\'s middle where it was and turns what is in front of it', () => {
    const camera = orbit(FRONT_CAMERA, 20, 0);
    const toCamera = (point: readonly [number, number, number]): number[] => {
      const r = rotateVector(camera.cameraFromRigRotation, point);
      return r.map((value, k) => value + camera.cameraFromRigTranslation[k]!);
    };
    const middle = toCamera([0, 0, -0.08]);
    [0, 0.018, -0.78].forEach((value, k) => expect(middle[k]).toBeCloseTo(value, 6));
    expect(toCamera([0, 0, 0.02])[0]).toBeCloseTo(0.1 * Math.sin(Math.PI / 9), 6);
  });
});

describe('face measures', () => {
  const face = new Float32Array(478 * 3);
  const put = (index: number, x: number, y: number): void => { face[index * 3] = x; face[index * 3 + 1] = y; };
  for (const [upper, lower] of [[160, 144], [159, 145], [158, 153], [385, 380], [386, 374], [387, 373]] as const) { put(upper, 0, 0); put(lower, 0, 8); }
  put(33, 0, 0); put(133, 32, 0); put(362, 0, 0); put(263, 32, 0);
  put(13, 50, 100); put(14, 50, 130); put(234, 0, 50); put(454, 150, 50);

  it('read lids and lips in shares of eye and face', () => {
    expect(eyeOpening(face)).toBeCloseTo(0.25, 6);
    expect(mouthGap(face)).toBeCloseTo(0.2, 6);
  });

  it('measure distances in the picture plane only', () => {
    const moved = face.map((value, i) => value + [3, 4, 99][i % 3]!);
    expect(meanLandmarkDistance(face, moved)).toBeCloseTo(5, 6);
  });
});

describe('identity', () => {
  it('aligns by a similarity', () => {
    const from = [[0, 0], [10, 0], [0, 10]] as const;
    const to = from.map(([x, y]) => [2 * x - 3 * y + 5, 3 * x + 2 * y - 7] as [number, number]);
    const { a, b, tx, ty } = similarity(from, to);
    [[a, 2], [b, 3], [tx, 5], [ty, -7]].forEach(([got, wanted]) => expect(got).toBeCloseTo(wanted!, 9));
  });

  it('gives the same picture a cosine of 1', () => {
    const unit = Float32Array.of(0.6, 0, 0.8);
    expect(cosine(unit, unit)).toBeCloseTo(1, 6);
  });
});

describe('quantile', () => {
  it('interpolates', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3], 1)).toBe(3);
  });
});
