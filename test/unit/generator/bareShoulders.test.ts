import { describe, expect, it } from 'vitest';
import { hasBareShoulders } from '../../../server/generator/bareShoulders.ts';
import type { SampledColors } from '../../../server/generator/colorSampling.ts';
import type { LabelMap } from '../../../server/generator/labelMap.ts';
import { LAYER, type SplatDraft } from '../../../server/generator/splatDraft.ts';
import { REGION_NAMES } from '../../../shared/rig/rig.ts';

const COUNT = 100;
const SKIN = [0.6, 0.42, 0.32] as const;
const CLOTHES = [0.05, 0.5, 0.9] as const;
const labels = { skinColor: SKIN, clothesColor: CLOTHES } as unknown as LabelMap;

/** A row of bust splats from shoulder to shoulder; those aside of `bareFrom` metres are skin. */
function person(bareFrom: number): [SplatDraft, SampledColors] {
  const draft = {
    count: COUNT, layers: new Uint8Array(COUNT).fill(LAYER.skin), regions: new Uint8Array(COUNT).fill(REGION_NAMES.indexOf('bust')),
    metric: new Float32Array(COUNT * 3),
  } as unknown as SplatDraft;
  const colors = new Float32Array(COUNT * 3);
  for (let i = 0; i < COUNT; i += 1) {
    const x = -0.2 + (0.4 * i) / COUNT;
    draft.metric.set([x, -0.2, 0], i * 3);
    colors.set((Math.abs(x) > bareFrom ? SKIN : CLOTHES).map((value) => value * 0.9), i * 3);
  }
  return [draft, { colors, confidence: new Float32Array(COUNT).fill(1) } as unknown as SampledColors];
}

describe('hasBareShoulders', () => {
  it('tells shoulders of skin from clothed ones by colour, in other light than the face is in', () => {
    expect(hasBareShoulders(...person(0), labels)).toBe(true);
    expect(hasBareShoulders(...person(0.05), labels)).toBe(true);
    expect(hasBareShoulders(...person(1), labels)).toBe(false);
  });

  it('does not go by a neckline, nor by what is hardly seen', () => {
    const [draft, seen] = person(1);
    for (let i = 0; i < COUNT; i += 1) if (Math.abs(draft.metric[i * 3]!) < 0.08) seen.colors.set(SKIN, i * 3);
    expect(hasBareShoulders(draft, seen, labels)).toBe(false);
    const [bare, hidden] = person(0);
    hidden.confidence.fill(0.2);
    expect(hasBareShoulders(bare, hidden, labels)).toBe(false);
  });
});
