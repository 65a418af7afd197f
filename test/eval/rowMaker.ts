import type { AvatarGenerator } from '../../server/avatar/avatarGenerator.ts';
import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { sliceSplats } from '../../server/generator/splatWriter.ts';
import { TemplateGenerator } from '../../server/generator/templateGenerator.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

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
  /** Generation and encoding. */
  readonly milliseconds: number;
}

/** Splats a head where no generator chooses the number. */
const DEFAULT_SPLAT_COUNT = 50_000;
/** A generator that misses the number asked for by more than this share is asked again for as many fewer. */
const COUNT_TOLERANCE = 0.003;

/** Makes one portrait's avatar in the ways that the table compares. */
export class RowMaker {
  readonly #maker: AvatarMaker;

  constructor(maker: AvatarMaker) {
    this.#maker = maker;
  }

  /** The rows that can be made here, the one that chooses the number of splats first. */
  static rows(wanted: readonly RowName[]): RowName[] {
    return wanted.filter((row) => row === 'template');
  }

  /** All rows of one portrait, each with as many splats as the first one, as they get done. */
  async *make(portrait: AnalysedPortrait, rows: readonly RowName[], seed: number): AsyncGenerator<MadeRow, void, void> {
    let splatCount: number | undefined;
    for (const row of rows) {
      const started = performance.now();
      let splats = await this.#generate(row, portrait, seed, splatCount);
      if (splatCount !== undefined && Math.abs(splats.count - splatCount) > COUNT_TOLERANCE * splatCount) {
        splats = await this.#generate(row, portrait, seed, 2 * splatCount - splats.count);
      }
      splatCount ??= splats.count;
      // The last ones of a progressive order are the finest: a few of them make no hole.
      if (splats.count > splatCount) splats = sliceSplats(splats, 0, splatCount);
      const bytes = this.#maker.encode(splats);
      yield { row, bytes, splatCount: splats.count, milliseconds: performance.now() - started };
    }
  }

  async #generate(row: RowName, portrait: AnalysedPortrait, seed: number, splatCount: number | undefined): Promise<BoundSplats> {
    const stream = this.#generatorOf(row, splatCount).generate(portrait, { seed, signal: new AbortController().signal });
    for (;;) {
      const step = await stream.next();
      if (step.done === true) return step.value;
    }
  }

  #generatorOf(row: RowName, splatCount: number | undefined): AvatarGenerator {
    if (row === 'template') return new TemplateGenerator(this.#maker.rig, { splatCount: splatCount ?? DEFAULT_SPLAT_COUNT });
    throw new Error(`row ${row} cannot be made here`);
  }
}
