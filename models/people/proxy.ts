import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { METERS_PER_UNIT } from '../makehuman/baseMesh.ts';
import type { PolygonMesh } from './subdivision.ts';

const proxySchema = z.object({
  vertices: z.array(z.number()),
  ref_vIdxs: z.array(z.tuple([z.number(), z.number(), z.number()])),
  weights: z.array(z.tuple([z.number(), z.number(), z.number()])),
  offsets: z.array(z.tuple([z.number(), z.number(), z.number()])),
  uvs: z.array(z.array(z.number())),
  faces: z.array(z.number()),
  materials: z.array(z.object({ mapDiffuse: z.string().optional(), mapNormal: z.string().optional(), DbgName: z.string().optional() })),
  metadata: z.object({ deleteVerts: z.array(z.number()).optional() }),
});

/** A thing worn or grown on the base mesh: hair, eyes, teeth, clothes. Each of its points hangs on three base vertices. */
export interface Proxy {
  readonly references: Uint32Array;
  readonly weights: Float32Array;
  /** Metres at the bare base mesh's size. */
  readonly offsets: Float32Array;
  readonly faceCorners: readonly (readonly number[])[];
  readonly faceUvs: readonly (readonly number[])[];
  readonly uvs: Float32Array;
  /** Texture paths of the proxy's materials, absolute. */
  readonly materials: readonly { diffuse: string | undefined; normal: string | undefined }[];
  /** 1 where the base vertex is hidden under it. */
  readonly hiddenBaseVertices: Uint8Array;
}

/** Reads a proxy, `hair/bob01` for instance. */
export function loadProxy(packageFolder: string, name: string): Proxy {
  const file = join(packageFolder, 'public/data/proxies', name, `${name.slice(name.lastIndexOf('/') + 1)}.json`);
  const data = proxySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const faceCorners: number[][] = [];
  const faceUvs: number[][] = [];
  // three.js' JSON format 3: a bit set (1 quad, 2 material, 8 UVs) before each face's numbers.
  for (let i = 0; i < data.faces.length;) {
    const type = data.faces[i]!;
    const corners = type & 1 ? 4 : 3;
    let at = i + 1;
    faceCorners.push(data.faces.slice(at, at + corners));
    at += corners + (type & 2 ? 1 : 0);
    faceUvs.push(type & 8 ? data.faces.slice(at, at + corners) : new Array<number>(corners).fill(0));
    i = at + (type & 8 ? corners : 0);
  }
  const folder = dirname(file);
  return {
    references: Uint32Array.from(data.ref_vIdxs.flat()),
    weights: Float32Array.from(data.weights.flat()),
    offsets: Float32Array.from(data.offsets.flat(), (value) => value * METERS_PER_UNIT),
    faceCorners, faceUvs,
    uvs: Float32Array.from(data.uvs[0] ?? [0, 0]),
    materials: data.materials.map(({ mapDiffuse, mapNormal }) => ({
      diffuse: mapDiffuse === undefined ? undefined : join(folder, mapDiffuse),
      normal: mapNormal === undefined ? undefined : join(folder, mapNormal),
    })),
    hiddenBaseVertices: Uint8Array.from(data.metadata.deleteVerts ?? []),
  };
}

/**
 * The proxy on a shaped and posed base mesh.
 * @param basePositions [vertexCount, 3], metres
 * @param restPositions the bare base mesh, likewise
 * @param offsetScale size of the body part that wears it over that of the bare base mesh, per axis
 */
export function fitProxy(proxy: Proxy, basePositions: Float32Array, restPositions: Float32Array,
  offsetScale: readonly [number, number, number]): PolygonMesh {
  const count = proxy.references.length / 3;
  const points = new Float32Array(count * 6);
  for (let p = 0; p < count; p++) {
    for (let axis = 0; axis < 3; axis++) {
      const offset = proxy.offsets[p * 3 + axis]!;
      let posed = offset * offsetScale[axis]!;
      let rest = offset;
      for (let k = 0; k < 3; k++) {
        const weight = proxy.weights[p * 3 + k]!;
        const vertex = proxy.references[p * 3 + k]! * 3 + axis;
        posed += weight * basePositions[vertex]!;
        rest += weight * restPositions[vertex]!;
      }
      points[p * 6 + axis] = posed;
      points[p * 6 + 3 + axis] = rest;
    }
  }
  return { points, stride: 6, uvs: proxy.uvs, faceCorners: proxy.faceCorners, faceUvs: proxy.faceUvs };
}
