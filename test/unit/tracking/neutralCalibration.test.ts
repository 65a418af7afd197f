import { describe, expect, test } from 'vitest';
import { angleBetween, fromYawPitchRoll, multiply } from '../../../client/motion/rotation.ts';
import { NeutralCalibration } from '../../../client/tracking/neutralCalibration.ts';
import type { FaceMeasurement } from '../../../client/tracking/neutralCalibration.ts';
import type { BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

function measure(weights: Partial<Record<BlendshapeName, number>>, rotation = fromYawPitchRoll(0, 0, 0), positionMeters: FaceMeasurement['cameraFromHeadMeters'] = [0, 0, -0.5]): FaceMeasurement {
  return { blendshapeWeights: poseWith(weights).blendshapeWeights, cameraFromHeadRotation: rotation, cameraFromHeadMeters: positionMeters };
}

function calibrated(rest: FaceMeasurement): NeutralCalibration {
  const calibration = new NeutralCalibration();
  calibration.collect(3, () => undefined);
  for (let i = 0; i < 3; i++) calibration.apply(rest);
  return calibration;
}

describe('neutral calibration', () => {
  test('uncalibrated: weights pass, and the place first seen is the seat', () => {
    const calibration = new NeutralCalibration();
    const first = calibration.apply(measure({ jawOpen: 0.4 }, fromYawPitchRoll(0.2, 0, 0), [0.1, 0.05, -0.6]));
    expect(weightOf(first, 'jawOpen')).toBeCloseTo(0.4);
    expect(first.headPositionMeters.map((value) => Math.abs(value))).toEqual([0, 0, 0]);
    expect(angleBetween(first.headRotation, fromYawPitchRoll(0.2, 0, 0))).toBeLessThan(1e-6);
  });

  test('the rest becomes zero and a full expression stays full', () => {
    const calibration = calibrated(measure({ browDownLeft: 0.3 }));
    expect(weightOf(calibration.apply(measure({ browDownLeft: 0.3 })), 'browDownLeft')).toBeCloseTo(0);
    expect(weightOf(calibration.apply(measure({ browDownLeft: 1 })), 'browDownLeft')).toBeCloseTo(1);
    expect(weightOf(calibration.apply(measure({ browDownLeft: 0.1 })), 'browDownLeft')).toBe(0);
  });

  test('a camera below the screen: the rest looks straight, and turns are about the body', () => {
    const tilt = fromYawPitchRoll(0.1, -0.3, 0.05);
    const calibration = calibrated(measure({}, tilt));
    expect(angleBetween(calibration.apply(measure({}, tilt)).headRotation, [0, 0, 0, 1])).toBeLessThan(1e-5);
    const turned = calibration.apply(measure({}, multiply(tilt, fromYawPitchRoll(0.4, 0, 0))));
    expect(angleBetween(turned.headRotation, fromYawPitchRoll(0.4, 0, 0))).toBeLessThan(1e-5);
  });

  test('a gaze that rests below the camera looks straight afterwards, up and down alike', () => {
    const calibration = calibrated(measure({ eyeLookDownLeft: 0.4 }));
    const rest = calibration.apply(measure({ eyeLookDownLeft: 0.4 }));
    expect([weightOf(rest, 'eyeLookDownLeft'), weightOf(rest, 'eyeLookUpLeft')]).toEqual([0, 0]);
    const straight = calibration.apply(measure({}));
    expect(weightOf(straight, 'eyeLookUpLeft')).toBeCloseTo(0.4);
  });

  test('leaning is bounded', () => {
    const calibration = calibrated(measure({}));
    const lean = calibration.apply(measure({}, undefined, [3, 0, -0.5])).headPositionMeters;
    expect(Math.hypot(...lean)).toBeCloseTo(0.15);
  });

  test('an expression held while calibrating does not eat the whole range', () => {
    const calibration = calibrated(measure({ jawOpen: 1 }));
    expect(weightOf(calibration.apply(measure({ jawOpen: 1 })), 'jawOpen')).toBeCloseTo(1);
  });

  test('says when it is done', () => {
    const calibration = new NeutralCalibration();
    let done = 0;
    calibration.collect(2, () => { done++; });
    calibration.apply(measure({}));
    expect([done, calibration.collecting]).toEqual([0, true]);
    calibration.apply(measure({}));
    calibration.apply(measure({}));
    expect([done, calibration.collecting]).toEqual([1, false]);
  });
});
