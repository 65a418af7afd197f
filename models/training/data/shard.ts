import { CHILD_FEATURE_COUNT, CHILD_FEATURE_NAMES } from '../../../server/generator/autoregressive/childFeatures.ts';
import { cropPicture, PICTURE_SIZE } from '../../../server/generator/autoregressive/picture.ts';
import type { PortraitEvidence } from '../../../server/generator/autoregressive/portraitEvidence.ts';
import { SITE_FEATURE_COUNT, SITE_FEATURE_NAMES } from '../../../server/generator/autoregressive/siteFeatures.ts';
import type { ChildDraft } from './childDraft.ts';
import type { ChildTruth } from './childTruth.ts';
import { writeSafetensors, type Tensor } from './safetensorsWriter.ts';
import type { SiteTruth } from './siteTruth.ts';
import type { TrainingHead } from './trainingHead.ts';

/** Of what the shards' layout changes with. */
export const SHARD_VERSION = '1';

export interface ShardContent {
  readonly head: TrainingHead;
  readonly evidence: PortraitEvidence;
  readonly siteFeatures: Float32Array;
  readonly sites: SiteTruth;
  readonly children: ChildDraft;
  readonly childTruth: ChildTruth;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes one head's shard; returns its bytes. See README.md for the tensors. */
export function writeShard(path: string, { head, evidence, siteFeatures, sites, children, childTruth, metadata }: ShardContent): Promise<number> {
  const { siteCount } = head.lattice;
  const { indices } = childTruth;
  const n = indices.length;
  const features = new Float32Array(n * CHILD_FEATURE_COUNT);
  const positions = new Float32Array(n * 3);
  indices.forEach((splat, i) => {
    features.set(children.features.subarray(splat * CHILD_FEATURE_COUNT, (splat + 1) * CHILD_FEATURE_COUNT), i * CHILD_FEATURE_COUNT);
    positions.set(children.draft.metric.subarray(splat * 3, splat * 3 + 3), i * 3);
  });
  const tensors: Record<string, Tensor> = {
    image: { dtype: 'U8', shape: [3, PICTURE_SIZE, PICTURE_SIZE], data: cropPicture(head.portrait.image, evidence.crop) },
    siteFeatures: { dtype: 'F16', shape: [siteCount, SITE_FEATURE_COUNT], data: siteFeatures },
    keep: { dtype: 'U8', shape: [siteCount], data: sites.keep },
    keepWeight: { dtype: 'U8', shape: [siteCount], data: sites.keepWeight },
    height: { dtype: 'F16', shape: [siteCount], data: sites.height },
    heightWeight: { dtype: 'U8', shape: [siteCount], data: sites.heightWeight },
    demand: { dtype: 'F32', shape: [siteCount], data: sites.demand },
    densities: { dtype: 'F32', shape: [siteCount], data: head.placed.densities },
    childFeatures: { dtype: 'F16', shape: [n, CHILD_FEATURE_COUNT], data: features },
    childPosition: { dtype: 'F16', shape: [n, 3], data: positions },
    childSite: { dtype: 'U32', shape: [n], data: Uint32Array.from(indices, (splat) => children.sites[splat]!) },
    childColor: { dtype: 'F16', shape: [n, 3], data: childTruth.color },
    childColorWeight: { dtype: 'U8', shape: [n], data: childTruth.colorWeight },
    childHeight: { dtype: 'F16', shape: [n], data: childTruth.height },
    childCoverage: { dtype: 'F16', shape: [n], data: childTruth.coverage },
    childAxes: { dtype: 'F16', shape: [n, 3], data: childTruth.axes },
  };
  return writeSafetensors(path, tensors, {
    version: SHARD_VERSION, latticeHash: head.lattice.hash, siteFeatureNames: JSON.stringify(SITE_FEATURE_NAMES),
    childFeatureNames: JSON.stringify(CHILD_FEATURE_NAMES), ...metadata,
  });
}
