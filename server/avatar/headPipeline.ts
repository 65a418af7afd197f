import { StippleError } from '../../shared/protocol/errors.ts';
import { AvatarMaker } from '../generator/avatarMaker.ts';
import { GENERATOR_NAMES, type GeneratorName } from '../generator/generatorNames.ts';
import type { AvatarPipeline, PipelineSettings } from './avatarPipeline.ts';

/** The product's pipeline: portrait analysis, the wanted generator, the avatar's encoder. */
export async function createPipeline(settings: PipelineSettings): Promise<AvatarPipeline> {
  const maker = await AvatarMaker.load();
  const { generator, fallback } = await usableGenerator(settings.generator, (name) => maker.prepare(name));
  await maker.perception.warmUp();
  return {
    generator, fallback,
    make: async (portrait, options) => {
      const made = await maker.make(portrait, { ...options, generator });
      return { bytes: made.bytes, splats: made.splats.count, generator: made.generator };
    },
  };
}

/**
 * The wanted generator where its files are there and right, else the template generator, which needs none.
 * @throws what `prepare` throws that is no `StippleError`: a bug.
 */
export async function usableGenerator(
  wanted: string, prepare: (name: GeneratorName) => Promise<void>,
): Promise<{ generator: GeneratorName; fallback: StippleError | undefined }> {
  const generator = GENERATOR_NAMES.find((name) => name === wanted);
  if (generator === undefined) throw new Error(`expected a generator of ${GENERATOR_NAMES.join(', ')}, got ${wanted}`);
  try {
    await prepare(generator);
    return { generator, fallback: undefined };
  } catch (error) {
    if (generator === 'template' || !(error instanceof StippleError)) throw error;
    return { generator: 'template', fallback: error };
  }
}
