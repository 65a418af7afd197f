import type { SiteLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import type { PlacedSites } from '../../../server/generator/autoregressive/sitePlacement.ts';
import { completeDetail, demandOfDetail, observeDetail, withTrueGradients, type DemandContext, type DemandPoints, type SurfaceDetail } from '../../../server/generator/demand.ts';
import { LAYER, type DraftSurface } from '../../../server/generator/draftSurface.ts';
import { regionOf } from '../../../server/generator/fittedHead.ts';
import type { RegionName } from '../../../shared/rig/rig.ts';
import type { RayHits, RayTarget, SceneRays } from './sceneRays.ts';
import type { SurroundViews } from './surroundViews.ts';
import { newLook } from './surroundViews.ts';

/** Splats a point. */
export const SPLATS_PER_POINT = 8;

/** What a model is to say about each site. */
export interface SiteTruth {
  /** 1 where the head has a point, [siteCount]. */
  readonly keep: Uint8Array;
  /** 0 where that is not known or not the model's to say. */
  readonly keepWeight: Uint8Array;
  /** Of the true surface over the fitted one, along its normal, metres. */
  readonly height: Float32Array;
  readonly heightWeight: Uint8Array;
  /** Splats a square metre that the surface demands, 0 where nothing is drawn: what `keep` was decided by. */
  readonly demand: Float32Array;
}

/** What a training head is fitted like: everything that the product computes of a portrait before it writes points. */
export interface FittedSurface {
  readonly lattice: SiteLattice;
  readonly surface: DraftSurface;
  readonly placed: PlacedSites;
  readonly context: DemandContext;
  /** 1 for a face of the shell that lies over the scalp: there it is drawn on bare heads too, [faceCount]. */
  readonly overScalp: Uint8Array;
}

/** What lies further from the fitted surface is another surface, metres. */
const HEIGHT_LIMITS: Partial<Record<RegionName, number>> = {
  shell: 0.08, bust: 0.08, neck: 0.05, scalp: 0.04, leftEar: 0.02, rightEar: 0.02, leftEyeball: 0.006, rightEyeball: 0.006,
  leftUpperLid: 0.006, leftLowerLid: 0.006, rightUpperLid: 0.006, rightLowerLid: 0.006, upperLip: 0.01, lowerLip: 0.01, nostrils: 0.008,
};
const HEIGHT_LIMIT_ELSEWHERE = 0.03;
/** The shell follows the outline of a bare head, roughly. */
const BARE_LIMIT_METERS = 0.03;
/** Hair that hangs over the face by no more than this is the face's surface. */
const FRINGE_METERS = 0.03;
const LOOK_SIGMA_METERS = 0.0015;

/** Where rays of the sites met the true surface. */
export function castSites(fitted: FittedSurface, rays: SceneRays): RayHits {
  const { lattice, surface, placed } = fitted;
  const { rig } = surface.head;
  const hits = rays.newHits(lattice.siteCount);
  const fringe = rays.newHits(1);
  for (let i = 0; i < lattice.siteCount; i++) {
    const region = regionOf(rig, lattice.faces[i]!);
    const target = targetOf(region);
    if (target === undefined) continue;
    rays.cast(target, placed.centers, placed.normals, i * 3, hits, i);
    const limit = HEIGHT_LIMITS[region] ?? HEIGHT_LIMIT_ELSEWHERE;
    if (!(Math.abs(hits.heights[i]!) <= limit)) forget(hits, i);
    if (target === 'cover' && hits.triangles[i]! < 0 && fitted.overScalp[lattice.faces[i]!] === 1) {
      rays.cast('body', placed.centers, placed.normals, i * 3, hits, i);
      if (!(Math.abs(hits.heights[i]!) <= BARE_LIMIT_METERS)) forget(hits, i);
    }
    if (!wearsFringe(region) || !rays.has('cover')) continue;
    // The shell does not reach over the face: a fringe there is the face's to show.
    forget(fringe, 0);
    rays.cast('cover', placed.centers, placed.normals, i * 3, fringe, 0);
    const height = fringe.heights[0]!;
    if (!(height < FRINGE_METERS && height > (Number.isNaN(hits.heights[i]!) ? -0.01 : hits.heights[i]!))) continue;
    hits.heights[i] = height;
    hits.triangles[i] = fringe.triangles[0]!;
    hits.barycentrics.set(fringe.barycentrics, i * 2);
  }
  return hits;
}

/**
 * Points and heights of a head whose true surface is known. A site is kept where the true surface demands at least as
 * many points as the lattice has there with it.
 */
export function siteTruth(fitted: FittedSurface, hits: RayHits, views: SurroundViews): SiteTruth {
  const { lattice, surface, placed, context } = fitted;
  const { siteCount } = lattice;
  const drawn = new Uint8Array(siteCount);
  const truth = new Float32Array(siteCount);
  const look = newLook();
  for (let i = 0; i < siteCount; i++) {
    const layer = surface.layer[lattice.faces[i]!]!;
    const met = hits.triangles[i]! >= 0;
    drawn[i] = placed.available[i] === 1 && (layer !== LAYER.shell || met) ? 1 : 0;
    if (met && views.look(hits, i, placed.normals, i * 3, LOOK_SIGMA_METERS, layer === LAYER.shell, true, look)) truth[i] = look.gradient;
  }
  const points = demandPoints(fitted, drawn);
  const detail = observeDetail(points, context);
  const gain = photoGain(detail, truth);
  const demand = demandOfDetail(points, withTrueGradients(detail, truth.map((value) => gain * value)), context);
  const out = keepDemanded(fitted, demand, drawn);
  for (let i = 0; i < siteCount; i++) {
    if (hits.triangles[i]! < 0) continue;
    out.height[i] = hits.heights[i]!;
    out.heightWeight[i] = 1;
  }
  return out;
}

/** Detail of the photograph over that of the surrounding views, where both see the same: a blurred photograph stays blurred behind. */
function photoGain({ gradients, facings, trust }: SurfaceDetail, truth: Float32Array): number {
  let inPhoto = 0;
  let inViews = 0;
  for (let i = 0; i < truth.length; i++) {
    if (trust[i]! < 0.9 || facings[i]! < 0.5 || truth[i] === 0) continue;
    inPhoto += gradients[i]!;
    inViews += truth[i]!;
  }
  return inViews === 0 ? 1 : Math.min(MOST_GAIN, Math.max(1 / MOST_GAIN, inPhoto / inViews));
}

const MOST_GAIN = 1.7;

/** Points of a portrait of which only what it shows is known: what it hides is taken to be like what it shows. */
export function portraitSiteTruth(fitted: FittedSurface): SiteTruth {
  const { lattice, surface, placed, context } = fitted;
  const { rig } = surface.head;
  const drawn = Uint8Array.from(placed.available);
  const { hair } = surface.covering;
  for (let i = 0; i < lattice.siteCount; i++) {
    const face = lattice.faces[i]!;
    if (surface.layer[face] !== LAYER.shell) continue;
    const u = lattice.barycentrics[i * 2]!, v = lattice.barycentrics[i * 2 + 1]!;
    const share = (1 - u - v) * hair[rig.faces[face * 3]!]! + u * hair[rig.faces[face * 3 + 1]!]! + v * hair[rig.faces[face * 3 + 2]!]!;
    if (share < HAIR_SHARE) drawn[i] = 0;
  }
  const points = demandPoints(fitted, drawn);
  const demand = demandOfDetail(points, completeDetail(points, observeDetail(points, context), context), context);
  return keepDemanded(fitted, demand, drawn);
}

/** Share of hair from which a portrait's own covering counts as hair. */
const HAIR_SHARE = 0.5;

function demandPoints({ lattice, placed }: FittedSurface, drawn: Uint8Array): DemandPoints {
  return {
    count: lattice.siteCount, faces: lattice.faces, centers: placed.centers, normals: placed.normals, metric: placed.metric,
    // As much as each stands for once all are there.
    areas: Float32Array.from(drawn, (value, i) => (value === 1 && placed.densities[i]! > 0 ? lattice.thresholds[i]! / placed.densities[i]! : 0)),
  };
}

function keepDemanded({ lattice, placed }: FittedSurface, demand: Float32Array, drawn: Uint8Array): SiteTruth {
  const { siteCount } = lattice;
  const keep = new Uint8Array(siteCount);
  for (let i = 0; i < siteCount; i++) keep[i] = drawn[i] === 1 && demand[i]! / SPLATS_PER_POINT >= placed.densities[i]! ? 1 : 0;
  limitBands(lattice, keep);
  return { keep, keepWeight: Uint8Array.from(placed.available), height: new Float32Array(siteCount), heightWeight: new Uint8Array(siteCount),
    demand: demand.map((value, i) => (drawn[i] === 1 ? value : 0)) };
}

/** A band is a sequence of so many points at most: the finest go. */
const MOST_OF_BAND = 250;

function limitBands({ bandCount, bandSize, thresholds }: SiteLattice, keep: Uint8Array): void {
  for (let band = 0; band < bandCount; band++) {
    const kept: number[] = [];
    for (let i = band * bandSize; i < (band + 1) * bandSize; i++) if (keep[i] === 1) kept.push(i);
    if (kept.length <= MOST_OF_BAND) continue;
    kept.sort((a, b) => thresholds[a]! - thresholds[b]!);
    for (const site of kept.slice(MOST_OF_BAND)) keep[site] = 0;
  }
}

export function targetOf(region: RegionName): RayTarget | undefined {
  switch (region) {
    case 'shell': return 'cover';
    case 'leftEyeball': case 'rightEyeball': return 'eye';
    case 'mouthCavity': case 'upperTeeth': case 'lowerTeeth': case 'tongue': return undefined;
    default: return 'body';
  }
}

function wearsFringe(region: RegionName): boolean {
  return region === 'face' || region === 'leftBrow' || region === 'rightBrow';
}

function forget(hits: RayHits, i: number): void {
  hits.heights[i] = NaN;
  hits.triangles[i] = -1;
}
