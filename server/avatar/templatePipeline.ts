import type { CreatePipeline } from './avatarPipeline.ts';
import { AvatarMaker } from '../generator/avatarMaker.ts';

/** The pipeline that the server's generation process runs. */
export const createPipeline: CreatePipeline = async () => {
  const maker = await AvatarMaker.load();
  await maker.perception.warmUp();
  return {
    async make(portrait, options) {
      const made = await maker.make(portrait, options);
      return { bytes: made.bytes, splats: made.splats.count, generator: made.generator };
    },
  };
};
