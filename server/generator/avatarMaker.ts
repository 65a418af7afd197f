import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildLandmarkModel, type LandmarkModel } from '../../shared/fit/landmarkModel.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { neutralHead } from '../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { encodeAvatar } from '../../shared/splat/codec/avatarEncoder.ts';
import { splatBounds } from '../../shared/splat/splatBounds.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import type { AvatarGenerator } from '../avatar/avatarGenerator.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { analysePortrait } from '../perception/analyse.ts';
import { Perception } from '../perception/perception.ts';
import { generatorFolder, modelsFolder, projectFolder } from '../setup/paths.mjs';
import { DEFAULT_GENERATOR, type GeneratorName } from './generatorNames.ts';
import { type PointPreview, PreviewSender } from './previewSender.ts';
import { GeneratorModel } from '../inference/generatorModel.ts';
import { AutoregressiveGenerator, type AutoregressiveGeneratorOptions } from './autoregressive/autoregressiveGenerator.ts';
import { CHILD_FEATURE_COUNT } from './autoregressive/childFeatures.ts';
import { SITE_FEATURE_COUNT } from './autoregressive/siteFeatures.ts';
import { loadLattice, type SiteLattice } from './autoregressive/siteLattice.ts';
import { TemplateGenerator, type TemplateGeneratorOptions } from './templateGenerator.ts';

export { GENERATOR_NAMES, type GeneratorName } from './generatorNames.ts';

export interface MakeAvatarOptions {
  readonly generator?: GeneratorName;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { stage: string; fraction: number; pointsSoFar?: number; pointsExpected?: number | undefined }) => void;
  /** Called with the head as far as it is written, coarse first, each time in place of the one before. */
  readonly onPoints?: (preview: PointPreview) => void;
}

export interface MadeHead {
  readonly bytes: Uint8Array;
  readonly splats: BoundSplats;
  /** Points that the generator wrote; the template generator's are its splats. */
  readonly points: number;
  readonly portrait: AnalysedPortrait;
  readonly generator: GeneratorName;
  readonly milliseconds: number;
  /** From the call to the first batch of points. */
  readonly firstPointsMilliseconds: number;
  readonly stageMilliseconds: Readonly<Record<string, number>>;
}

/** Share of a whole job's time that analysis takes, for progress. */
const ANALYSIS_SHARE = 0.2;

/** From a portrait's file to an avatar's file. Loads models and rig once. */
export class AvatarMaker {
  readonly rig: Rig;
  readonly landmarkModel: LandmarkModel;
  readonly perception: Perception;

  #model: { readonly lattice: SiteLattice; readonly model: GeneratorModel } | undefined;

  private constructor(rig: Rig, perception: Perception) {
    this.rig = rig;
    this.landmarkModel = buildLandmarkModel(rig);
    this.perception = perception;
  }

  /** @throws {StippleError} RIG_INVALID or MODEL_MISSING when set-up is not done. */
  static async load(): Promise<AvatarMaker> {
    const [rig, perception] = await Promise.all([loadRig(), Perception.load(modelsFolder)]);
    return new AvatarMaker(rig, perception);
  }

  /**
   * Loads what a generator needs beyond rig and perception.
   * @throws {StippleError} MODEL_MISSING or what else is wrong with its files.
   */
  async prepare(generator: GeneratorName): Promise<void> {
    if (generator !== 'autoregressive' || this.#model !== undefined) return;
    const lattice = await loadLattice(this.rig);
    const model = await GeneratorModel.load(generatorFolder, {
      lattice, siteChannels: SITE_FEATURE_COUNT, childChannels: CHILD_FEATURE_COUNT,
    });
    this.#model = { lattice, model };
    await model.warmUp();
  }

  /** A generator of this name. @throws Error when it is not prepared. */
  generatorOf(name: GeneratorName, options: TemplateGeneratorOptions & AutoregressiveGeneratorOptions = {}): AvatarGenerator {
    if (name === 'template') return new TemplateGenerator(this.rig, options);
    if (this.#model === undefined) throw new Error('autoregressive generator: expected prepare() before generatorOf()');
    return new AutoregressiveGenerator(this.rig, this.#model.lattice, this.#model.model, options);
  }

  analyse(portrait: Uint8Array, signal?: AbortSignal): Promise<AnalysedPortrait> {
    return analysePortrait(portrait, {
      perception: this.perception, landmarkModel: this.landmarkModel, ...(signal === undefined ? {} : { signal }),
    });
  }

  /** @throws {StippleError} a portrait's refusal; the signal's reason when aborted. */
  async make(portraitBytes: Uint8Array, options: MakeAvatarOptions): Promise<MadeHead> {
    const startMs = performance.now();
    options.onProgress?.({ stage: 'analysing', fraction: 0 });
    const portrait = await this.analyse(portraitBytes, options.signal);
    const stageMilliseconds: Record<string, number> = { ...portrait.stageMilliseconds };
    const name = options.generator ?? DEFAULT_GENERATOR;
    await this.prepare(name);
    const generator = this.generatorOf(name, { stageMilliseconds });
    const scaled = (fraction: number): number => ANALYSIS_SHARE + (1 - ANALYSIS_SHARE) * fraction;
    const previews = options.onPoints && new PreviewSender({ encode: (splats) => this.encode(splats), send: options.onPoints });
    let fraction = scaled(0);
    const stream = generator.generate(portrait, {
      seed: options.seed, signal: options.signal,
      onProgress: (progress) => {
        fraction = scaled(progress.fraction);
        options.onProgress?.({ stage: progress.stage, fraction });
        previews?.flush();
      },
    });
    let firstPointsMilliseconds: number | undefined;
    let points = 0;
    let step = await stream.next();
    while (step.done !== true) {
      firstPointsMilliseconds ??= performance.now() - startMs;
      const { pointsSoFar, pointsExpected } = step.value;
      points = pointsSoFar;
      options.onProgress?.({ stage: 'points', fraction, pointsSoFar, pointsExpected });
      previews?.offer(step.value);
      step = await stream.next();
    }
    const encodeStartMs = performance.now();
    const bytes = this.encode(step.value);
    stageMilliseconds['encode'] = performance.now() - encodeStartMs;
    const milliseconds = performance.now() - startMs;
    return {
      bytes, splats: step.value, points, portrait, generator: name, milliseconds,
      firstPointsMilliseconds: firstPointsMilliseconds ?? milliseconds, stageMilliseconds,
    };
  }

  encode(splats: BoundSplats): Uint8Array {
    const neutral = neutralHead(this.rig, splats.header.identityCoefficients);
    return encodeAvatar(splats, {
      rigFaceCount: this.rig.faceCount, neutralBounds: splatBounds(splats, new FaceFrames(this.rig, neutral.positions)),
    });
  }

  async dispose(): Promise<void> {
    await Promise.all([this.perception.dispose(), this.#model?.model.dispose()]);
  }
}

/** The committed rig. @throws {StippleError} RIG_UNKNOWN when the file is missing. */
export async function loadRig(): Promise<Rig> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(projectFolder, 'models', 'rig', 'head.rig'));
  } catch (cause) {
    throw new StippleError('RIG_UNKNOWN', { cause });
  }
  return decodeRig(bytes);
}
