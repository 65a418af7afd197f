import type { BaseMesh } from '../makehuman/baseMesh.ts';
import { MakehumanDataError } from '../makehuman/makehumanError.ts';
import { ramp } from './faceMasks.ts';
import type { RigPart } from './rigPart.ts';
import { triangulate } from './rigPart.ts';
import { MOUTH_ISLAND, onIsland } from './uvIslands.ts';

/** A part that takes vertices of the base mesh over as they are. */
export interface CopiedPart extends RigPart {
  /** Vertex of the base mesh, [vertexCount]. */
  readonly baseVertices: Uint32Array;
  /** Middle of each quad in texture space; faces 2i and 2i + 1 are quad i, [faceCount / 2, 2]. */
  readonly quadUvs: Float32Array;
}

/** The quads of the named group whose corners all satisfy `keep`, as a part of their own. */
export function copyPart(
  name: RigPart['name'], base: BaseMesh, positions: Float32Array, group: string,
  keep: (baseVertex: number) => boolean = () => true,
): CopiedPart {
  const groupIndex = base.groupNames.indexOf(group);
  if (groupIndex < 0) throw MakehumanDataError.missing(`group ${group}`);
  const indices = new Map<number, number>();
  const quads: number[] = [];
  const uvOfVertex: number[] = [];
  const quadUvs: number[] = [];
  for (let quad = 0; quad < base.quadGroups.length; quad++) {
    if (base.quadGroups[quad] !== groupIndex) continue;
    const corners = base.quads.subarray(quad * 4, quad * 4 + 4);
    if (!corners.every(keep)) continue;
    const cornerUvs = base.quadUvs.subarray(quad * 4, quad * 4 + 4);
    for (const axis of [0, 1]) quadUvs.push(cornerUvs.reduce((sum, uv) => sum + base.uvs[uv * 2 + axis]! / 4, 0));
    corners.forEach((vertex, corner) => {
      let index = indices.get(vertex);
      if (index === undefined) {
        index = indices.size;
        indices.set(vertex, index);
        // A vertex on a UV seam keeps the UV it is first seen with: the rig has one UV a vertex.
        uvOfVertex.push(base.quadUvs[quad * 4 + corner]!);
      }
      quads.push(index);
    });
  }
  const baseVertices = Uint32Array.from(indices.keys());
  const ownPositions = new Float32Array(baseVertices.length * 3);
  const part = {
    name,
    vertexCount: baseVertices.length,
    baseVertices,
    quadUvs: Float32Array.from(quadUvs),
    uvs: Float32Array.from(uvOfVertex.flatMap((uv) => [base.uvs[uv * 2]!, base.uvs[uv * 2 + 1]!])),
    shape(source: Float32Array, out: Float32Array, start: number): void {
      baseVertices.forEach((vertex, row) => {
        for (let axis = 0; axis < 3; axis++) out[(start + row) * 3 + axis] = source[vertex * 3 + axis]!;
      });
    },
  };
  part.shape(positions, ownPositions, 0);
  return { ...part, faces: triangulate(Uint32Array.from(quads), ownPositions) };
}

/** Metres from the eyes' midpoint: where the bust ends. */
export const BUST_BOTTOM = -0.345;

/** How far the mouth's bag is drawn inwards, metres: MakeHuman's lies so close under the cheeks that a smile cuts into it. */
const BAG_SHRINK = 0.0035;
/** What it shrinks towards, metres from the eyes' midpoint: a point among the molars. */
const BAG_MIDDLE = [0, -0.067, -0.012] as const;

/** Head, neck, shoulders, upper arms and chest with the mouth's and the nostrils' insides. */
export function bodyPart(base: BaseMesh, positions: Float32Array, eyeMidpoint: readonly [number, number, number]): CopiedPart {
  const part = copyPart('body', base, positions, 'body', (vertex) => positions[vertex * 3 + 1]! - eyeMidpoint[1] > BUST_BOTTOM);
  const offsets = new Float32Array(part.vertexCount * 3);
  // The mesh's lines do not run level: the cut's teeth are drawn down to one height.
  for (const own of openVertices(part.faces)) offsets[own * 3 + 1] = eyeMidpoint[1] + BUST_BOTTOM - positions[part.baseVertices[own]! * 3 + 1]!;
  for (const [own, share] of bagShares(part)) {
    const away = [0, 1, 2].map((axis) => positions[part.baseVertices[own]! * 3 + axis]! - eyeMidpoint[axis]! - BAG_MIDDLE[axis]!);
    const length = Math.hypot(away[0]!, away[1]!, away[2]!);
    // Only in front and above: farther down and back the bag already lies close to the lower teeth's gums.
    const high = ramp(away[1]!, -0.011, -0.003) * ramp(away[2]!, 0.012, 0.021);
    for (let axis = 0; axis < 3; axis++) offsets[own * 3 + axis] = (-share * high * BAG_SHRINK * away[axis]!) / length;
  }
  return {
    ...part,
    shape(source, out, start) {
      part.shape(source, out, start);
      for (let i = 0; i < offsets.length; i++) out[start * 3 + i]! += offsets[i]!;
    },
  };
}

/** Vertices of the mouth's inside behind its border with the lips: half a share next to the border, a whole one beyond. */
function bagShares(part: CopiedPart): Map<number, number> {
  const inside = new Set<number>(), border = new Set<number>(), shares = new Map<number, number>();
  const corners = (quad: number): Uint32Array => part.faces.subarray(quad * 6, quad * 6 + 6);
  const bag = Array.from({ length: part.quadUvs.length / 2 }, (_, quad) => quad).filter((quad) => onIsland(part.quadUvs, quad, MOUTH_ISLAND));
  for (const quad of bag) for (const vertex of corners(quad)) inside.add(vertex);
  for (let quad = 0; quad < part.quadUvs.length / 2; quad++) {
    if (!onIsland(part.quadUvs, quad, MOUTH_ISLAND)) for (const vertex of corners(quad)) if (inside.has(vertex)) border.add(vertex);
  }
  for (const vertex of inside) if (!border.has(vertex)) shares.set(vertex, 1);
  for (const quad of bag) {
    if (corners(quad).some((vertex) => border.has(vertex))) for (const vertex of corners(quad)) if (!border.has(vertex)) shares.set(vertex, 0.5);
  }
  return shares;
}

/** Vertices on edges that only one face has. */
function openVertices(faces: Uint32Array): Set<number> {
  const uses = new Map<string, readonly [number, number]>();
  for (let start = 0; start < faces.length; start += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const a = faces[start + corner]!, b = faces[start + (corner + 1) % 3]!;
      const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
      if (uses.has(key)) uses.delete(key); else uses.set(key, [a, b]);
    }
  }
  return new Set([...uses.values()].flat());
}
