import { describe, expect, test } from 'vitest';
import { BlinkRange } from '../../../client/tracking/blinkRange.ts';
import { GazeSteadier } from '../../../client/tracking/gazeSteadier.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import { poseWith } from '../../support/poses.ts';

type Weights = Partial<Record<BlendshapeName, number>>;
const at = (weights: Float32Array, name: BlendshapeName): number => weights[BLENDSHAPE_NAMES.indexOf(name)]!;
const both = (left: number, right = left): Weights => ({ eyeBlinkLeft: left, eyeBlinkRight: right });

describe('blinks that close', () => {
  const blink = (range: BlinkRange, peak: number): number => {
    let most = 0;
    for (const share of [0.05, 0.4, 1, 0.6, 0.1, 0.05]) {
      const weights = poseWith(both(share * peak)).blendshapeWeights;
      range.apply(weights);
      most = Math.max(most, at(weights, 'eyeBlinkLeft'));
    }
    return most;
  };

  test('somebody whose shut eyes measure 0.5 is learnt, and shuts them', () => {
    const range = new BlinkRange();
    for (let i = 0; i < 12; i++) blink(range, 0.5);
    expect(range.peak).toBeLessThan(0.56);
    expect(blink(range, 0.5)).toBeGreaterThan(0.97);
  });

  test('the first blink already closes where the tracker sees most of it', () => {
    expect(blink(new BlinkRange(), 0.68)).toBeGreaterThan(0.97);
  });

  test('open eyes stay open, and a lazy lid lazy', () => {
    const range = new BlinkRange();
    for (const weight of [0, 0.1, 0.2]) {
      const weights = poseWith(both(weight)).blendshapeWeights;
      range.apply(weights);
      expect(at(weights, 'eyeBlinkLeft')).toBeCloseTo(weight, 2);
    }
  });

  test('a look down is no blink', () => {
    const weights = poseWith({ ...both(0.4), eyeLookDownLeft: 0.7, eyeLookDownRight: 0.7 }).blendshapeWeights;
    new BlinkRange().apply(weights);
    expect(at(weights, 'eyeBlinkLeft')).toBeLessThan(0.5);
  });

  test('lids that nearly agree move together; a wink stays a wink', () => {
    const range = new BlinkRange();
    const blinking = poseWith(both(0.7, 0.55)).blendshapeWeights;
    range.apply(blinking);
    expect(at(blinking, 'eyeBlinkRight')).toBeCloseTo(at(blinking, 'eyeBlinkLeft'), 5);
    const wink = poseWith(both(0.8, 0.15)).blendshapeWeights;
    range.apply(wink);
    expect(at(wink, 'eyeBlinkLeft')).toBeGreaterThan(0.95);
    expect(at(wink, 'eyeBlinkRight')).toBeLessThan(0.2);
  });
});

describe('a steady gaze', () => {
  test('two trembling eyes look the same way, never apart', () => {
    const random = new SeededRandom(3);
    const steadier = new GazeSteadier();
    for (let i = 0; i < 300; i++) {
      const noise = (): number => 0.15 * random.normal();
      const [left, right] = [0.2 + noise(), 0.2 + noise()];
      const weights = poseWith({
        eyeLookOutLeft: Math.max(0, left), eyeLookInLeft: Math.max(0, -left), eyeLookInRight: Math.max(0, right), eyeLookOutRight: Math.max(0, -right),
      }).blendshapeWeights;
      steadier.apply(weights);
      const leftYaw = at(weights, 'eyeLookOutLeft') - at(weights, 'eyeLookInLeft');
      const rightYaw = at(weights, 'eyeLookInRight') - at(weights, 'eyeLookOutRight');
      expect(rightYaw).toBeGreaterThanOrEqual(leftYaw - 1e-6);
      expect(rightYaw - leftYaw).toBeLessThan(0.46);
    }
  });

  test('a gaze to the side passes whole', () => {
    const weights = poseWith({ eyeLookOutLeft: 0.6, eyeLookInRight: 0.6, eyeLookUpLeft: 0.3, eyeLookUpRight: 0.3 }).blendshapeWeights;
    new GazeSteadier().apply(weights);
    expect(at(weights, 'eyeLookOutLeft')).toBeCloseTo(0.6);
    expect(at(weights, 'eyeLookInRight')).toBeCloseTo(0.6);
    expect(at(weights, 'eyeLookUpRight')).toBeCloseTo(0.3);
  });

  test('it does not dip with a blink, and a winking eye follows the open one', () => {
    const steadier = new GazeSteadier();
    steadier.apply(poseWith({ eyeLookUpLeft: 0.2, eyeLookUpRight: 0.2 }).blendshapeWeights);
    const shut = poseWith({ ...both(0.8), eyeLookDownLeft: 0.8, eyeLookDownRight: 0.8 }).blendshapeWeights;
    steadier.apply(shut);
    expect(at(shut, 'eyeLookUpLeft')).toBeCloseTo(0.2);
    expect(at(shut, 'eyeLookDownLeft')).toBe(0);
    const wink = poseWith({ eyeBlinkLeft: 0.9, eyeLookDownLeft: 0.9, eyeLookOutRight: 0.4 }).blendshapeWeights;
    steadier.apply(wink);
    expect(at(wink, 'eyeLookInLeft')).toBeCloseTo(0.4);
    expect(at(wink, 'eyeLookDownLeft')).toBeCloseTo(0);
  });
});
