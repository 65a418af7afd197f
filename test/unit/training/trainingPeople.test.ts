import { describe, expect, it } from 'vitest';
import { EVALUATION_SEED, splitPortraits } from '../../../models/training/data/split.ts';
import { trainingPerson } from '../../../models/training/data/trainingTraits.ts';

describe('splitPortraits', () => {
  it('holds out every fifth by name, whatever order they come in', () => {
    const names = Array.from({ length: 150 }, (_, i) => `person-${String(i).padStart(3, '0')}.jpg`);
    const split = splitPortraits([...names].reverse());
    expect(split.filter((entry) => entry.split === 'heldout').map(({ name }) => names.indexOf(name))).toEqual(Array.from({ length: 30 }, (_, i) => 5 * i + 4));
  });
});

describe('trainingPerson', () => {
  it('is the same for the same seed and another for another', () => {
    expect(trainingPerson(7)).toEqual(trainingPerson(7));
    expect(trainingPerson(7)).not.toEqual(trainingPerson(8));
  });

  it('draws every hair style, bald heads, all headwear, glasses, beards, and skins from dark to light', () => {
    const people = Array.from({ length: 600 }, (_, i) => trainingPerson(i + 1).traits);
    expect(new Set(people.map(({ hair }) => hair)).size).toBe(11);
    expect(new Set(people.map(({ cap, hat }) => cap?.kind ?? hat))).toEqual(new Set([undefined, 'beanie', 'turban', 'headband', 'scarf', 'fedora', 'fedora_cocked']));
    expect(new Set(people.map(({ glasses }) => glasses))).toEqual(new Set(['none', 'round', 'square']));
    expect(people.some(({ beardMeters }) => beardMeters !== undefined)).toBe(true);
    expect(people.filter(({ macro }) => macro.ethnicity.african > 0.5).length).toBeGreaterThan(120);
  });

  it('turns heads no further than portraits are accepted', () => {
    for (let seed = 1; seed < 300; seed++) {
      const { pose, cameraYaw } = trainingPerson(seed).traits;
      expect(Math.abs(pose.headYaw - cameraYaw)).toBeLessThanOrEqual((25 * Math.PI) / 180 + 1e-9);
    }
  });

  it('keeps away from the seeds of the evaluation', () => {
    expect(EVALUATION_SEED).toBe(900_000);
  });
});
