import { readFileSync } from 'node:fs';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES, type BlendshapeName } from '../../shared/rig/blendshapes.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';

/** The committed rig. */
export const headRig: Rig = decodeRig(readFileSync(new URL('../../models/rig/head.rig', import.meta.url)));

export function rigPose(weights: Partial<Record<BlendshapeName, number>> = {}, yawDegrees = 0): RigPose {
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, weight] of Object.entries(weights)) blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = weight;
  const half = (yawDegrees * Math.PI) / 360;
  return { blendshapeWeights, headRotation: [0, Math.sin(half), 0, Math.cos(half)], headPositionMeters: [0, 0, 0] };
}

/** The mean head in a pose, [vertexCount, 3]. */
export function posed(pose: RigPose, identity: readonly number[] = []): Float32Array {
  const out = new Float32Array(headRig.vertexCount * 3);
  poseVertices(headRig, neutralHead(headRig, identity), pose, out);
  return out;
}

export function landmarkAt(positions: Float32Array, landmark: number): [number, number, number] {
  const point: [number, number, number] = [0, 0, 0];
  for (let corner = 0; corner < 3; corner++) {
    const vertex = headRig.faces[headRig.landmarks.faces[landmark]! * 3 + corner]!;
    for (let axis = 0; axis < 3; axis++) point[axis]! += headRig.landmarks.barycentrics[landmark * 3 + corner]! * positions[vertex * 3 + axis]!;
  }
  return point;
}

/** Vertices of the faces of the named regions. */
export function verticesOf(...names: RegionName[]): Set<number> {
  const vertices = new Set<number>();
  headRig.faceRegions.forEach((region, face) => {
    if (names.includes(headRig.regionNames[region]!)) for (const vertex of headRig.faces.subarray(face * 3, face * 3 + 3)) vertices.add(vertex);
  });
  return vertices;
}

export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}

export function pointAt(positions: Float32Array, vertex: number): [number, number, number] {
  return [positions[vertex * 3]!, positions[vertex * 3 + 1]!, positions[vertex * 3 + 2]!];
}
