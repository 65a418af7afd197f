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
import { draftSplats } from './splatDraft.ts';
import { sliceSplats, writeSplats } from './splatWriter.ts';

export interface TemplateGeneratorOptions {
  /** Splats of a head, 40,000 to 70,000 for good quality. */
  readonly splatCount?: number;
  /** Milliseconds each stage took, filled in as they end. */
  readonly stageMilliseconds?: Record<string, number>;
}

const DEFAULT_SPLAT_COUNT = 66_000;
/** Where batches end: a coarse head first, then steadily finer. */
const FIRST_BATCH = 4_096;
const LATER_BATCH = 8_192;

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
    const draft = await stage('sampling', 0.2, () => {
      const sites = draftSplats(head, covering, this.#options.splatCount ?? DEFAULT_SPLAT_COUNT, random,
        hairTest(head, this.#zones, labels, matte));
      pullIntoMatte(head, sites, matte);
      return addStrayHair(head, covering, sites, labels, matte, random);
    });
    const { colors, trust } = await stage('colors', 0.5, () => {
      const sampledColors = sampleColors(head, covering, draft, portrait, labels, matte);
      const seen = distrustMouth(draft, distrustLids(head, draft, sampledColors, landmarks), landmarks, labels.skinColor);
      const inferred = inferColors(draft, seen, covering, labels, random);
      paintLashes(head, draft, inferred);
      paintEyes(head, draft, seen, landmarks, labels.skinColor, inferred);
      paintMouth(head, draft, seen, landmarks, labels.skinColor, inferred);
      return { colors: inferred, trust: seen.confidence };
    });
    const sampled = writeSplats(head, draft, colors, {
      rigId: this.#rig.id, rigHash: this.#rig.hash, generator: this.name,
      identityCoefficients: Float32Array.from(portrait.fit.identityCoefficients),
    });
    for (let begin = 0; begin < sampled.count;) {
      const end = Math.min(sampled.count, begin + (begin === 0 ? FIRST_BATCH : LATER_BATCH));
      options.signal.throwIfAborted();
      yield { splats: sliceSplats(sampled, begin, end), pointsSoFar: end, pointsExpected: sampled.count };
      begin = end;
    }
    const solved = await stage('solving', 0.7, () => solveFittedView(head, draft, sampled, portrait, matte, labels, trust));
    options.onProgress?.({ stage: 'done', fraction: 1 });
    return { ...sampled, colors: solved };
  }
}
