import { mix, LAYER, type DraftSurface } from '../draftSurface.ts';
import { triangleArea } from '../siteSampler.ts';
import type { HairTest } from '../splatDraft.ts';
import type { SiteLattice } from './siteLattice.ts';

/** The lattice's sites on one person's fitted surface. */
export interface PlacedSites {
  /** On the fitted surface in the portrait's pose, rig space, metres, and unit normals there, [siteCount, 3]. */
  readonly centers: Float32Array;
  readonly normals: Float32Array;
  /** Where distances on the surface are measured, see `SplatDraft.metric`, [siteCount, 3]. */
  readonly metric: Float32Array;
  /**
   * Sites a square metre of `metric`'s surface around a site once all with thresholds up to its own are there,
   * [siteCount]: a surface that demands more points than that wants the site.
   */
  readonly densities: Float32Array;
  /** 1 where a point may be: the face shows on this person, and a site of the shell has hair, [siteCount]. */
  readonly available: Uint8Array;
}

/** Below this share of hair there surely is none; how far it reaches above is for the points to say. */
const LEAST_HAIR = 0.15;
const LEAST_AREA = 1e-10;

export function placeSites(lattice: SiteLattice, surface: DraftSurface, isHairThere: HairTest): PlacedSites {
  const { head: { rig }, covering, metric } = surface;
  const { siteCount, faces, barycentrics } = lattice;
  const shown = new Uint8Array(rig.faceCount);
  for (const face of surface.shown) shown[face] = 1;
  const placed = {
    centers: new Float32Array(siteCount * 3), normals: new Float32Array(siteCount * 3), metric: new Float32Array(siteCount * 3),
    densities: new Float32Array(siteCount), available: new Uint8Array(siteCount),
  };
  for (let i = 0; i < siteCount; i += 1) {
    const face = faces[i]!;
    for (let axis = 0; axis < 3; axis += 1) {
      placed.centers[i * 3 + axis] = mix(rig, face, barycentrics, i, covering.surface, 3, axis);
      placed.normals[i * 3 + axis] = mix(rig, face, barycentrics, i, surface.normals, 3, axis);
      placed.metric[i * 3 + axis] = mix(rig, face, barycentrics, i, metric, 3, axis);
    }
    const n = placed.normals;
    const length = Math.max(1e-9, Math.hypot(n[i * 3]!, n[i * 3 + 1]!, n[i * 3 + 2]!));
    for (let axis = 0; axis < 3; axis += 1) n[i * 3 + axis] = n[i * 3 + axis]! / length;
    placed.densities[i] = (lattice.thresholds[i]! * lattice.faceShares[i]!) / Math.max(LEAST_AREA, triangleArea(metric, rig.faces, face));
    if (shown[face] === 0) continue;
    if (surface.layer[face] === LAYER.shell) {
      if (mix(rig, face, barycentrics, i, covering.hair, 1, 0) < LEAST_HAIR) continue;
      const at = (values: Float32Array): [number, number, number] => [values[i * 3]!, values[i * 3 + 1]!, values[i * 3 + 2]!];
      if (!isHairThere(face, at(placed.centers), at(placed.normals))) continue;
    }
    placed.available[i] = 1;
  }
  return placed;
}
