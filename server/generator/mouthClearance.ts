import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES, type BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { poseVertices } from '../../shared/rig/skinning.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import type { FittedHead } from './fittedHead.ts';
import { regionOf } from './fittedHead.ts';

/** Mouths that press the cavity's walls against the cheeks and the chin. */
const POSES: readonly Readonly<Partial<Record<BlendshapeName, number>>>[] = [
  {},
  { jawOpen: 1 },
  { jawOpen: 0.5, mouthSmileLeft: 1, mouthSmileRight: 1 },
  { jawOpen: 0.6, mouthFunnel: 0.8 },
];
const OUTSIDE: ReadonlySet<RegionName> = new Set(['face', 'nose', 'neck']);
const INSIDE: ReadonlySet<RegionName> = new Set(['mouthCavity']);

/**
 * How far the cavity's walls lie under the skin of cheeks and chin, at the worst of some wide mouths: metres at each
 * vertex, [vertexCount]; negative where a wall comes out of the skin, Infinity elsewhere on the rig. Splats are round:
 * those on a wall must be smaller than this, or they shine through.
 */
export function mouthClearance({ rig, neutral }: FittedHead): Float32Array {
  const clearance = new Float32Array(rig.vertexCount).fill(Infinity);
  const walls = verticesOf(rig, INSIDE);
  const skin = verticesOf(rig, OUTSIDE);
  const posed = new Float32Array(rig.vertexCount * 3);
  const frames = new FaceFrames(rig, neutral.positions);
  for (const pose of POSES) {
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    for (const [name, weight] of Object.entries(pose)) weights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = weight;
    poseVertices(rig, neutral, { blendshapeWeights: weights, headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] }, posed);
    frames.update(posed);
    const normals = frames.vertexNormals;
    for (const wall of walls) {
      const x = posed[wall * 3]!, y = posed[wall * 3 + 1]!, z = posed[wall * 3 + 2]!;
      let nearest = Infinity;
      let depth = Infinity;
      for (const vertex of skin) {
        const dx = posed[vertex * 3]! - x, dy = posed[vertex * 3 + 1]! - y, dz = posed[vertex * 3 + 2]! - z;
        const distance2 = dx * dx + dy * dy + dz * dz;
        if (distance2 >= nearest) continue;
        nearest = distance2;
        depth = dx * normals[vertex * 3]! + dy * normals[vertex * 3 + 1]! + dz * normals[vertex * 3 + 2]!;
      }
      clearance[wall] = Math.min(clearance[wall]!, depth);
    }
  }
  return clearance;
}

function verticesOf(rig: Rig, regions: ReadonlySet<RegionName>): number[] {
  const vertices = new Set<number>();
  for (let face = 0; face < rig.faceCount; face += 1) {
    if (!regions.has(regionOf(rig, face))) continue;
    for (let corner = 0; corner < 3; corner += 1) vertices.add(rig.faces[face * 3 + corner]!);
  }
  return [...vertices];
}
