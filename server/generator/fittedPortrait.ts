import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { AvatarHeader } from '../../shared/splat/boundSplats.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { inferColors } from './colorInference.ts';
import { sampleColors } from './colorSampling.ts';
import { fitCovering, hairTest, type Covering } from './covering.ts';
import { signedDistance, type DistanceField } from './distanceField.ts';
import { paintEyes } from './eyePaint.ts';
import { placeFittedHead, type FittedHead } from './fittedHead.ts';
import { labelPortrait, type LabelMap } from './labelMap.ts';
import { distrustLids, paintLashes } from './lidPaint.ts';
import { pullIntoMatte } from './matteFit.ts';
import { distrustMouth, paintMouth } from './mouthPaint.ts';
import type { RigZones } from './rigZones.ts';
import type { HairTest, SplatDraft } from './splatDraft.ts';
import { addStrayHair } from './strayHair.ts';

/** A portrait with everything that both generators start from. */
export interface FittedPortrait {
  readonly portrait: AnalysedPortrait;
  readonly head: FittedHead;
  readonly labels: LabelMap;
  readonly matte: DistanceField;
}

/** The same with hair and clothes laid over the rig. */
export interface CoveredPortrait extends FittedPortrait {
  readonly covering: Covering;
  readonly isHairThere: HairTest;
}

/** Colours of a draft's splats, [count, 3], and how far the portrait was believed for each, in [0, 1], [count]. */
export interface PaintedColors {
  readonly colors: Float32Array;
  readonly trust: Float32Array;
}

export function placePortrait(rig: Rig, portrait: AnalysedPortrait): FittedPortrait {
  const { image } = portrait;
  return {
    portrait, head: placeFittedHead(rig, portrait), labels: labelPortrait(portrait),
    matte: signedDistance(portrait.matte, image.width, image.height),
  };
}

export function coverPortrait(fitted: FittedPortrait, zones: RigZones): CoveredPortrait {
  const { portrait, head, labels, matte } = fitted;
  return {
    ...fitted, covering: fitCovering(head, zones, portrait, labels, matte), isHairThere: hairTest(head, zones, labels, matte),
  };
}

export function headerOf(rig: Rig, portrait: AnalysedPortrait, generator: string): AvatarHeader {
  return { rigId: rig.id, rigHash: rig.hash, generator, identityCoefficients: Float32Array.from(portrait.fit.identityCoefficients) };
}

/** A draft kept within the person's outline, and hair added where the portrait shows some beyond it. */
export function keepToOutline(covered: CoveredPortrait, draft: SplatDraft, random: SeededRandom): SplatDraft {
  const { head, covering, labels, matte } = covered;
  pullIntoMatte(head, draft, matte);
  return addStrayHair(head, covering, draft, labels, matte, random);
}

/** Colours as the portrait shows them where it can be believed, inferred elsewhere; lids, eyes and mouth painted. */
export function paintDraft(covered: CoveredPortrait, draft: SplatDraft, random: SeededRandom): PaintedColors {
  const { head, covering, portrait, labels, matte } = covered;
  const { landmarks } = portrait;
  const sampled = sampleColors(head, covering, draft, portrait, labels, matte);
  const seen = distrustMouth(draft, distrustLids(head, draft, sampled, landmarks), landmarks, labels.skinColor);
  const colors = inferColors(draft, seen, covering, labels, random);
  paintLashes(head, draft, colors);
  paintEyes(head, draft, seen, landmarks, labels.skinColor, colors);
  paintMouth(head, draft, seen, landmarks, labels.skinColor, colors);
  return { colors, trust: seen.confidence };
}
