import { REGION_NAMES } from '../../shared/rig/rig.ts';
import type { SampledColors } from './colorSampling.ts';
import type { LabelMap } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** Further aside than a neckline reaches and above the elbows, metres: what is skin here is a bare shoulder. */
const ASIDE_METERS = 0.09;
const LOWEST_METERS = -0.3;
const FEWEST_SEEN = 20;
/** How much nearer to the skin's colour than to the clothes' skin is, and the share of such splats that tells. */
const LIKENESS = 0.55;
const BARE_SHARE = 0.6;

/**
 * Whether a person's shoulders are bare, by the colours seen in front: then so is their back. The label map cannot tell,
 * it takes everything below the neck for clothes.
 */
export function hasBareShoulders(draft: SplatDraft, seen: SampledColors, labels: LabelMap): boolean {
  const distance = (i: number, color: readonly number[]): number => Math.hypot(...color.map((value, c) => seen.colors[i * 3 + c]! - value));
  let skin = 0;
  let all = 0;
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin || REGION_NAMES[draft.regions[i]!] !== 'bust' || seen.confidence[i]! < 0.5) continue;
    if (Math.abs(draft.metric[i * 3]!) < ASIDE_METERS || draft.metric[i * 3 + 1]! < LOWEST_METERS) continue;
    all += 1;
    if (distance(i, labels.skinColor) < LIKENESS * distance(i, labels.clothesColor)) skin += 1;
  }
  return all >= FEWEST_SEEN && skin > BARE_SHARE * all;
}
