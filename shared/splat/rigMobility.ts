import type { Rig } from '../rig/rig.ts';
import { TURNING_JOINTS } from '../rig/skinning.ts';
import { weldVertices } from './splatFrame.ts';

/** What of a rig can move, and with what: the same for every head on it. */
export interface RigMobility {
  /** First vertex at the same place, [vertexCount] (`weldVertices`). */
  readonly welded: Uint32Array;
  /** Faces around welded vertex v: ringFaces[ringStarts[v]] to ringFaces[ringStarts[v + 1]]. */
  readonly ringStarts: Uint32Array;
  readonly ringFaces: Uint32Array;
  /** Blendshapes that move vertex v, as pairs of shape and entry in it: from shapeStarts[v] to shapeStarts[v + 1]. */
  readonly shapeStarts: Uint32Array;
  readonly shapeEntries: Uint32Array;
  /** For each joint the joint whose matrix it always has: itself where it turns, else that of its parent. */
  readonly movingJoints: Uint8Array;
  /** The moving joint that alone carries a vertex which no blendshape touches, else `DEFORMS`, [vertexCount]. */
  readonly vertexCarriers: Uint8Array;
  /** The moving joint that alone carries a vertex, blendshapes or not, else `DEFORMS`, [vertexCount]. */
  readonly vertexJoints: Uint8Array;
  /** The moving joint that carries a face and the normals at its corners as one rigid piece, else `DEFORMS`, [faceCount]. */
  readonly faceCarriers: Uint8Array;
}

/** In place of a joint: moved by blendshapes, or by more than one joint. */
export const DEFORMS = 255;

const known = new WeakMap<Rig, RigMobility>();

/** Found once a rig. */
export function rigMobility(rig: Rig): RigMobility {
  const before = known.get(rig);
  if (before) return before;
  const mobility = findMobility(rig);
  known.set(rig, mobility);
  return mobility;
}

function findMobility(rig: Rig): RigMobility {
  const { vertexCount, faceCount, faces } = rig;
  const welded = weldVertices(rig);
  const movingJoints = Uint8Array.from(rig.joints, (_, joint) => {
    let at = joint;
    while (rig.joints[at].parent >= 0 && !TURNING_JOINTS.has(rig.joints[at].name)) at = rig.joints[at].parent;
    return at;
  });
  const vertexJoints = new Uint8Array(vertexCount);
  for (let vertex = 0; vertex < vertexCount; vertex++) vertexJoints[vertex] = soleJoint(rig, movingJoints, vertex);
  const vertexCarriers = vertexJoints.slice();
  for (const { vertexIndices } of rig.blendshapes) for (const vertex of vertexIndices) vertexCarriers[vertex] = DEFORMS;

  const ringStarts = new Uint32Array(vertexCount + 1);
  for (let corner = 0; corner < faceCount * 3; corner++) ringStarts[welded[faces[corner]] + 1]++;
  for (let vertex = 0; vertex < vertexCount; vertex++) ringStarts[vertex + 1] += ringStarts[vertex];
  const ringFaces = new Uint32Array(faceCount * 3);
  const next = ringStarts.slice();
  for (let corner = 0; corner < faceCount * 3; corner++) ringFaces[next[welded[faces[corner]]]++] = Math.floor(corner / 3);

  const together = (a: number, b: number): number => (a === b ? a : DEFORMS);
  const flatCarriers = new Uint8Array(faceCount);
  for (let face = 0; face < faceCount; face++) {
    flatCarriers[face] = together(together(vertexCarriers[faces[face * 3]], vertexCarriers[faces[face * 3 + 1]]), vertexCarriers[faces[face * 3 + 2]]);
  }
  const normalCarriers = new Uint8Array(vertexCount).fill(DEFORMS);
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const [begin, end] = [ringStarts[vertex], ringStarts[vertex + 1]];
    if (begin === end) continue;
    let carrier = flatCarriers[ringFaces[begin]];
    for (let k = begin + 1; k < end; k++) carrier = together(carrier, flatCarriers[ringFaces[k]]);
    normalCarriers[vertex] = carrier;
  }
  const faceCarriers = new Uint8Array(faceCount);
  for (let face = 0; face < faceCount; face++) {
    const [a, b, c] = [0, 1, 2].map((corner) => normalCarriers[welded[faces[face * 3 + corner]]]) as [number, number, number];
    faceCarriers[face] = together(together(a, b), c);
  }
  return { ...shapesByVertex(rig), welded, ringStarts, ringFaces, movingJoints, vertexCarriers, vertexJoints, faceCarriers };
}

function shapesByVertex({ blendshapes, vertexCount }: Rig): Pick<RigMobility, 'shapeStarts' | 'shapeEntries'> {
  const shapeStarts = new Uint32Array(vertexCount + 1);
  for (const { vertexIndices } of blendshapes) for (const vertex of vertexIndices) shapeStarts[vertex + 1]++;
  for (let vertex = 0; vertex < vertexCount; vertex++) shapeStarts[vertex + 1] += shapeStarts[vertex];
  const shapeEntries = new Uint32Array(shapeStarts[vertexCount] * 2);
  const next = shapeStarts.slice();
  blendshapes.forEach(({ vertexIndices }, shape) => {
    for (let entry = 0; entry < vertexIndices.length; entry++) {
      const at = next[vertexIndices[entry]]++;
      shapeEntries[at * 2] = shape;
      shapeEntries[at * 2 + 1] = entry;
    }
  });
  return { shapeStarts, shapeEntries };
}

function soleJoint({ jointIndices, jointWeights }: Rig, movingJoints: Uint8Array, vertex: number): number {
  let sole = DEFORMS;
  for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) {
    if (jointWeights[slot] === 0) continue;
    const joint = movingJoints[jointIndices[slot]];
    if (sole !== DEFORMS && sole !== joint) return DEFORMS;
    sole = joint;
  }
  return sole;
}
