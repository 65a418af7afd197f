import { PointGrid } from '../../server/generator/pointGrid.ts';
import { triangleArea, type SamplingSurface, type SurfaceSites } from '../../server/generator/siteSampler.ts';
import type { SeededRandom } from '../../shared/math/seededRandom.ts';

const CANDIDATES_PER_SITE = 4;
const LEVEL_SHRINK = 0.84;

/**
 * Progressive Poisson-disc sampling, as `sampleSites` of the generator once did it. Kept as it was: the weights are
 * trained on the very sites that it gives, and must not lose them when the generator's own sampler changes.
 */
export function sampleLatticeSites(surface: SamplingSurface, count: number, random: SeededRandom): SurfaceSites {
  const { positions: p, faces, chosen, spacing, layer } = surface;
  const cumulative = new Float64Array(chosen.length);
  let total = 0;
  chosen.forEach((face, i) => {
    const faceArea = triangleArea(p, faces, face);
    total += faceArea / spacing[face]! ** 2;
    cumulative[i] = total;
  });
  const candidates = Math.ceil(count * CANDIDATES_PER_SITE);
  const candidateFaces = new Uint32Array(candidates);
  const candidateUv = new Float32Array(candidates * 2);
  const candidatePositions = new Float32Array(candidates * 3);
  let cursor = 0;
  for (let i = 0; i < candidates; i += 1) {
    // Stratified along the faces: as many darts on each as its share.
    const target = ((i + random.next()) / candidates) * total;
    while (cursor < chosen.length - 1 && cumulative[cursor]! < target) cursor += 1;
    const face = chosen[cursor]!;
    let u = random.next();
    let v = random.next();
    if (u + v > 1) { u = 1 - u; v = 1 - v; }
    candidateFaces[i] = face;
    candidateUv[i * 2] = u;
    candidateUv[i * 2 + 1] = v;
    for (let axis = 0; axis < 3; axis += 1) {
      candidatePositions[i * 3 + axis] = (1 - u - v) * p[faces[face * 3]! * 3 + axis]!
        + u * p[faces[face * 3 + 1]! * 3 + axis]! + v * p[faces[face * 3 + 2]! * 3 + axis]!;
    }
  }
  let remaining = shuffled(candidates, random);
  const chosenOrder: number[] = [];
  // The spacing of a full Poisson-disc sampling of this many sites, where a radius packs about 0.7 / radius² of them.
  const finalRadius = Math.sqrt((0.7 * total) / count);
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
  const n = chosenOrder.length;
  const result = {
    count: n, faces: new Uint32Array(n), barycentrics: new Float32Array(n * 2), positions: new Float32Array(n * 3),
  };
  chosenOrder.forEach((candidate, i) => {
    result.faces[i] = candidateFaces[candidate]!;
    result.barycentrics.set(candidateUv.subarray(candidate * 2, candidate * 2 + 2), i * 2);
    result.positions.set(candidatePositions.subarray(candidate * 3, candidate * 3 + 3), i * 3);
  });
  return result;
}

function shuffled(count: number, random: SeededRandom): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i;
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random.next() * (i + 1));
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
