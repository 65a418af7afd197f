import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import { REGION_NAMES, type RegionName } from '../../shared/rig/rig.ts';
import type { Covering } from './covering.ts';
import { draftSurface, faceHasHair, LAYER, mix, type DraftSurface } from './draftSurface.ts';
import { regionOf, type FittedHead } from './fittedHead.ts';
import { OctaveGrid } from './octaveGrid.ts';
import { sampleSites, type SurfaceSites } from './siteSampler.ts';
import type { NeighbourGraph } from './surfaceDiffusion.ts';

export { LAYER } from './draftSurface.ts';

/** Splats in the making: where they sit, not yet what colour they have. In progressive order. */
export interface SplatDraft extends NeighbourGraph {
  readonly faces: Uint32Array;
  /** [count, 2] */
  readonly barycentrics: Float32Array;
  /** In the portrait's pose, rig space, metres, and unit normals there, [count, 3]. */
  readonly centers: Float32Array;
  readonly normals: Float32Array;
  /** Where distances on the surface are measured: neutral skin, closed lids, pushed-out hair and clothes, [count, 3]. */
  readonly metric: Float32Array;
  /** `LAYER` and index into REGION_NAMES, [count]. */
  readonly layers: Uint8Array;
  readonly regions: Uint8Array;
  /** Standard deviation along the surface, metres, [count]. */
  readonly sigmas: Float32Array;
  /** Height above the skin that a splat of skin is given, metres, [count]: lashes stand off the lid. */
  readonly lifts: Float32Array;
  /** 1 for a splat of skin that does not lie on the rig's surface any more, [count]. */
  readonly moved: Uint8Array;
}

/** Whether the portrait allows hair at a place of the shell: face, point and normal in the portrait's pose. */
export type HairTest = (face: number, point: readonly [number, number, number], normal: readonly [number, number, number]) => boolean;

/** Relative spacing of splats: detail where people look, little where hair and clothes lie over. */
const SPACING: Record<RegionName, number> = {
  face: 0.86, nose: 0.76, nostrils: 0.7, upperLip: 0.58, lowerLip: 0.58, leftBrow: 0.66, rightBrow: 0.66,
  leftUpperLid: 0.78, leftLowerLid: 0.8, rightUpperLid: 0.78, rightLowerLid: 0.8, leftEyeball: 0.6, rightEyeball: 0.6,
  leftEar: 1.8, rightEar: 1.8, scalp: 4, neck: 2, bust: 3, mouthCavity: 2.8, upperTeeth: 1.1, lowerTeeth: 1.3, tongue: 2,
  shell: 1.3,
};
const HIDDEN_SPACING = 2;
const NEIGHBOURS = 8;
/** Share of a splat's reach within which most find all their neighbours. */
const NEAR_SHARE = 0.65;
const BOX_METERS = 0.008;
/** Standard deviation in units of the distance to the six nearest neighbours. */
const SIGMA_OF_SPACING = 0.6;
const SCALE_LIMIT_METERS = 0.02;
/**
 * Standard deviation of a splat of hair in units of how far its neighbours are looked for, at most: a lone one, whose
 * neighbours are far, would else stand on the backdrop beside a jaw as a shade.
 */
const MOST_HAIR_SIGMA_OF_REACH = 0.2;
const SIGMA_OF_CLEARANCE = 0.35;

export function draftSplats(
  head: FittedHead, covering: Covering, count: number, random: SeededRandom, isHairThere: HairTest,
): SplatDraft {
  const { rig } = head;
  const surface = draftSurface(head, covering);
  const { metric, normals: surfaceNormals, layer } = surface;
  const spacing = new Float32Array(rig.faceCount);
  const chosen = surface.shown.filter((face) => {
    const region = regionOf(rig, face);
    spacing[face] = SPACING[region] * (isHidden(head, covering.surface, surfaceNormals, face, region) ? HIDDEN_SPACING : 1);
    return region !== 'shell' || faceHasHair(surface, face);
  });
  const sites = sampleSites({ positions: metric, faces: rig.faces, chosen, spacing, layer }, Math.round(count * 1.06), random);
  const kept: number[] = [];
  for (let i = 0; i < sites.count && kept.length < count; i += 1) {
    const face = sites.faces[i]!;
    if (layer[face] === LAYER.shell) {
      // Hair thins out towards its edge instead of ending in a line.
      if (mix(rig, face, sites.barycentrics, i, covering.hair, 1, 0) < random.between(0.38, 0.62)) continue;
      const at = (values: Float32Array, axis: number): number => mix(rig, face, sites.barycentrics, i, values, 3, axis);
      if (!isHairThere(face, [at(covering.surface, 0), at(covering.surface, 1), at(covering.surface, 2)],
        [at(surfaceNormals, 0), at(surfaceNormals, 1), at(surfaceNormals, 2)])) continue;
    }
    kept.push(i);
  }
  return assembleDraft(surface, sites, kept, (face, usual) => usual * Math.max(2, 4 * spacing[face]!));
}

/**
 * Splats at some of the sites, in their order, with neighbours and sizes.
 * @param kept indices of the sites taken
 * @param reachMeters how far neighbours are looked for from a face, given a rough distance between all splats
 * @param hairSigmaOfReach standard deviation of a splat of hair in units of that, at most
 */
export function assembleDraft(
  surface: DraftSurface, sites: SurfaceSites, kept: readonly number[], reachMeters: (face: number, usualMeters: number) => number,
  hairSigmaOfReach = MOST_HAIR_SIGMA_OF_REACH,
): SplatDraft {
  const { head: { rig }, covering, layer, normals: surfaceNormals, clearanceOf } = surface;
  const n = kept.length;
  const draft = {
    count: n, k: NEIGHBOURS, neighbours: new Int32Array(n * NEIGHBOURS).fill(-1),
    faces: new Uint32Array(n), barycentrics: new Float32Array(n * 2), centers: new Float32Array(n * 3), normals: new Float32Array(n * 3),
    metric: new Float32Array(n * 3), layers: new Uint8Array(n), regions: new Uint8Array(n), sigmas: new Float32Array(n), lifts: new Float32Array(n), moved: new Uint8Array(n),
  };
  kept.forEach((site, i) => {
    const face = sites.faces[site]!;
    draft.faces[i] = face;
    draft.barycentrics[i * 2] = sites.barycentrics[site * 2]!;
    draft.barycentrics[i * 2 + 1] = sites.barycentrics[site * 2 + 1]!;
    draft.layers[i] = layer[face]!;
    draft.regions[i] = REGION_NAMES.indexOf(regionOf(rig, face));
    for (let axis = 0; axis < 3; axis += 1) {
      draft.metric[i * 3 + axis] = sites.positions[site * 3 + axis]!;
      draft.centers[i * 3 + axis] = mix(rig, face, sites.barycentrics, site, covering.surface, 3, axis);
      draft.normals[i * 3 + axis] = mix(rig, face, sites.barycentrics, site, surfaceNormals, 3, axis);
    }
    const length = Math.max(1e-9, Math.hypot(draft.normals[i * 3]!, draft.normals[i * 3 + 1]!, draft.normals[i * 3 + 2]!));
    for (let axis = 0; axis < 3; axis += 1) draft.normals[i * 3 + axis] = draft.normals[i * 3 + axis]! / length;
  });
  connect(draft, reachMeters, hairSigmaOfReach);
  for (let i = 0; i < n; i += 1) {
    if (draft.layers[i] === LAYER.cavity) draft.sigmas[i] = Math.min(draft.sigmas[i]!, SIGMA_OF_CLEARANCE * clearanceOf(draft.faces[i]!));
  }
  return draft;
}

function isHidden(head: FittedHead, surface: Float32Array, normals: Float32Array, face: number, region: RegionName): boolean {
  if (region !== 'shell' && region !== 'bust' && region !== 'neck' && region !== 'scalp') return false;
  const vertex = head.rig.faces[face * 3]! * 3;
  return head.view.facing(surface[vertex]!, surface[vertex + 1]!, surface[vertex + 2]!,
    normals[vertex]!, normals[vertex + 1]!, normals[vertex + 2]!) < -0.15;
}

/** Neighbours on the same surface and side, and from their distances each splat's size. */
function connect(
  draft: SplatDraft & { neighbours: Int32Array }, reachMeters: (face: number, usualMeters: number) => number, hairSigmaOfReach: number,
): void {
  const { count, metric, normals, layers, sigmas } = draft;
  const spread = typicalSpacing(draft);
  const reaches = Float32Array.from({ length: count }, (_, i) => reachMeters(draft.faces[i]!, spread));
  const least = reaches.reduce((smallest, reach) => Math.min(smallest, reach), Infinity);
  const octaveOf = (reach: number): number => Math.ceil(Math.log2(reach / least) - 1e-6);
  const most = reaches.reduce((greatest, reach) => Math.max(greatest, reach), least);
  const grid = new OctaveGrid(least * NEAR_SHARE, count === 0 ? 1 : octaveOf(most) + 1, count);
  for (let i = 0; i < count; i += 1) grid.add(metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!, layers[i]!);
  const indices = new Int32Array(NEIGHBOURS);
  const distances2 = new Float64Array(NEIGHBOURS);
  for (const i of nearOrder(metric, count)) {
    const reach = reaches[i]!;
    const octave = octaveOf(reach);
    const accept = (j: number): boolean => {
      if (j === i || areApart(draft.regions[i]!, draft.regions[j]!)) return false;
      return normals[i * 3]! * normals[j * 3]! + normals[i * 3 + 1]! * normals[j * 3 + 1]! + normals[i * 3 + 2]! * normals[j * 3 + 2]! > -0.2;
    };
    let found = 0;
    for (const radius of [reach * NEAR_SHARE, reach, reach * 2]) {
      found = grid.nearest(metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!, radius, octave, layers[i]!, indices, distances2, accept);
      if (found >= NEIGHBOURS) break;
    }
    let mean = 0;
    const used = Math.min(6, found);
    for (let n = 0; n < used; n += 1) mean += Math.sqrt(distances2[n]!) / used;
    for (let n = 0; n < found; n += 1) draft.neighbours[i * NEIGHBOURS + n] = indices[n]!;
    const limitMeters = layers[i] === LAYER.shell ? Math.min(SCALE_LIMIT_METERS, hairSigmaOfReach * reach) : SCALE_LIMIT_METERS;
    sigmas[i] = Math.min(limitMeters, SIGMA_OF_SPACING * (used === 0 ? spread : mean));
  }
}

/** Splats box by box: whose neighbours are looked for one after the other are then near, and in the processor's cache. */
function nearOrder(metric: Float32Array, count: number): Uint32Array {
  const box = (value: number): number => Math.floor(value / BOX_METERS) + 512;
  const keys = Float64Array.from({ length: count }, (_, i) => (box(metric[i * 3 + 1]!) * 1024 + box(metric[i * 3]!)) * 1024 + box(metric[i * 3 + 2]!));
  return Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

/** Lips and lids touch without being one surface. */
function areApart(a: number, b: number): boolean {
  return a !== b && APART.has(a * REGION_NAMES.length + b);
}

const APART: ReadonlySet<number> = new Set([
  ['upperLip', 'lowerLip'], ['leftUpperLid', 'leftLowerLid'], ['rightUpperLid', 'rightLowerLid'],
].flatMap(([a, b]) => {
  const [i, j] = [REGION_NAMES.indexOf(a as RegionName), REGION_NAMES.indexOf(b as RegionName)];
  return [i * REGION_NAMES.length + j, j * REGION_NAMES.length + i];
}));

/** Rough distance between splats of spacing 1, from the first faces' density: a length for grid cells. */
function typicalSpacing(draft: SplatDraft): number {
  let minimum = [Infinity, Infinity, Infinity];
  let maximum = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < draft.count; i += 1) {
    minimum = minimum.map((value, axis) => Math.min(value, draft.metric[i * 3 + axis]!));
    maximum = maximum.map((value, axis) => Math.max(value, draft.metric[i * 3 + axis]!));
  }
  const diagonal = Math.hypot(...maximum.map((value, axis) => value - minimum[axis]!));
  return Math.max(1e-4, (0.6 * diagonal) / Math.sqrt(Math.max(1, draft.count)));
}
