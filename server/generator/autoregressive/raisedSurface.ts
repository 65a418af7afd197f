import type { RegionName, Rig } from '../../../shared/rig/rig.ts';
import { weldVertices } from '../../../shared/splat/splatFrame.ts';
import { smoothStep } from '../colorSampling.ts';
import { LAYER, vertexNormals, type DraftSurface } from '../draftSurface.ts';
import { isLid, regionOf } from '../fittedHead.ts';
import { emptySample, type PointField } from './pointField.ts';

/**
 * The most that points move a surface, metres. The fit holds skin by its landmarks; hair and what is worn it only knows
 * by their outline. Neck and clothes stay with the fit: held-out people say that today's weights know less of them than it does
 * (models/training/runs).
 */
const SKIN_LIMIT_METERS = 0.0015;
const HAIR_LIMIT_METERS = 0.025;
/** How far a surface looks away from the portrait's camera, cosines: up to the lower the fit saw it or its outline, from the upper on nothing of it. */
const LOOKING_AWAY = [0.15, 0.6] as const;
const SMOOTHING_PASSES = 8;

/** Whether points may move the surface of a region: lids, eyes, lips and what is inside the mouth must fit each other. */
function isRaised(region: RegionName): boolean {
  switch (region) {
    case 'upperLip': case 'lowerLip': case 'nostrils': case 'leftEyeball': case 'rightEyeball':
    case 'mouthCavity': case 'upperTeeth': case 'lowerTeeth': case 'tongue': return false;
    default: return !isLid(region);
  }
}

function limitOf(region: RegionName): number {
  if (!isRaised(region)) return 0;
  return region === 'shell' ? HAIR_LIMIT_METERS : region === 'bust' || region === 'neck' ? 0 : SKIN_LIMIT_METERS;
}

/**
 * The fitted surface, its vertices raised to where the points say that the person's surface is; not where the portrait
 * shows it or its outline, which it was fitted to. Distances are still measured on the fitted one.
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
      const limit = limitOf(regionOf(rig, face));
      const height = field.smoothHeight(layer[face]!, metric[at]!, metric[at + 1]!, metric[at + 2]!);
      vertexHeights[vertex] = unseenShare(surface, vertex) * Math.min(limit, Math.max(-limit, height));
    }
  }
  smoothOverMesh(rig, vertexHeights, held);
  for (let at = 0; at < raised.length; at += 1) raised[at] = raised[at]! + vertexHeights[Math.floor(at / 3)]! * normals[at]!;
  return {
    vertexHeights,
    raised: { ...surface, covering: { ...covering, surface: raised }, normals: vertexNormals(raised, rig) },
  };
}

/** 0 where the portrait shows a vertex or its outline, 1 well round the back of it or outside of the picture. */
function unseenShare({ head: { view }, covering, normals }: DraftSurface, vertex: number): number {
  const p = covering.surface.subarray(vertex * 3, vertex * 3 + 3);
  const pixel = view.project(p);
  if (pixel[0]! < 0 || pixel[1]! < 0 || pixel[0]! > view.camera.width || pixel[1]! > view.camera.height) return 1;
  const n = normals.subarray(vertex * 3, vertex * 3 + 3);
  return smoothStep(LOOKING_AWAY, -view.facing(p[0]!, p[1]!, p[2]!, n[0]!, n[1]!, n[2]!));
}

/** Heights averaged over the faces around each vertex, so that the surface stays as smooth as it was; in place. */
function smoothOverMesh(rig: Rig, heights: Float32Array, held: Uint8Array): void {
  const sums = new Float32Array(rig.vertexCount);
  const counts = new Float32Array(rig.vertexCount);
  const welded = weldVertices(rig);
  for (let pass = 0; pass < SMOOTHING_PASSES; pass += 1) {
    sums.fill(0);
    counts.fill(0);
    for (let f = 0; f < rig.faces.length; f += 3) {
      const mean = (heights[rig.faces[f]!]! + heights[rig.faces[f + 1]!]! + heights[rig.faces[f + 2]!]!) / 3;
      for (let corner = 0; corner < 3; corner += 1) {
        const vertex = welded[rig.faces[f + corner]!]!;
        sums[vertex] = sums[vertex]! + mean;
        counts[vertex] = counts[vertex]! + 1;
      }
    }
    for (let vertex = 0; vertex < rig.vertexCount; vertex += 1) {
      if (held[vertex] === 0 && counts[welded[vertex]!]! > 0) heights[vertex] = sums[welded[vertex]!]! / counts[welded[vertex]!]!;
    }
  }
}
