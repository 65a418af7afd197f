import { AvatarMaker } from '../generator/avatarMaker.ts';
import type { AvatarPipeline } from './avatarPipeline.ts';

/** The product's pipeline: portrait analysis, the template generator, the avatar's encoder. */
export async function createPipeline(): Promise<AvatarPipeline> {
  const maker = await AvatarMaker.load();
  await maker.perception.warmUp();
  return {
    make: async (portrait, options) => {
      const made = await maker.make(portrait, { seed: options.seed, signal: options.signal, onProgress: options.onProgress });
      return { bytes: made.bytes, splats: made.splats.count, generator: made.generator };
    },
  };
}
