import type { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { RegionName } from '../../../shared/rig/rig.ts';
import { LAYER, mix, type DraftSurface } from '../draftSurface.ts';
import { regionOf } from '../fittedHead.ts';
import { sampleSites, triangleArea } from '../siteSampler.ts';
import { assembleDraft, type HairTest, type SplatDraft } from '../splatDraft.ts';
import { isCover } from '../splatWriter.ts';
import { emptySample, PACKING, PointField, type HeadPoints } from './pointField.ts';
import { raiseSurface } from './raisedSurface.ts';
import type { SiteLattice } from './siteLattice.ts';
import type { PlacedSites } from './sitePlacement.ts';

/** Splats drafted around a head's points. */
export interface PointDraft {
  readonly draft: SplatDraft;
  /** The fitted surface raised to the points; covering and normals are those the draft lies on. */
  readonly raised: DraftSurface;
  readonly field: PointField;
}

export interface PointDraftOptions {
  /** Splats a point, on average over the head. */
  readonly splatsPerPoint: number;
  readonly isHairThere: HairTest;
}

/** Splats a square metre that a region has whatever the points say: what moves needs them. */
const LEAST_DENSITY: Partial<Record<RegionName, number>> = {
  leftEyeball: 6e5, rightEyeball: 6e5, leftUpperLid: 3.5e5, leftLowerLid: 3.2e5, rightUpperLid: 3.5e5, rightLowerLid: 3.2e5,
  upperLip: 4.5e5, lowerLip: 4.5e5, upperTeeth: 1.5e5, lowerTeeth: 1e5, tongue: 5e4, mouthCavity: 3e4, nostrils: 4e5,
};
const LEAST_DENSITY_ELSEWHERE = 5e3;
const MOST_DENSITY = 3e6;
/** Distances between points tell densities but roughly; by no more than this. */
const GAIN_LIMITS = [0.6, 1.6] as const;
/** A density between those of skin and of what is looked at. */
const USUAL_DENSITY = 2e5;
/**
 * Hair ends this far beyond its last points, in their distance from each other; in between it thins out. Where the portrait
 * does not see it it ends at once: what is strewn there stands off the neck as specks.
 */
const HAIR_REACH = [0.9, 1.5] as const;
const UNSEEN_HAIR_REACH = 1;
/** Points of hair further apart make neither hair that hangs as far about them nor splats as wide; lone ones make none. */
const MOST_HAIR_SPACING_METERS = 0.012;
const LONE_SPACING_METERS = 0.016;
/** A draw of the sampler in excess, for what is then found not to have hair. */
const SPARE = 1.06;

/**
 * Splats spread over the surface as densely as a head's points lie there, in progressive order: each point stands for
 * `splatsPerPoint` of them. The surface is raised to the points first.
 */
export function draftFromPoints(
  surface: DraftSurface, lattice: SiteLattice, placed: PlacedSites, points: HeadPoints, options: PointDraftOptions, random: SeededRandom,
): PointDraft {
  const { head: { rig, view }, metric, layer } = surface;
  const field = new PointField(surface, lattice, placed, points);
  const { raised, vertexHeights } = raiseSurface(surface, field);
  const sample = emptySample();
  const { densities, total } = faceDensities(surface, field, options.splatsPerPoint);
  const spacing = Float32Array.from(densities, (density) => (density > 0 ? Math.sqrt(PACKING / density) : Infinity));
  const chosen = surface.shown.filter((face) => densities[face]! > 0);
  // The sampler's grid cells are as wide as a relative spacing of 2: the usual one must be about 1.
  const usual = Math.sqrt(PACKING / USUAL_DENSITY);
  const relative = spacing.map((meters) => meters / usual);
  const sites = sampleSites({ positions: metric, faces: rig.faces, chosen, spacing: relative, layer }, Math.round(total * SPARE), random);
  const kept: number[] = [];
  for (let i = 0; i < sites.count && kept.length < total; i += 1) {
    const face = sites.faces[i]!;
    if (layer[face] === LAYER.shell) {
      field.sample(LAYER.shell, sites.positions[i * 3]!, sites.positions[i * 3 + 1]!, sites.positions[i * 3 + 2]!, sample);
      if (sample.spacingMeters > LONE_SPACING_METERS) continue;
      const at = (values: Float32Array): [number, number, number] => [
        mix(rig, face, sites.barycentrics, i, values, 3, 0), mix(rig, face, sites.barycentrics, i, values, 3, 1),
        mix(rig, face, sites.barycentrics, i, values, 3, 2)];
      const place = at(surface.covering.surface), normal = at(surface.normals);
      const seenReach = random.between(...HAIR_REACH);
      const reach = view.facing(...place, ...normal) > 0 ? seenReach : UNSEEN_HAIR_REACH;
      if (sample.distanceMeters > reach * Math.min(MOST_HAIR_SPACING_METERS, sample.spacingMeters)) continue;
      if (!options.isHairThere(face, place, normal)) continue;
    }
    kept.push(i);
  }
  const mostMeters = HAIR_REACH[1] * MOST_HAIR_SPACING_METERS / Math.sqrt(options.splatsPerPoint);
  const draft = assembleDraft(raised, sites, kept, (face) =>
    4 * (layer[face] === LAYER.shell ? Math.min(mostMeters, spacing[face]!) : spacing[face]!));
  liftSkin(draft, raised, vertexHeights);
  return { draft, raised, field };
}

/** How each splat of a draft lies to the points, columns of [count]. */
export interface SplatParents {
  /** Its point: the nearest of its layer, else of the skin. */
  readonly parents: Uint32Array;
  /** Distance to it, and of the points there from each other; Infinity where the layer has no points. */
  readonly distancesMeters: Float32Array;
  readonly spacingsMeters: Float32Array;
  /** What the points there say of the surface's height. */
  readonly heightsMeters: Float32Array;
}

export function findParents(draft: SplatDraft, field: PointField): SplatParents {
  const { count, layers, metric } = draft;
  const sample = emptySample();
  const found = {
    parents: new Uint32Array(count), distancesMeters: new Float32Array(count), spacingsMeters: new Float32Array(count),
    heightsMeters: new Float32Array(count),
  };
  for (let i = 0; i < count; i += 1) {
    const at = [metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!] as const;
    field.sample(layers[i]!, ...at, sample);
    found.distancesMeters[i] = sample.distanceMeters;
    found.spacingsMeters[i] = sample.spacingMeters;
    found.heightsMeters[i] = sample.heightMeters;
    if (sample.parent < 0) field.sample(LAYER.skin, ...at, sample);
    found.parents[i] = Math.max(0, sample.parent);
  }
  return found;
}

/** Splats a square metre of each face, 0 where it gets none, and how many that makes. */
function faceDensities(surface: DraftSurface, field: PointField, splatsPerPoint: number): { densities: Float32Array; total: number } {
  const { head: { rig }, metric, layer, shown } = surface;
  const sample = emptySample();
  const densities = new Float32Array(rig.faceCount);
  const areas = new Float32Array(rig.faceCount);
  const sums = new Map<number, number>();
  for (const face of shown) {
    const region = regionOf(rig, face);
    const center = [0, 1, 2].map((axis) => {
      let sum = 0;
      for (let corner = 0; corner < 3; corner += 1) sum += metric[rig.faces[face * 3 + corner]! * 3 + axis]! / 3;
      return sum;
    }) as [number, number, number];
    field.sample(layer[face]!, ...center, sample);
    // Hair ends a little beyond its points; a face of its surface is larger than that.
    if (region === 'shell' && sample.distanceMeters > HAIR_REACH[1] * sample.spacingMeters + faceRadius(surface, face, center)) continue;
    const density = sample.parent < 0 ? 0 : (splatsPerPoint * PACKING) / sample.spacingMeters ** 2;
    densities[face] = Math.min(MOST_DENSITY, Math.max(LEAST_DENSITY[region] ?? LEAST_DENSITY_ELSEWHERE, density));
    areas[face] = triangleArea(metric, rig.faces, face);
    sums.set(layer[face]!, (sums.get(layer[face]!) ?? 0) + densities[face]! * areas[face]!);
  }
  // Distances to neighbours tell densities but roughly: each layer gets as many splats as its points stand for.
  let total = 0;
  for (const face of shown) {
    const wanted = splatsPerPoint * field.countOf(layer[face]!);
    const gain = layer[face] === LAYER.skin || layer[face] === LAYER.shell ? wanted / Math.max(1, sums.get(layer[face]!) ?? 1) : 1;
    densities[face] = densities[face]! * Math.min(GAIN_LIMITS[1], Math.max(GAIN_LIMITS[0], gain));
    total += densities[face]! * areas[face]!;
  }
  return { densities, total: Math.round(total) };
}

function faceRadius({ head: { rig }, metric }: DraftSurface, face: number, center: readonly [number, number, number]): number {
  let most = 0;
  for (let corner = 0; corner < 3; corner += 1) {
    const vertex = rig.faces[face * 3 + corner]! * 3;
    most = Math.max(most, Math.hypot(metric[vertex]! - center[0], metric[vertex + 1]! - center[1], metric[vertex + 2]! - center[2]));
  }
  return most;
}

/** A splat of skin is written by its height over the rig; covers by where they are. Lifts are changed in place. */
function liftSkin(draft: SplatDraft, { head: { rig } }: DraftSurface, vertexHeights: Float32Array): void {
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin || isCover(draft, i)) continue;
    draft.lifts[i] = mix(rig, draft.faces[i]!, draft.barycentrics, i, vertexHeights, 1, 0);
  }
}
