import { portraitEvidence } from '../../../server/generator/autoregressive/portraitEvidence.ts';
import { siteFeatures } from '../../../server/generator/autoregressive/siteFeatures.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { ageYears } from '../../makehuman/macro.ts';
import type { PeopleSource } from '../../people/person.ts';
import { alignScene } from './alignedScene.ts';
import { draftChildren } from './childDraft.ts';
import { chooseChildren, childTruth, MOST_CHILDREN, portraitChildTruth } from './childTruth.ts';
import { measureFit, type FitErrors } from './fitErrors.ts';
import { SceneRays } from './sceneRays.ts';
import { writeShard } from './shard.ts';
import { castSites, portraitSiteTruth, siteTruth } from './siteTruth.ts';
import { HELD_OUT_SEED, type Split } from './split.ts';
import { SurroundViews } from './surroundViews.ts';
import type { HeadFitter } from './trainingHead.ts';
import { takeTrainingPhoto } from './trainingStudio.ts';
import { trainingPerson, type TrainingPerson } from './trainingTraits.ts';

export interface SyntheticSize {
  readonly photoPixels: number;
  readonly viewPixels: number;
}

export const FULL_SIZE: SyntheticSize = { photoPixels: 576, viewPixels: 288 };
export const TINY_SIZE: SyntheticSize = { photoPixels: 384, viewPixels: 160 };

/**
 * A synthetic person's shard, and how far the fit was off.
 * @throws {StippleError} the portrait's refusal: not every invented picture is a portrait
 */
export async function makeSyntheticShard(fitter: HeadFitter, source: PeopleSource, seed: number, size: SyntheticSize, path: string): Promise<FitErrors> {
  const person = trainingPerson(seed);
  const photo = await takeTrainingPhoto(source, person, size.photoPixels);
  const head = await fitter.fit(photo.jpeg);
  const { surface, portrait, context: { labels, matte } } = head;
  const aligned = alignScene(photo, portrait, surface.head);
  const rays = new SceneRays(aligned.scene, aligned.positions);
  const views = new SurroundViews(photo, person, aligned, portrait, surface.head, size.viewPixels);
  const hits = castSites(head, rays);
  const sites = siteTruth(head, hits, views);
  const evidence = portraitEvidence(surface, portrait, labels, matte);
  const random = new SeededRandom(seed * 48271 + 29);
  const children = draftChildren(head, evidence, sites, random);
  const indices = chooseChildren(children.draft.count, MOST_CHILDREN, random);
  await writeShard(path, {
    head, evidence, siteFeatures: siteFeatures(head.lattice, surface, head.placed, evidence), sites, children,
    childTruth: childTruth(head, children, indices, rays, views),
    metadata: { id: `synthetic-${seed}`, kind: 'synthetic', split: seed < HELD_OUT_SEED ? 'train' : 'heldout', traits: JSON.stringify(describe(person)) },
  });
  return measureFit(photo, head, hits, sites, seed);
}

/** A portrait's shard. @throws {StippleError} its refusal */
export async function makePortraitShard(fitter: HeadFitter, id: string, jpeg: Uint8Array, split: Split, path: string): Promise<void> {
  const head = await fitter.fit(jpeg);
  const { surface, portrait, context: { labels, matte } } = head;
  const sites = portraitSiteTruth(head);
  const evidence = portraitEvidence(surface, portrait, labels, matte);
  const random = new SeededRandom(1);
  const children = draftChildren(head, evidence, sites, random);
  const indices = chooseChildren(children.draft.count, MOST_CHILDREN, random);
  await writeShard(path, {
    head, evidence, siteFeatures: siteFeatures(head.lattice, surface, head.placed, evidence), sites, children,
    childTruth: portraitChildTruth(children, indices),
    metadata: { id, kind: 'real', split, traits: '{}' },
  });
}

/** What results are broken down by. */
export function describe({ traits }: TrainingPerson): Record<string, string | number> {
  const { african, asian, caucasian } = traits.macro.ethnicity;
  return {
    african: round(african), asian: round(asian), caucasian: round(caucasian), skinDepth: round(traits.skinTone[1]),
    years: Math.round(ageYears(traits.macro.age)), woman: traits.macro.gender < 0.5 ? 1 : 0,
    headwear: traits.cap?.kind ?? traits.hat ?? 'none', glasses: traits.glasses, hair: traits.hair ?? 'none', beard: round(traits.beard),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
