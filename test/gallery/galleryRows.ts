import type { RowName } from '../../client/gallery/catalogue.ts';
import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { TemplateGenerator } from '../../server/generator/templateGenerator.ts';
import type { AvatarGenerator } from '../../server/avatar/avatarGenerator.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

/** Makes the evaluation table's rows, those that can be made on this machine. */
export interface RowMaker {
  readonly rows: readonly RowName[];
  /** @param splatCount about how many splats, so that rows can be compared; undefined: as many as the row would choose */
  make(row: RowName, portrait: AnalysedPortrait, options: { seed: number; splatCount?: number | undefined }): Promise<BoundSplats>;
}

/** The rows by the very generators of the evaluation table. */
export function openRows(maker: AvatarMaker): RowMaker {
  return {
    rows: ['template'],
    make: (_row, portrait, { seed, splatCount }) =>
      finish(new TemplateGenerator(maker.rig, splatCount === undefined ? {} : { splatCount }), portrait, seed),
  };
}

/** Runs a generator to its end. */
export async function finish(generator: AvatarGenerator, portrait: AnalysedPortrait, seed: number): Promise<BoundSplats> {
  const stream = generator.generate(portrait, { seed, signal: new AbortController().signal });
  let step = await stream.next();
  while (step.done !== true) step = await stream.next();
  return step.value;
}
