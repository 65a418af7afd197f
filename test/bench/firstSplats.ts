import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { grownLogScales } from '../../shared/splat/prefixGrowth.ts';

/** A head of the first `count` splats alone, grown as the renderer grows a prefix so that it is closed. */
export function firstSplats(splats: BoundSplats, count: number): BoundSplats {
  return {
    ...splats, count, bindings: splats.bindings.slice(0, count), barycentrics: splats.barycentrics.slice(0, count * 2),
    offsets: splats.offsets.slice(0, count * 3), logScales: grownLogScales(splats, count), rotations: splats.rotations.slice(0, count * 4),
    opacities: splats.opacities.slice(0, count), colors: splats.colors.slice(0, count * 3),
  };
}
