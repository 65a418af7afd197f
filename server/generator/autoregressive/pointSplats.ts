import type { DraftSurface } from '../draftSurface.ts';
import { assembleDraft, type SplatDraft } from '../splatDraft.ts';
import type { SiteLattice } from './siteLattice.ts';
import type { PlacedSites } from './sitePlacement.ts';

/** How far a lone point's neighbours are looked for, metres. */
const REACH_METERS = 0.04;

/**
 * One splat a point, wide enough to close the surface between them: the head as far as it is written.
 * @param points their sites
 */
export function draftOfPoints(surface: DraftSurface, lattice: SiteLattice, placed: PlacedSites, points: Uint32Array): SplatDraft {
  const count = points.length;
  const sites = { count, faces: new Uint32Array(count), barycentrics: new Float32Array(count * 2), positions: new Float32Array(count * 3) };
  points.forEach((site, i) => {
    sites.faces[i] = lattice.faces[site]!;
    for (let axis = 0; axis < 2; axis += 1) sites.barycentrics[i * 2 + axis] = lattice.barycentrics[site * 2 + axis]!;
    for (let axis = 0; axis < 3; axis += 1) sites.positions[i * 3 + axis] = placed.metric[site * 3 + axis]!;
  });
  return assembleDraft(surface, sites, Array.from({ length: count }, (_, i) => i), () => REACH_METERS, Infinity);
}
