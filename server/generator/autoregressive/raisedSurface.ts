import type { RegionName } from '../../../shared/rig/rig.ts';
import { LAYER, vertexNormals, type DraftSurface } from '../draftSurface.ts';
import { isLid, regionOf } from '../fittedHead.ts';
import { emptySample, type PointField } from './pointField.ts';

/** The most that skin is taken off the fitted surface: beyond lies what is worn, not what one is. */
const SKIN_LIMIT_METERS = 0.02;

/** Whether points may move the surface of a region: lids, eyes, lips and what is inside the mouth must fit each other. */
export function isRaised(region: RegionName): boolean {
  switch (region) {
    case 'upperLip': case 'lowerLip': case 'nostrils': case 'leftEyeball': case 'rightEyeball':
    case 'mouthCavity': case 'upperTeeth': case 'lowerTeeth': case 'tongue': return false;
    default: return !isLid(region);
  }
}

/** A height that a splat of a region may have, metres. */
export function allowedHeight(region: RegionName, heightMeters: number): number {
  if (!isRaised(region)) return 0;
  return region === 'shell' ? heightMeters : Math.min(SKIN_LIMIT_METERS, Math.max(-SKIN_LIMIT_METERS, heightMeters));
}

/**
 * The fitted surface, its vertices raised to where the points say that the person's surface is. Distances are still
 * measured on the fitted one.
 */
export function raiseSurface(surface: DraftSurface, field: PointField): { readonly raised: DraftSurface; readonly vertexHeights: Float32Array } {
  const { head: { rig }, covering, metric, normals, layer } = surface;
  const vertexHeights = new Float32Array(rig.vertexCount);
  const done = new Uint8Array(rig.vertexCount);
  const held = new Uint8Array(rig.vertexCount);
  for (let face = 0; face < rig.faceCount; face += 1) {
    if (isRaised(regionOf(rig, face))) continue;
    for (let corner = 0; corner < 3; corner += 1) held[rig.faces[face * 3 + corner]!] = 1;
  }
  const raised = Float32Array.from(covering.surface);
  const sample = emptySample();
  for (let face = 0; face < rig.faceCount; face += 1) {
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = rig.faces[face * 3 + corner]!;
      if (done[vertex] === 1 || held[vertex] === 1) continue;
      done[vertex] = 1;
      const at = vertex * 3;
      field.sample(layer[face]!, metric[at]!, metric[at + 1]!, metric[at + 2]!, sample);
      // Far from every point of hair there is none: its surface stays where it was put.
      if (layer[face] === LAYER.shell && sample.distanceMeters > 3 * sample.spacingMeters) continue;
      vertexHeights[vertex] = allowedHeight(regionOf(rig, face), sample.heightMeters);
      for (let axis = 0; axis < 3; axis += 1) raised[at + axis] = raised[at + axis]! + vertexHeights[vertex]! * normals[at + axis]!;
    }
  }
  return {
    vertexHeights,
    raised: { ...surface, covering: { ...covering, surface: raised }, normals: vertexNormals(raised, rig) },
  };
}
