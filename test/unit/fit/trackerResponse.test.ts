import { describe, expect, test } from 'vitest';
import { isTrackerScaled, rigWeight, toRigWeights } from '../../../shared/fit/trackerResponse.ts';
import { TRACKER_STRENGTHS } from '../../../shared/fit/trackerStrengths.generated.ts';
import { BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';

const STEPS = Array.from({ length: 101 }, (_, i) => i / 100);
const strengthOf = (name: string): number => (TRACKER_STRENGTHS as Readonly<Record<string, number>>)[name] ?? 1;

describe('the rig\'s weight for a measured one', () => {
  test('nothing stays nothing and all stays all; what lies outside ends there', () => {
    for (const strength of [0.7, 1, 1.4, 2]) {
      expect([-0.2, 0, 1, 1.3].map((measured) => rigWeight(measured, strength))).toEqual([0, 0, 1, 1]);
    }
  });

  test('more measured is more shown, and a small movement is shown by its strength', () => {
    for (const strength of [0.7, 1, 1.4, 2]) {
      const shown = STEPS.map((measured) => rigWeight(measured, strength));
      for (let i = 1; i < shown.length; i++) expect(shown[i]!).toBeGreaterThan(shown[i - 1]!);
      expect(rigWeight(0.01, strength) / 0.01).toBeCloseTo(strength, 1);
    }
  });
});

describe('a measured face', () => {
  test('gaze, blinks and what is read off landmarks stay as they are; the rest follows its strength', () => {
    const measured = Float32Array.from(BLENDSHAPE_NAMES, (_, i) => (i + 1) / 60);
    const weights = measured.slice();
    toRigWeights(weights);
    for (const [i, name] of BLENDSHAPE_NAMES.entries()) {
      expect(weights[i], name).toBeCloseTo(isTrackerScaled(name) ? rigWeight(measured[i]!, strengthOf(name)) : measured[i]!, 6);
    }
    expect(BLENDSHAPE_NAMES.filter((name) => !isTrackerScaled(name)).length).toBeGreaterThan(15);
  });

  test('strengths are of shapes that there are, within bounds, and the same on both sides', () => {
    for (const [name, strength] of Object.entries(TRACKER_STRENGTHS) as [string, number][]) {
      expect(BLENDSHAPE_NAMES).toContain(name);
      expect(isTrackerScaled(name as BlendshapeName)).toBe(true);
      expect(strength).toBeGreaterThanOrEqual(0.7);
      expect(strength).toBeLessThanOrEqual(2);
      expect(strengthOf(name.replace(/Left$/, 'Right'))).toBe(strength);
    }
  });
});
