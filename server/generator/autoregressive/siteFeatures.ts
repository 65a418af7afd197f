import type { DraftSurface } from '../draftSurface.ts';
import { mix } from '../draftSurface.ts';
import { regionOf } from '../fittedHead.ts';
import { changeAt, clamp, LOOK_NAMES, lookAt, type Place, type PortraitEvidence } from './portraitEvidence.ts';
import { REGION_GROUPS, regionGroup } from './regionGroups.ts';
import type { SiteLattice } from './siteLattice.ts';
import type { PlacedSites } from './sitePlacement.ts';

/** Boxes over which the colour's change is averaged, metres. */
const CHANGE_METERS = [0.003, 0.008, 0.02] as const;
const MIRROR_CHANGE_METERS = 0.008;
const FOOTPRINT_METERS = 0.003;
/** Middle and half extent of head and bust, metres. */
const MIDDLE_METERS = [0, -0.08, -0.08] as const;
const HALF_EXTENT_METERS = 0.25;
const FAR_COVER_METERS = 0.03;
const USUAL_DENSITY = 80_000;
const DENSITY_OCTAVES = 8;

/** Columns of `siteFeatures`, all in about [-1, 1]. */
export const SITE_FEATURE_NAMES = [
  'x', 'y', 'z', 'normalRight', 'normalUp', 'normalBack', 'available', 'threshold', 'density',
  ...REGION_GROUPS.map((group) => `${group}Region` as const),
  ...LOOK_NAMES, 'fineChange', 'change', 'wideChange', 'hairCover', 'coverHeight',
  'mirrorRed', 'mirrorGreen', 'mirrorBlue', 'mirrorChange', 'mirrorConfidence',
  'headHairRed', 'headHairGreen', 'headHairBlue', 'headSkinRed', 'headSkinGreen', 'headSkinBlue',
] as const;
export const SITE_FEATURE_COUNT = SITE_FEATURE_NAMES.length;

/**
 * What the model is told about each site: where it lies on the person, what the portrait shows there and on the face's
 * other side, and what is known of the head as a whole. [siteCount, SITE_FEATURE_COUNT]
 */
export function siteFeatures(lattice: SiteLattice, surface: DraftSurface, placed: PlacedSites, evidence: PortraitEvidence): Float32Array {
  const { head, covering } = surface;
  const { rig, view, posed } = head;
  const { siteCount, faces, barycentrics } = lattice;
  const out = new Float32Array(siteCount * SITE_FEATURE_COUNT);
  const mirrorLook = new Float32Array(LOOK_NAMES.length);
  const mirrored: Place = { point: new Float32Array(3), normal: new Float32Array(3), pixel: new Float32Array(3) };
  const pixel = new Float32Array(3);
  const { hairColor, skinColor } = evidence.labels;
  for (let i = 0; i < siteCount; i += 1) {
    const face = faces[i]!;
    const normal = placed.normals.subarray(i * 3, i * 3 + 3);
    let at = i * SITE_FEATURE_COUNT;
    const put = (value: number): void => { out[at] = value; at += 1; };
    for (let axis = 0; axis < 3; axis += 1) put(clamp((placed.metric[i * 3 + axis]! - MIDDLE_METERS[axis]!) / HALF_EXTENT_METERS));
    for (const direction of [view.right, view.up, view.back]) {
      put(direction[0] * normal[0]! + direction[1] * normal[1]! + direction[2] * normal[2]!);
    }
    put(placed.available[i]!);
    put(1 + Math.log2(lattice.thresholds[i]!) / DENSITY_OCTAVES);
    put(clamp(Math.log2(placed.densities[i]! / USUAL_DENSITY) / DENSITY_OCTAVES));
    const group = regionGroup(regionOf(rig, face));
    for (let g = 0; g < REGION_GROUPS.length; g += 1) put(g === group ? 1 : 0);
    const place: Place = { point: placed.centers.subarray(i * 3, i * 3 + 3), normal, pixel };
    lookAt(evidence, place, FOOTPRINT_METERS, out, at);
    at += LOOK_NAMES.length;
    for (const meters of CHANGE_METERS) put(changeAt(evidence, place, meters));
    put(mix(rig, face, barycentrics, i, covering.hair, 1, 0));
    let height = 0;
    for (let axis = 0; axis < 3; axis += 1) {
      height += normal[axis]! * (placed.centers[i * 3 + axis]! - mix(rig, face, barycentrics, i, posed, 3, axis));
    }
    put(clamp(height / FAR_COVER_METERS));
    placeAcross(surface, face, barycentrics, i, mirrored);
    lookAt(evidence, mirrored, FOOTPRINT_METERS, mirrorLook, 0);
    put(mirrorLook[0]!);
    put(mirrorLook[1]!);
    put(mirrorLook[2]!);
    put(changeAt(evidence, mirrored, MIRROR_CHANGE_METERS));
    put(mirrorLook[LOOK_NAMES.indexOf('confidence')]!);
    for (const value of hairColor) put(2 * value - 1);
    for (const value of skinColor) put(2 * value - 1);
  }
  return out;
}

/** The same place on the face's other side: point and unit normal of the fitted surface there. */
function placeAcross({ head: { rig }, covering, normals }: DraftSurface, face: number, barycentrics: Float32Array, at: number, out: Place): void {
  const u = barycentrics[at * 2]!, v = barycentrics[at * 2 + 1]!;
  out.point.fill(0);
  out.normal.fill(0);
  for (let corner = 0; corner < 3; corner += 1) {
    const vertex = rig.mirrorVertices[rig.faces[face * 3 + corner]!]! * 3;
    const weight = corner === 0 ? 1 - u - v : corner === 1 ? u : v;
    for (let axis = 0; axis < 3; axis += 1) {
      out.point[axis] = out.point[axis]! + weight * covering.surface[vertex + axis]!;
      out.normal[axis] = out.normal[axis]! + weight * normals[vertex + axis]!;
    }
  }
  const length = Math.max(1e-9, Math.hypot(out.normal[0]!, out.normal[1]!, out.normal[2]!));
  for (let axis = 0; axis < 3; axis += 1) out.normal[axis] = out.normal[axis]! / length;
}
