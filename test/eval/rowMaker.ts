import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AvatarGenerator } from '../../server/avatar/avatarGenerator.ts';
import { AutoregressiveGenerator } from '../../server/generator/autoregressive/autoregressiveGenerator.ts';
import type { AutoregressiveGeneratorOptions } from '../../server/generator/autoregressive/autoregressiveGenerator.ts';
import { CHILD_FEATURE_COUNT } from '../../server/generator/autoregressive/childFeatures.ts';
import { SITE_FEATURE_COUNT } from '../../server/generator/autoregressive/siteFeatures.ts';
import { loadLattice } from '../../server/generator/autoregressive/siteLattice.ts';
import type { SiteLattice } from '../../server/generator/autoregressive/siteLattice.ts';
import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { sliceSplats } from '../../server/generator/splatWriter.ts';
import { TemplateGenerator } from '../../server/generator/templateGenerator.ts';
import { GeneratorModel } from '../../server/inference/generatorModel.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';
import { generatorFolder } from '../../server/setup/paths.mjs';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { PointMemory } from './pointMemory.ts';

/**
 * The table's rows: the template generator; the autoregressive one; it with its decoder blind to where a point is; blind
 * to the transformer's hidden states; with the template's places for the transformer's.
 */
export const ROW_NAMES = ['template', 'autoregressive', 'ar-feature-only', 'position-only', 'template-positions'] as const;
export type RowName = (typeof ROW_NAMES)[number];

export interface MadeRow {
  readonly row: RowName;
  readonly bytes: Uint8Array;
  readonly splatCount: number;
  /** Points that the generator wrote, or the splats where it writes none. */
  readonly pointCount: number;
  /** Generation and encoding. */
  readonly milliseconds: number;
}

/** Splats a head where no generator chooses the number. */
const DEFAULT_SPLAT_COUNT = 50_000;
/** A generator that misses the number asked for by more than this share is asked again for as many fewer. */
const COUNT_TOLERANCE = 0.003;

const VARIANTS: Readonly<Record<Exclude<RowName, 'template'>, AutoregressiveGeneratorOptions>> = {
  autoregressive: {},
  'ar-feature-only': { use: { features: true, position: false } },
  'position-only': { use: { features: false, position: true } },
  'template-positions': { positions: 'template', use: { features: false, position: true } },
};

interface Trained {
  readonly lattice: SiteLattice;
  readonly model: GeneratorModel;
}

/** Makes one portrait's avatar in the ways that the table compares. */
export class RowMaker {
  readonly #maker: AvatarMaker;
  #trained: Trained | undefined;

  constructor(maker: AvatarMaker) {
    this.#maker = maker;
  }

  /** Which of the rows can be made here, the one that chooses the number of splats first. */
  static rows(wanted: readonly RowName[]): RowName[] {
    const trained = existsSync(join(generatorFolder, 'manifest.json'));
    const rows = wanted.filter((row) => row === 'template' || trained);
    return [...rows.filter((row) => row === 'autoregressive'), ...rows.filter((row) => row !== 'autoregressive')];
  }

  /** All rows of one portrait, each with as many splats as the first one, as they get done. */
  async *make(portrait: AnalysedPortrait, rows: readonly RowName[], seed: number): AsyncGenerator<MadeRow, void, void> {
    if (rows.some((row) => row !== 'template')) this.#trained ??= await this.#load();
    const memory = this.#trained && new PointMemory(this.#trained.model);
    let splatCount: number | undefined;
    for (const row of rows) {
      let made = await this.#generate(row, memory, portrait, seed, splatCount);
      const missed = splatCount === undefined ? 0 : made.splats.count - splatCount;
      if (splatCount !== undefined && Math.abs(missed) > COUNT_TOLERANCE * splatCount) {
        made = await this.#generate(row, memory, portrait, seed, splatCount - missed);
      }
      splatCount ??= made.splats.count;
      // The last ones of a progressive order are the finest: a few of them make no hole.
      const splats = made.splats.count > splatCount ? sliceSplats(made.splats, 0, splatCount) : made.splats;
      const started = performance.now();
      const bytes = this.#maker.encode(splats);
      yield {
        row, bytes, splatCount: splats.count, pointCount: made.pointCount,
        milliseconds: made.milliseconds + performance.now() - started,
      };
    }
  }

  async #load(): Promise<Trained> {
    const lattice = await loadLattice(this.#maker.rig);
    const model = await GeneratorModel.load(generatorFolder, { lattice, siteChannels: SITE_FEATURE_COUNT, childChannels: CHILD_FEATURE_COUNT });
    await model.warmUp();
    return { lattice, model };
  }

  async #generate(
    row: RowName, memory: PointMemory | undefined, portrait: AnalysedPortrait, seed: number, splatCount: number | undefined,
  ): Promise<{ splats: BoundSplats; pointCount: number; milliseconds: number }> {
    const started = performance.now();
    const remembered = memory?.savedMilliseconds ?? 0;
    const stream = this.#generatorOf(row, memory, splatCount).generate(portrait, { seed, signal: new AbortController().signal });
    let pointCount = 0;
    for (;;) {
      const step = await stream.next();
      if (step.done === true) {
        const saved = (memory?.savedMilliseconds ?? 0) - remembered;
        return { splats: step.value, pointCount, milliseconds: performance.now() - started + saved };
      }
      pointCount = step.value.pointsSoFar;
    }
  }

  #generatorOf(row: RowName, memory: PointMemory | undefined, splatCount: number | undefined): AvatarGenerator {
    if (row === 'template') return new TemplateGenerator(this.#maker.rig, { splatCount: splatCount ?? DEFAULT_SPLAT_COUNT });
    const count = splatCount === undefined ? {} : { splatCount };
    return new AutoregressiveGenerator(this.#maker.rig, this.#trained!.lattice, memory!, { ...VARIANTS[row], ...count });
  }
}
