import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats, PointBatch } from '../../shared/splat/boundSplats.ts';
import type { AvatarGenerator, GenerateOptions } from '../avatar/avatarGenerator.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { inferColors } from './colorInference.ts';
import { sampleColors } from './colorSampling.ts';
import { fitCovering, hairTest } from './covering.ts';
import { signedDistance } from './distanceField.ts';
import { paintEyes } from './eyePaint.ts';
import { placeFittedHead } from './fittedHead.ts';
import { solveFittedView } from './fittedViewSolve.ts';
import { labelPortrait } from './labelMap.ts';
import { distrustLids, paintLashes } from './lidPaint.ts';
import { pullIntoMatte } from './matteFit.ts';
import { distrustMouth, paintMouth } from './mouthPaint.ts';
import { addStrayHair } from './strayHair.ts';
import { findRigZones, type RigZones } from './rigZones.ts';
import { draftSplats, type SplatDraft } from './splatDraft.ts';
import { writeSplats } from './splatWriter.ts';

export interface TemplateGeneratorOptions {
  /** Splats of a head, 40,000 to 70,000 for good quality. */
  readonly splatCount?: number;
  /** Milliseconds each stage took, filled in as they end. */
  readonly stageMilliseconds?: Record<string, number>;
}

const DEFAULT_SPLAT_COUNT = 66_000;
/** Splats of the coarse head that is shown while the real one is made. */
const COARSE_SPLATS = 3_000;

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
    const stage = async <T>(name: string, fraction: number, work: () => T): Promise<T> => {
      options.onProgress?.({ stage: name, fraction });
      // Lets the event loop breathe between stages, and an abort arrive.
      await setImmediate();
      options.signal.throwIfAborted();
      const startMs = performance.now();
      const result = work();
      if (this.#options.stageMilliseconds !== undefined) this.#options.stageMilliseconds[name] = performance.now() - startMs;
      return result;
    };
    const { image, landmarks } = portrait;
    const { head, labels, matte } = await stage('placing', 0, () => ({
      head: placeFittedHead(this.#rig, portrait),
      labels: labelPortrait(portrait),
      matte: signedDistance(portrait.matte, image.width, image.height),
    }));
    const covering = await stage('covering', 0.1, () => fitCovering(head, this.#zones, portrait, labels, matte));
    const isHairThere = hairTest(head, this.#zones, labels, matte);
    const header = {
      rigId: this.#rig.id, rigHash: this.#rig.hash, generator: this.name,
      identityCoefficients: Float32Array.from(portrait.fit.identityCoefficients),
    };
    const place = (count: number, source: SeededRandom): SplatDraft => {
      const sites = draftSplats(head, covering, count, source, isHairThere);
      pullIntoMatte(head, sites, matte);
      return addStrayHair(head, covering, sites, labels, matte, source);
    };
    const paint = (draft: SplatDraft, source: SeededRandom): { colors: Float32Array; trust: Float32Array } => {
      const sampledColors = sampleColors(head, covering, draft, portrait, labels, matte);
      const seen = distrustMouth(draft, distrustLids(head, draft, sampledColors, landmarks), landmarks, labels.skinColor);
      const colors = inferColors(draft, seen, covering, labels, source);
      paintLashes(head, draft, colors);
      paintEyes(head, draft, seen, landmarks, labels.skinColor, colors);
      paintMouth(head, draft, seen, landmarks, labels.skinColor, colors);
      return { colors, trust: seen.confidence };
    };
    const total = this.#options.splatCount ?? DEFAULT_SPLAT_COUNT;
    // With dice of its own: what is shown on the way changes nothing of the result.
    const coarse = await stage('coarse', 0.2, () => {
      const source = new SeededRandom(options.seed);
      const draft = place(Math.min(COARSE_SPLATS, total), source);
      return writeSplats(head, draft, paint(draft, source).colors, header);
    });
    yield { splats: coarse, whole: true, pointsSoFar: coarse.count, pointsExpected: undefined };
    const draft = await stage('sampling', 0.25, () => place(total, random));
    const { colors, trust } = await stage('colors', 0.5, () => paint(draft, random));
    const sampled = writeSplats(head, draft, colors, header);
    yield { splats: sampled, whole: true, pointsSoFar: sampled.count, pointsExpected: sampled.count };
    const solved = await stage('solving', 0.7, () => solveFittedView(head, draft, sampled, portrait, matte, labels, trust));
    options.onProgress?.({ stage: 'done', fraction: 1 });
    return { ...sampled, colors: solved };
  }
}
