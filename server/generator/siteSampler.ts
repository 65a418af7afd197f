import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import { OctaveGrid } from './octaveGrid.ts';

/** Where splats sit on a surface, in progressive order: every prefix is spread evenly by itself. */
export interface SurfaceSites {
  readonly count: number;
  /** [count] */
  readonly faces: Uint32Array;
  /** Weights of the face's second and third vertex, [count, 2]. */
  readonly barycentrics: Float32Array;
  /** Metres, [count, 3]. */
  readonly positions: Float32Array;
}

export interface SamplingSurface {
  /** Vertices on which distances are measured, metres, [*, 3]. */
  readonly positions: Float32Array;
  /** [*, 3] */
  readonly faces: Uint32Array;
  /** Faces to sample. */
  readonly chosen: readonly number[];
  /** Relative spacing of sites at each of the rig's faces, 1 normal, less is denser, [faceCount]. */
  readonly spacing: Float32Array;
  /** Surfaces that lie close together without being one (lid and eyeball) keep their own spacing, [faceCount]. */
  readonly layer: Uint8Array;
}

export const CANDIDATES_PER_SITE = 4;
const LEVEL_SHRINK = 0.84;

/**
 * Progressive Poisson-disc sampling: darts are thrown with a radius that shrinks level by level, so that sites come
 * coarse to fine and any prefix is blue noise.
 */
export function sampleSites(surface: SamplingSurface, count: number, random: SeededRandom): SurfaceSites {
  const { chosen, spacing, layer } = surface;
  const darts = throwDarts(surface, count, random);
  const { faces: candidateFaces, positions: candidatePositions, spread } = darts;
  let remaining = shuffled(candidateFaces.length, random);
  const chosenOrder: number[] = [];
  // The spacing of a full Poisson-disc sampling of this many sites, where a radius packs about 0.7 / radius² of them.
  const finalRadius = Math.sqrt((0.7 * spread) / count);
  let radius = finalRadius * 8;
  const smallest = finalRadius * 0.62;
  const octaves = octavesOf(chosen, spacing);
  const grid = new OctaveGrid(1, octaves.count, count);
  while (chosenOrder.length < count && radius > smallest * 0.84) {
    grid.clear(radius * 2 * octaves.finest);
    for (const i of chosenOrder) {
      grid.add(candidatePositions[i * 3]!, candidatePositions[i * 3 + 1]!, candidatePositions[i * 3 + 2]!, layer[candidateFaces[i]!]!);
    }
    // A coarse level needs only some of the darts: those it does not try have their turn at a finer one.
    const tried = Math.min(remaining.length, Math.ceil(count * (finalRadius / radius) ** 2 * CANDIDATES_PER_SITE * 1.5) + 500);
    const left = new Uint32Array(remaining.length);
    left.set(remaining.subarray(tried));
    let leftCount = remaining.length - tried;
    for (let turn = 0; turn < tried; turn += 1) {
      const i = remaining[turn]!;
      const face = candidateFaces[i]!;
      const reach = radius * spacing[face]!;
      const x = candidatePositions[i * 3]!, y = candidatePositions[i * 3 + 1]!, z = candidatePositions[i * 3 + 2]!;
      const distance2 = grid.anyWithin(x, y, z, reach, octaves.of[face]!, layer[face]!);
      const hopeless = distance2 >= 0 && distance2 < (smallest * spacing[face]!) ** 2;
      if (distance2 < 0 && chosenOrder.length < count) {
        grid.add(x, y, z, layer[face]!);
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

/** Candidates for sites, stratified over the chosen faces by their share. */
export interface Darts extends Omit<SurfaceSites, 'count'> {
  /** Area over squared spacing, summed over the chosen faces. */
  readonly spread: number;
}

/** `CANDIDATES_PER_SITE` darts for each of `count` sites. */
export function throwDarts(surface: SamplingSurface, count: number, random: SeededRandom): Darts {
  const { positions: p, faces, chosen, spacing } = surface;
  const cumulative = new Float64Array(chosen.length);
  let spread = 0;
  chosen.forEach((face, i) => {
    spread += triangleArea(p, faces, face) / spacing[face]! ** 2;
    cumulative[i] = spread;
  });
  const candidates = Math.ceil(count * CANDIDATES_PER_SITE);
  const darts = {
    spread, faces: new Uint32Array(candidates), barycentrics: new Float32Array(candidates * 2), positions: new Float32Array(candidates * 3),
  };
  let cursor = 0;
  for (let i = 0; i < candidates; i += 1) {
    // As many darts on each face as its share.
    const target = ((i + random.next()) / candidates) * spread;
    while (cursor < chosen.length - 1 && cumulative[cursor]! < target) cursor += 1;
    const face = chosen[cursor]!;
    let u = random.next();
    let v = random.next();
    if (u + v > 1) { u = 1 - u; v = 1 - v; }
    darts.faces[i] = face;
    darts.barycentrics[i * 2] = u;
    darts.barycentrics[i * 2 + 1] = v;
    for (let axis = 0; axis < 3; axis += 1) {
      darts.positions[i * 3 + axis] = (1 - u - v) * p[faces[face * 3]! * 3 + axis]!
        + u * p[faces[face * 3 + 1]! * 3 + axis]! + v * p[faces[face * 3 + 2]! * 3 + axis]!;
    }
  }
  return darts;
}

/** The sites that these darts make, in this order. */
export function takeDarts(darts: Darts, order: readonly number[]): SurfaceSites {
  const n = order.length;
  const sites = {
    count: n, faces: new Uint32Array(n), barycentrics: new Float32Array(n * 2), positions: new Float32Array(n * 3),
  };
  order.forEach((dart, i) => {
    sites.faces[i] = darts.faces[dart]!;
    sites.barycentrics.set(darts.barycentrics.subarray(dart * 2, dart * 2 + 2), i * 2);
    sites.positions.set(darts.positions.subarray(dart * 3, dart * 3 + 3), i * 3);
  });
  return sites;
}

/** Which octave of a grid holds a face's spacing in a cell's half: `finest` is the least spacing of all. */
function octavesOf(chosen: readonly number[], spacing: Float32Array): { finest: number; count: number; of: Uint8Array } {
  let finest = Infinity;
  for (const face of chosen) finest = Math.min(finest, spacing[face]!);
  const of = new Uint8Array(spacing.length);
  let count = 1;
  for (const face of chosen) {
    of[face] = Math.max(0, Math.ceil(Math.log2(spacing[face]! / finest) - 1e-6));
    count = Math.max(count, of[face]! + 1);
  }
  return { finest, count, of };
}

export function triangleArea(p: Float32Array, faces: Uint32Array, face: number): number {
  const i = faces[face * 3]! * 3, j = faces[face * 3 + 1]! * 3, k = faces[face * 3 + 2]! * 3;
  const ax = p[j]! - p[i]!, ay = p[j + 1]! - p[i + 1]!, az = p[j + 2]! - p[i + 2]!;
  const bx = p[k]! - p[i]!, by = p[k + 1]! - p[i + 1]!, bz = p[k + 2]! - p[i + 2]!;
  return 0.5 * Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
}

/** Indices below `count`, in random order. */
export function shuffled(count: number, random: SeededRandom): Uint32Array {
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
