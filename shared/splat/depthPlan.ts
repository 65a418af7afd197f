import type { Rig } from '../rig/rig.ts';
import type { BoundSplats } from './boundSplats.ts';
import { splatCenters } from './covariance.ts';
import { DEFORMS, type RigMobility, rigMobility } from './rigMobility.ts';
import type { FaceFrames } from './splatFrame.ts';

const NEVER = 0xffffffff;

/** Splats that ride on one joint as one rigid piece. */
export interface RigidSplats {
  readonly joint: number;
  /** Ascending. */
  readonly splats: Uint32Array;
  /** Centres on the neutral head, metres, [splats.length, 3]. */
  readonly centers: Float32Array;
}

/** One blendshape's displacements of the plan's vertices. */
export interface PlannedShape {
  /** Local vertices. */
  readonly vertices: Uint32Array;
  readonly deltas: Float32Array;
  /** Index of the first splat that needs each entry, ascending. */
  readonly ranks: Uint32Array;
}

/**
 * What must be posed to know the depths of an avatar's splats, and no more. Vertices, normals and faces have local
 * numbers in the order in which splats first need them, so that a prefix of the splats needs a prefix of each list; the
 * `…Ranks` are the first splats, ascending.
 */
export interface DepthPlan {
  readonly rigid: readonly RigidSplats[];
  /** Splats that deform, ascending, and for each of them its local face. */
  readonly splats: Uint32Array;
  readonly splatFaces: Uint32Array;
  /** [splats.length, 5]: u, v, offset x, y, z. */
  readonly splatPlaces: Float32Array;
  /** Faces that carry such splats: local vertices and local normals of the corners, [faces, 6]. */
  readonly faceCorners: Uint32Array;
  readonly faceRanks: Uint32Array;
  /** Faces whose cross products make the normals: local vertices, then local normals of the corners (0: of no interest), [rings, 6]. */
  readonly ringCorners: Uint32Array;
  readonly ringRanks: Uint32Array;
  /** Local normal 0 collects what nobody needs. */
  readonly normalRanks: Uint32Array;
  /** Neutral places, metres, [vertices, 3]. */
  readonly basePositions: Float32Array;
  readonly vertexRanks: Uint32Array;
  readonly shapes: readonly PlannedShape[];
  /** The joint in whose space the plan's vertices are posed: the one that carries most, so that most need no skinning. */
  readonly baseJoint: number;
  /** Local vertices that do need it, and for each where its weights begin; ranks as above. */
  readonly skinned: Uint32Array;
  readonly skinnedRanks: Uint32Array;
  readonly slotStarts: Uint32Array;
  readonly slotJoints: Uint8Array;
  readonly slotWeights: Float32Array;
}

/** Plans the first `count` splats. @param rest the neutral head's frames. */
export function planDepths(rig: Rig, rest: FaceFrames, splats: BoundSplats, count: number): DepthPlan {
  const mobility = rigMobility(rig);
  const { faces, faceCount, vertexCount } = rig;
  const { welded, ringStarts, ringFaces, faceCarriers } = mobility;
  const { bindings } = splats;
  const byJoint = rig.joints.map((): number[] => []);
  const deforming: number[] = [];
  const faceFirst = new Uint32Array(faceCount).fill(NEVER);
  for (let s = 0; s < count; s++) {
    const face = bindings[s];
    const carrier = faceCarriers[face];
    if (carrier !== DEFORMS) byJoint[carrier].push(s);
    else {
      deforming.push(s);
      if (s < faceFirst[face]) faceFirst[face] = s;
    }
  }
  // A face needs the normals at its corners, a normal the faces around it, a face its vertices.
  const normalFirst = new Uint32Array(vertexCount).fill(NEVER);
  forCorners(faces, faceFirst, (vertex, rank) => { if (rank < normalFirst[welded[vertex]]) normalFirst[welded[vertex]] = rank; });
  const ringFirst = new Uint32Array(faceCount).fill(NEVER);
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const rank = normalFirst[vertex];
    if (rank === NEVER) continue;
    for (let k = ringStarts[vertex]; k < ringStarts[vertex + 1]; k++) if (rank < ringFirst[ringFaces[k]]) ringFirst[ringFaces[k]] = rank;
  }
  const vertexFirst = new Uint32Array(vertexCount).fill(NEVER);
  forCorners(faces, ringFirst, (vertex, rank) => { if (rank < vertexFirst[vertex]) vertexFirst[vertex] = rank; });

  const vertices = inOrder(vertexFirst, count);
  const normals = inOrder(normalFirst, count);
  const planFaces = inOrder(faceFirst, count);
  const rings = inOrder(ringFirst, count);
  const localVertex = numbered(vertices.items, vertexCount, 0);
  const localNormal = numbered(normals.items, vertexCount, 1);
  const localFace = numbered(planFaces.items, faceCount, 0);
  const corners = ({ items }: Ordered): Uint32Array => {
    const out = new Uint32Array(items.length * 6);
    items.forEach((face, k) => {
      for (let corner = 0; corner < 3; corner++) {
        const vertex = faces[face * 3 + corner];
        out[k * 6 + corner] = localVertex[vertex];
        out[k * 6 + 3 + corner] = localNormal[welded[vertex]];
      }
    });
    return out;
  };
  const baseJoint = commonest(mobility.vertexJoints, vertices.items);
  return {
    rigid: rigidSplats(rest, splats, count, byJoint),
    splats: Uint32Array.from(deforming), splatFaces: Uint32Array.from(deforming, (s) => localFace[bindings[s]]),
    splatPlaces: placesOf(splats, deforming),
    faceCorners: corners(planFaces), faceRanks: planFaces.ranks, ringCorners: corners(rings), ringRanks: rings.ranks,
    normalRanks: Uint32Array.of(0, ...normals.ranks),
    basePositions: gatherTriples(rest.positions, vertices.items), vertexRanks: vertices.ranks,
    shapes: plannedShapes(rig, mobility, vertices),
    baseJoint, ...skinnedVertices(rig, mobility, vertices, baseJoint),
  };
}

interface Ordered { readonly items: Uint32Array; readonly ranks: Uint32Array }

/** The items that are needed at all, by the splat that needs them first; a counting sort over the splats. */
function inOrder(first: Uint32Array, splatCount: number): Ordered {
  const starts = new Uint32Array(splatCount + 1);
  let count = 0;
  for (let item = 0; item < first.length; item++) {
    if (first[item] === NEVER) continue;
    starts[first[item] + 1]++;
    count++;
  }
  for (let rank = 0; rank < splatCount; rank++) starts[rank + 1] += starts[rank];
  const items = new Uint32Array(count);
  const ranks = new Uint32Array(count);
  for (let item = 0; item < first.length; item++) {
    if (first[item] === NEVER) continue;
    const at = starts[first[item]]++;
    items[at] = item;
    ranks[at] = first[item];
  }
  return { items, ranks };
}

function numbered(items: Uint32Array, count: number, from: number): Uint32Array {
  const numbers = new Uint32Array(count);
  items.forEach((item, index) => { numbers[item] = index + from; });
  return numbers;
}

function forCorners(faces: Uint32Array, first: Uint32Array, each: (vertex: number, rank: number) => void): void {
  for (let face = 0; face < first.length; face++) {
    if (first[face] === NEVER) continue;
    for (let corner = face * 3; corner < face * 3 + 3; corner++) each(faces[corner], first[face]);
  }
}

function commonest(joints: Uint8Array, vertices: Uint32Array): number {
  const counts = new Uint32Array(256);
  for (const vertex of vertices) if (joints[vertex] !== DEFORMS) counts[joints[vertex]]++;
  return counts.indexOf(Math.max(...counts));
}

function gatherTriples(values: Float32Array, items: ArrayLike<number>): Float32Array {
  const out = new Float32Array(items.length * 3);
  for (let k = 0; k < items.length; k++) for (let axis = 0; axis < 3; axis++) out[k * 3 + axis] = values[items[k] * 3 + axis];
  return out;
}

function placesOf({ barycentrics, offsets }: BoundSplats, items: readonly number[]): Float32Array {
  const places = new Float32Array(items.length * 5);
  items.forEach((s, k) => {
    places[k * 5] = barycentrics[s * 2];
    places[k * 5 + 1] = barycentrics[s * 2 + 1];
    for (let axis = 0; axis < 3; axis++) places[k * 5 + 2 + axis] = offsets[s * 3 + axis];
  });
  return places;
}

function rigidSplats(rest: FaceFrames, splats: BoundSplats, count: number, byJoint: readonly number[][]): RigidSplats[] {
  const centers = new Float32Array(count * 3);
  splatCenters(splats, rest, centers, 0, count);
  return byJoint.flatMap((items, joint) => (items.length === 0 ? [] : [{ joint, splats: Uint32Array.from(items), centers: gatherTriples(centers, items) }]));
}

/** Vertex after vertex, so that each shape's entries come out in the order of the vertices. */
function plannedShapes({ blendshapes }: Rig, { shapeStarts, shapeEntries }: RigMobility, { items, ranks }: Ordered): PlannedShape[] {
  const counts = new Uint32Array(blendshapes.length);
  for (const vertex of items) for (let at = shapeStarts[vertex]; at < shapeStarts[vertex + 1]; at++) counts[shapeEntries[at * 2]]++;
  const shapes = blendshapes.map((_, shape) => ({ vertices: new Uint32Array(counts[shape]), deltas: new Float32Array(counts[shape] * 3), ranks: new Uint32Array(counts[shape]) }));
  counts.fill(0);
  for (let local = 0; local < items.length; local++) {
    for (let at = shapeStarts[items[local]]; at < shapeStarts[items[local] + 1]; at++) {
      const shape = shapeEntries[at * 2];
      const from = shapeEntries[at * 2 + 1] * 3;
      const planned = shapes[shape];
      const to = counts[shape]++;
      planned.vertices[to] = local;
      planned.ranks[to] = ranks[local];
      for (let axis = 0; axis < 3; axis++) planned.deltas[to * 3 + axis] = blendshapes[shape].deltas[from + axis];
    }
  }
  return shapes;
}

function skinnedVertices(
  { jointIndices, jointWeights, joints }: Rig, { vertexJoints, movingJoints }: RigMobility, vertices: Ordered, baseJoint: number,
): Pick<DepthPlan, 'skinned' | 'skinnedRanks' | 'slotStarts' | 'slotJoints' | 'slotWeights'> {
  const skinned: number[] = [];
  const ranks: number[] = [];
  const starts = [0];
  const slotJoints: number[] = [];
  const slotWeights: number[] = [];
  const weights = new Float64Array(joints.length);
  vertices.items.forEach((vertex, local) => {
    if (vertexJoints[vertex] === baseJoint) return;
    weights.fill(0);
    for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) weights[movingJoints[jointIndices[slot]]] += jointWeights[slot];
    weights.forEach((weight, joint) => {
      if (weight === 0) return;
      slotJoints.push(joint);
      slotWeights.push(weight);
    });
    starts.push(slotJoints.length);
    skinned.push(local);
    ranks.push(vertices.ranks[local]);
  });
  return {
    skinned: Uint32Array.from(skinned), skinnedRanks: Uint32Array.from(ranks), slotStarts: Uint32Array.from(starts),
    slotJoints: Uint8Array.from(slotJoints), slotWeights: Float32Array.from(slotWeights),
  };
}
