import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats, PointBatch } from '../../shared/splat/boundSplats.ts';
import type { AvatarGenerator, GenerateOptions } from '../avatar/avatarGenerator.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { coverPortrait, headerOf, keepToOutline, paintDraft, placePortrait, type CoveredPortrait } from './fittedPortrait.ts';
import { solveFittedView } from './fittedViewSolve.ts';
import { findRigZones, type RigZones } from './rigZones.ts';
import { draftSplats, type SplatDraft } from './splatDraft.ts';
import { writeSplats } from './splatWriter.ts';
import { Stages } from './stages.ts';
import { layUndercoat } from './undercoat.ts';

export interface TemplateGeneratorOptions {
  /** Splats of a head over its undercoat, 40,000 to 70,000 for good quality. */
  readonly splatCount?: number;
  /** Milliseconds each stage took, filled in as they end. */
  readonly stageMilliseconds?: Record<string, number>;
}

const DEFAULT_SPLAT_COUNT = 66_000;
/** Splats of the coarse head that is shown while the real one is made. */
export const COARSE_SPLATS = 3_000;

/**
 * The template generator: splats spread over the fitted rig and over hair and clothes pushed out to the person's
 * outline, coloured from the portrait where it sees them and inferred where it does not. Deterministic for a seed.
 */
export class TemplateGenerator implements AvatarGenerator {
  readonly name = 'template';
  readonly #rig: Rig;
  readonly #zones: RigZones;
  readonly #options: TemplateGeneratorOptions;

  constructor(rig: Rig, options: TemplateGeneratorOptions = {}) {
    this.#rig = rig;
    this.#zones = findRigZones(rig);
    this.#options = options;
  }

  async *generate(portrait: AnalysedPortrait, options: GenerateOptions): AsyncGenerator<PointBatch, BoundSplats, void> {
    const random = new SeededRandom(options.seed);
    const stages = new Stages(options, this.#options.stageMilliseconds);
    const header = headerOf(this.#rig, portrait, this.name);
    const fitted = await stages.run('placing', 0, () => placePortrait(this.#rig, portrait));
    const covered = await stages.run('covering', 0.1, () => coverPortrait(fitted, this.#zones));
    const { head, labels, matte } = covered;
    const total = this.#options.splatCount ?? DEFAULT_SPLAT_COUNT;
    const coarse = await stages.run('coarse', 0.2, () => coarseHead(covered, Math.min(COARSE_SPLATS, total), options.seed, header));
    yield { splats: coarse, whole: true, pointsSoFar: coarse.count, pointsExpected: undefined };
    const draft = await stages.run('sampling', 0.25, () => templateDraft(covered, total, random));
    const { colors, trust } = await stages.run('colors', 0.5, () => paintDraft(covered, draft, random));
    const coated = layUndercoat(draft, writeSplats(head, draft, colors, header));
    const { splats } = coated;
    yield { splats, whole: true, pointsSoFar: splats.count, pointsExpected: splats.count };
    const solved = await stages.run('solving', 0.7, () => solveFittedView(head, draft, coated, portrait, matte, labels, trust));
    stages.done();
    return { ...splats, colors: solved };
  }
}

/** Splats where the template puts them. */
export function templateDraft(covered: CoveredPortrait, count: number, random: SeededRandom): SplatDraft {
  return keepToOutline(covered, draftSplats(covered.head, covered.covering, count, random, covered.isHairThere), random);
}

/** A head of few splats, to be seen early. Its dice are its own: it changes nothing of what comes after. */
export function coarseHead(covered: CoveredPortrait, count: number, seed: number, header: BoundSplats['header']): BoundSplats {
  const random = new SeededRandom(seed);
  const draft = templateDraft(covered, count, random);
  return writeSplats(covered.head, draft, paintDraft(covered, draft, random).colors, header);
}
