import { PointGrid } from '../../shared/math/pointGrid.ts';
import { CANDIDATES_PER_SITE, shuffled, takeDarts, throwDarts, type SamplingSurface, type SurfaceSites } from '../../server/generator/siteSampler.ts';
import type { SeededRandom } from '../../shared/math/seededRandom.ts';

const LEVEL_SHRINK = 0.84;

/**
 * Progressive Poisson-disc sampling, as `sampleSites` of the generator once did it. Kept as it was: the weights are
 * trained on the very sites that it gives, and must not lose them when the generator's own sampler changes.
 */
export function sampleLatticeSites(surface: SamplingSurface, count: number, random: SeededRandom): SurfaceSites {
  const { spacing, layer } = surface;
  const darts = throwDarts(surface, count, random);
  const { faces: candidateFaces, positions: candidatePositions, spread } = darts;
  let remaining = shuffled(candidateFaces.length, random);
  const chosenOrder: number[] = [];
  // The spacing of a full Poisson-disc sampling of this many sites, where a radius packs about 0.7 / radius² of them.
  const finalRadius = Math.sqrt((0.7 * spread) / count);
  let radius = finalRadius * 8;
  const smallest = finalRadius * 0.62;
  const grids = new Map<number, PointGrid>();
  const accepted: number[] = [];
  while (chosenOrder.length < count && radius > smallest * 0.84) {
    grids.clear();
    const gridOf = (face: number): PointGrid => {
      let grid = grids.get(layer[face]!);
      if (grid === undefined) {
        grid = new PointGrid(radius * 2, count);
        grids.set(layer[face]!, grid);
      }
      return grid;
    };
    for (const i of accepted) {
      gridOf(candidateFaces[i]!).add(candidatePositions[i * 3]!, candidatePositions[i * 3 + 1]!, candidatePositions[i * 3 + 2]!);
    }
    // A coarse level needs only some of the darts: those it does not try have their turn at a finer one.
    const tried = Math.min(remaining.length, Math.ceil(count * (finalRadius / radius) ** 2 * CANDIDATES_PER_SITE * 1.5) + 500);
    const left = new Uint32Array(remaining.length);
    left.set(remaining.subarray(tried));
    let leftCount = remaining.length - tried;
    for (let turn = 0; turn < tried; turn += 1) {
      const i = remaining[turn]!;
      const face = candidateFaces[i]!;
      const grid = gridOf(face);
      const reach = radius * spacing[face]!;
      const x = candidatePositions[i * 3]!, y = candidatePositions[i * 3 + 1]!, z = candidatePositions[i * 3 + 2]!;
      const distance2 = grid.anyWithin(x, y, z, reach);
      const hopeless = distance2 >= 0 && distance2 < (smallest * spacing[face]!) ** 2;
      if (distance2 < 0 && chosenOrder.length < count) {
        grid.add(x, y, z);
        accepted.push(i);
        chosenOrder.push(i);
      } else if (!hopeless) {
        left[leftCount] = i;
        leftCount += 1;
      }
    }
    remaining = left.subarray(0, leftCount);
    radius *= LEVEL_SHRINK;
  }
  return takeDarts(darts, chosenOrder);
}
