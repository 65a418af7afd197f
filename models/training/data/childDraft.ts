import { childFeatures } from '../../../server/generator/autoregressive/childFeatures.ts';
import { draftFromPoints, findParents } from '../../../server/generator/autoregressive/pointDraft.ts';
import { evidenceOn, type PortraitEvidence } from '../../../server/generator/autoregressive/portraitEvidence.ts';
import { inferColors } from '../../../server/generator/colorInference.ts';
import { sampleColors, type SampledColors } from '../../../server/generator/colorSampling.ts';
import { paintEyes } from '../../../server/generator/eyePaint.ts';
import { distrustLids, paintLashes } from '../../../server/generator/lidPaint.ts';
import { pullIntoMatte } from '../../../server/generator/matteFit.ts';
import { distrustMouth, paintMouth } from '../../../server/generator/mouthPaint.ts';
import type { SplatDraft } from '../../../server/generator/splatDraft.ts';
import { addStrayHair } from '../../../server/generator/strayHair.ts';
import type { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { SPLATS_PER_POINT, type SiteTruth } from './siteTruth.ts';
import type { TrainingHead } from './trainingHead.ts';

/** The splats that the product would draft around the true points, and what it would tell the decoder of them. */
export interface ChildDraft {
  readonly draft: SplatDraft;
  /** [count, CHILD_FEATURE_COUNT] */
  readonly features: Float32Array;
  /** Site of each splat's point, [count]. */
  readonly sites: Uint32Array;
  readonly seen: SampledColors;
}

export function draftChildren(head: TrainingHead, evidence: PortraitEvidence, truth: SiteTruth, random: SeededRandom): ChildDraft {
  const { lattice, surface, placed, portrait, isHairThere, context: { labels, matte } } = head;
  const kept: number[] = [];
  truth.keep.forEach((keep, site) => { if (keep === 1) kept.push(site); });
  const sites = Uint32Array.from(kept);
  const points = { sites, heights: Float32Array.from(sites, (site) => truth.height[site]!) };
  const { draft: drafted, raised, field } = draftFromPoints(surface, lattice, placed, points, { splatsPerPoint: SPLATS_PER_POINT, isHairThere }, random);
  const fitted = surface.head;
  pullIntoMatte(fitted, drafted, matte);
  const draft = addStrayHair(fitted, raised.covering, drafted, labels, matte, random);
  const seen = distrustMouth(draft, distrustLids(fitted, draft, sampleColors(fitted, raised.covering, draft, portrait, labels, matte), portrait.landmarks),
    portrait.landmarks, labels.skinColor);
  const colors = inferColors(draft, seen, raised.covering, labels, random);
  paintLashes(fitted, draft, colors);
  paintEyes(fitted, draft, seen, portrait.landmarks, labels.skinColor, colors);
  paintMouth(fitted, draft, seen, portrait.landmarks, labels.skinColor, colors);
  const parents = findParents(draft, field);
  const features = childFeatures(raised, draft, parents, { colors, trust: seen.confidence }, evidenceOn(evidence, raised));
  return { draft, features, sites: Uint32Array.from(parents.parents, (point) => sites[point]!), seen };
}
