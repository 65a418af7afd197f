import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import type { Covering } from './covering.ts';
import { isLid, regionOf, type FittedHead } from './fittedHead.ts';
import { mouthClearance } from './mouthClearance.ts';
import { triangleArea } from './siteSampler.ts';

/** Surfaces that splats lie on; neighbours are only looked for on the same one. */
export const LAYER = { skin: 0, shell: 1, leftEye: 2, rightEye: 3, teeth: 4, tongue: 5, cavity: 6 } as const;

/** The surface that splats are drafted on: hair and clothes pushed out, lids measured closed. */
export interface DraftSurface {
  readonly head: FittedHead;
  readonly covering: Covering;
  /** Where distances are measured, see `SplatDraft.metric`; metres, [vertexCount, 3]. */
  readonly metric: Float32Array;
  /** Unit vertex normals of `covering.surface`, [vertexCount, 3]. */
  readonly normals: Float32Array;
  /** `LAYER` of each rig face, [faceCount]. */
  readonly layer: Uint8Array;
  /** Faces that ever show: no slivers, no backs of eyes, no walls of the mouth that come out of the skin. */
  readonly shown: readonly number[];
  /** How far a face of the mouth's walls lies under the skin, metres; Infinity elsewhere. */
  clearanceOf(face: number): number;
}

/** Splats cover an eyeball this far round from straight ahead: a wide eye's opening and the turn of the gaze. */
const EYE_FRONT_COSINE = Math.cos((82 * Math.PI) / 180);
/** The mouth's walls get no splats where they come this near to the skin, and elsewhere none that reach it. */
const MIN_CLEARANCE_METERS = 0.002;

export function draftSurface(head: FittedHead, covering: Covering): DraftSurface {
  const { rig } = head;
  const metric = metricPositions(head, covering);
  const clearance = mouthClearance(head);
  const clearanceOf = (face: number): number =>
    Math.min(clearance[rig.faces[face * 3]!]!, clearance[rig.faces[face * 3 + 1]!]!, clearance[rig.faces[face * 3 + 2]!]!);
  const layer = new Uint8Array(rig.faceCount);
  const shown: number[] = [];
  for (let face = 0; face < rig.faceCount; face += 1) {
    const region = regionOf(rig, face);
    layer[face] = layerOf(region);
    if (triangleArea(metric, rig.faces, face) < 1e-10 || isBackOfEye(head, face, layer[face]!)) continue;
    if (region === 'mouthCavity' && clearanceOf(face) < MIN_CLEARANCE_METERS) continue;
    shown.push(face);
  }
  return { head, covering, metric, normals: vertexNormals(covering.surface, rig), layer, shown, clearanceOf };
}

/** Whether a face of the shell has hair, as far as its corners tell. */
export function faceHasHair({ head: { rig }, covering: { hair } }: DraftSurface, face: number): boolean {
  return Math.max(hair[rig.faces[face * 3]!]!, hair[rig.faces[face * 3 + 1]!]!, hair[rig.faces[face * 3 + 2]!]!) >= 0.5;
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

/** A column of vertices at the `at`-th of some barycentric places. */
export function mix(rig: Rig, face: number, barycentrics: Float32Array, at: number, values: Float32Array, stride: number, axis: number): number {
  const u = barycentrics[at * 2]!, v = barycentrics[at * 2 + 1]!;
  return (1 - u - v) * values[rig.faces[face * 3]! * stride + axis]!
    + u * values[rig.faces[face * 3 + 1]! * stride + axis]! + v * values[rig.faces[face * 3 + 2]! * stride + axis]!;
}

/** Unit normals of some vertices of the rig, by the area of the faces around. */
export function vertexNormals(positions: Float32Array, rig: Rig): Float32Array {
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
