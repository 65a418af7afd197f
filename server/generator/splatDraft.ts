import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import { REGION_NAMES, type RegionName, type Rig } from '../../shared/rig/rig.ts';
import type { Covering } from './covering.ts';
import { isLid, regionOf, type FittedHead } from './fittedHead.ts';
import { mouthClearance } from './mouthClearance.ts';
import { PointGrid } from './pointGrid.ts';
import { sampleSites, triangleArea } from './siteSampler.ts';
import type { NeighbourGraph } from './surfaceDiffusion.ts';

/** Surfaces that splats lie on; neighbours are only looked for on the same one. */
export const LAYER = { skin: 0, shell: 1, leftEye: 2, rightEye: 3, teeth: 4, tongue: 5, cavity: 6 } as const;

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
/** Splats cover an eyeball this far round from straight ahead: a wide eye's opening and the turn of the gaze. */
const EYE_FRONT_COSINE = Math.cos((82 * Math.PI) / 180);
/** Standard deviation in units of the distance to the six nearest neighbours. */
const SIGMA_OF_SPACING = 0.6;
const SCALE_LIMIT_METERS = 0.02;
/** The mouth's walls get no splats where they come this near to the skin, and elsewhere none that reach it. */
const MIN_CLEARANCE_METERS = 0.002;
const SIGMA_OF_CLEARANCE = 0.35;

export function draftSplats(
  head: FittedHead, covering: Covering, count: number, random: SeededRandom, isHairThere: HairTest,
): SplatDraft {
  const { rig } = head;
  const metric = metricPositions(head, covering);
  const surfaceNormals = vertexNormals(covering.surface, rig);
  const clearance = mouthClearance(head);
  const clearanceOf = (face: number): number =>
    Math.min(clearance[rig.faces[face * 3]!]!, clearance[rig.faces[face * 3 + 1]!]!, clearance[rig.faces[face * 3 + 2]!]!);
  const chosen: number[] = [];
  const spacing = new Float32Array(rig.faceCount);
  const layer = new Uint8Array(rig.faceCount);
  for (let face = 0; face < rig.faceCount; face += 1) {
    const region = regionOf(rig, face);
    layer[face] = layerOf(region);
    spacing[face] = SPACING[region] * (isHidden(head, covering.surface, surfaceNormals, face, region) ? HIDDEN_SPACING : 1);
    const hair = (corner: number): number => covering.hair[rig.faces[face * 3 + corner]!]!;
    if (region === 'shell' && Math.max(hair(0), hair(1), hair(2)) < 0.5) continue;
    if (triangleArea(metric, rig.faces, face) < 1e-10 || isBackOfEye(head, face, layer[face]!)) continue;
    if (region === 'mouthCavity' && clearanceOf(face) < MIN_CLEARANCE_METERS) continue;
    chosen.push(face);
  }
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
  connect(draft, spacing, Math.sqrt(0.7 / count));
  for (let i = 0; i < n; i += 1) {
    if (draft.layers[i] === LAYER.cavity) draft.sigmas[i] = Math.min(draft.sigmas[i]!, SIGMA_OF_CLEARANCE * clearanceOf(draft.faces[i]!));
  }
  return draft;
}

/** Neutral skin, so that what is folded now gets its share; hair and clothes as they hang. */
function metricPositions(head: FittedHead, covering: Covering): Float32Array {
  const { rig, neutral, posed } = head;
  const out = Float32Array.from(neutral.positions);
  const set = (vertex: number): void => {
    // The push in the portrait's pose, taken along to the neutral one: bust and shell hardly move between the two.
    for (let axis = 0; axis < 3; axis += 1) {
      out[vertex * 3 + axis] = neutral.positions[vertex * 3 + axis]! + covering.surface[vertex * 3 + axis]! - posed[vertex * 3 + axis]!;
    }
  };
  for (let face = 0; face < rig.faceCount; face += 1) {
    const region = regionOf(rig, face);
    if (region !== 'shell' && region !== 'bust' && region !== 'neck' && !isLid(region)) continue;
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = rig.faces[face * 3 + corner]!;
      // Lids as they are when closed: folded open ones would get hardly any splats.
      if (isLid(region)) for (let axis = 0; axis < 3; axis += 1) out[vertex * 3 + axis] = head.closedEyes.positions[vertex * 3 + axis]!;
      else if (region === 'shell') for (let axis = 0; axis < 3; axis += 1) out[vertex * 3 + axis] = covering.surface[vertex * 3 + axis]!;
      else set(vertex);
    }
  }
  return out;
}

/** What of an eyeball never turns into the opening between the lids. */
function isBackOfEye({ rig, neutral }: FittedHead, face: number, layer: number): boolean {
  if (layer !== LAYER.leftEye && layer !== LAYER.rightEye) return false;
  const joint = rig.joints.findIndex(({ name }) => name === (layer === LAYER.leftEye ? 'leftEye' : 'rightEye')) * 3;
  const vertex = rig.faces[face * 3]! * 3;
  const [x, y, z] = [0, 1, 2].map((axis) => neutral.positions[vertex + axis]! - neutral.jointPositions[joint + axis]!) as [number, number, number];
  return z < EYE_FRONT_COSINE * Math.hypot(x, y, z);
}

function isHidden(head: FittedHead, surface: Float32Array, normals: Float32Array, face: number, region: RegionName): boolean {
  if (region !== 'shell' && region !== 'bust' && region !== 'neck' && region !== 'scalp') return false;
  const vertex = head.rig.faces[face * 3]! * 3;
  return head.view.facing(surface[vertex]!, surface[vertex + 1]!, surface[vertex + 2]!,
    normals[vertex]!, normals[vertex + 1]!, normals[vertex + 2]!) < -0.15;
}

function layerOf(region: RegionName): number {
  switch (region) {
    case 'shell': return LAYER.shell;
    case 'leftEyeball': return LAYER.leftEye;
    case 'rightEyeball': return LAYER.rightEye;
    case 'upperTeeth': case 'lowerTeeth': return LAYER.teeth;
    case 'tongue': return LAYER.tongue;
    case 'mouthCavity': return LAYER.cavity;
    default: return LAYER.skin;
  }
}

/** Neighbours on the same surface and side, and from their distances each splat's size. */
function connect(draft: SplatDraft & { neighbours: Int32Array }, spacing: Float32Array, unit: number): void {
  const { count, metric, normals, layers, sigmas } = draft;
  void unit;
  const spread = typicalSpacing(draft);
  const grids = new Map<number, { grid: PointGrid; ids: number[] }>();
  for (let i = 0; i < count; i += 1) {
    let entry = grids.get(layers[i]!);
    if (entry === undefined) {
      entry = { grid: new PointGrid(spread * 2.2, count), ids: [] };
      grids.set(layers[i]!, entry);
    }
    entry.grid.add(metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!);
    entry.ids.push(i);
  }
  const indices = new Int32Array(NEIGHBOURS);
  const distances2 = new Float64Array(NEIGHBOURS);
  for (let i = 0; i < count; i += 1) {
    const { grid, ids } = grids.get(layers[i]!)!;
    const reach = spread * Math.max(2, 4 * spacing[draft.faces[i]!]!);
    let found = 0;
    for (const radius of [reach * 0.5, reach, reach * 2]) {
      found = grid.nearest(metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!, radius, indices, distances2, (index) => {
        const j = ids[index]!;
        if (j === i || areApart(draft.regions[i]!, draft.regions[j]!)) return false;
        return normals[i * 3]! * normals[j * 3]! + normals[i * 3 + 1]! * normals[j * 3 + 1]! + normals[i * 3 + 2]! * normals[j * 3 + 2]! > -0.2;
      });
      if (found >= NEIGHBOURS) break;
    }
    let mean = 0;
    const used = Math.min(6, found);
    for (let n = 0; n < used; n += 1) mean += Math.sqrt(distances2[n]!) / used;
    for (let n = 0; n < found; n += 1) draft.neighbours[i * NEIGHBOURS + n] = ids[indices[n]!]!;
    sigmas[i] = Math.min(SCALE_LIMIT_METERS, SIGMA_OF_SPACING * (used === 0 ? spread : mean));
  }
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

function mix(rig: Rig, face: number, barycentrics: Float32Array, at: number, values: Float32Array, stride: number, axis: number): number {
  const u = barycentrics[at * 2]!, v = barycentrics[at * 2 + 1]!;
  return (1 - u - v) * values[rig.faces[face * 3]! * stride + axis]!
    + u * values[rig.faces[face * 3 + 1]! * stride + axis]! + v * values[rig.faces[face * 3 + 2]! * stride + axis]!;
}

function vertexNormals(positions: Float32Array, rig: Rig): Float32Array {
  const out = new Float32Array(positions.length);
  for (let f = 0; f < rig.faces.length; f += 3) {
    const i = rig.faces[f]! * 3, j = rig.faces[f + 1]! * 3, k = rig.faces[f + 2]! * 3;
    const ax = positions[j]! - positions[i]!, ay = positions[j + 1]! - positions[i + 1]!, az = positions[j + 2]! - positions[i + 2]!;
    const bx = positions[k]! - positions[i]!, by = positions[k + 1]! - positions[i + 1]!, bz = positions[k + 2]! - positions[i + 2]!;
    const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    for (const v of [i, j, k]) for (let axis = 0; axis < 3; axis += 1) out[v + axis] = out[v + axis]! + normal[axis]!;
  }
  for (let v = 0; v < out.length; v += 3) {
    const length = Math.max(1e-12, Math.hypot(out[v]!, out[v + 1]!, out[v + 2]!));
    for (let axis = 0; axis < 3; axis += 1) out[v + axis] = out[v + axis]! / length;
  }
  return out;
}
