import type { Texture } from './texture.ts';

/** How a surface is shaded. Hair, brows and lashes are strands: see-through where their texture is. */
export type SurfaceKind = 'skin' | 'eye' | 'mouth' | 'cloth' | 'hair' | 'brow' | 'lash' | 'frame';

export interface Material {
  readonly kind: SurfaceKind;
  readonly texture: Texture | undefined;
  /** Linear colour; multiplies the texture, or for strands colours its brightness. */
  readonly color: readonly [number, number, number];
  readonly normalMap?: Texture | undefined;
  /** Whether it is headwear. */
  readonly onHead?: boolean;
}

/** A triangle mesh with its own points. */
export interface Part {
  readonly material: Material;
  /** [pointCount, 3], metres. */
  readonly positions: Float32Array;
  /** Where the point was before the person was shaped and posed: what fine patterns stick to, [pointCount, 3]. */
  readonly restPositions: Float32Array;
  /** [triangleCount, 3] */
  readonly triangles: Uint32Array;
  /** u, v of each corner, v up, [triangleCount, 6]. */
  readonly cornerUvs: Float32Array;
}

/** All parts in one set of arrays, with unit normals. */
export interface Scene {
  readonly materials: readonly Material[];
  readonly positions: Float32Array;
  readonly restPositions: Float32Array;
  readonly normals: Float32Array;
  readonly triangles: Uint32Array;
  readonly cornerUvs: Float32Array;
  /** Index into `materials`, [triangleCount]. */
  readonly triangleMaterials: Uint8Array;
}

export function isStrand(kind: SurfaceKind): boolean {
  return kind === 'hair' || kind === 'brow' || kind === 'lash';
}

export function joinParts(parts: readonly Part[]): Scene {
  const pointCount = parts.reduce((sum, part) => sum + part.positions.length / 3, 0);
  const triangleCount = parts.reduce((sum, part) => sum + part.triangles.length / 3, 0);
  const scene = {
    materials: parts.map((part) => part.material),
    positions: new Float32Array(pointCount * 3),
    restPositions: new Float32Array(pointCount * 3),
    normals: new Float32Array(pointCount * 3),
    triangles: new Uint32Array(triangleCount * 3),
    cornerUvs: new Float32Array(triangleCount * 6),
    triangleMaterials: new Uint8Array(triangleCount),
  };
  let point = 0;
  let triangle = 0;
  parts.forEach((part, index) => {
    scene.positions.set(part.positions, point * 3);
    scene.restPositions.set(part.restPositions, point * 3);
    scene.cornerUvs.set(part.cornerUvs, triangle * 6);
    for (let i = 0; i < part.triangles.length; i++) scene.triangles[triangle * 3 + i] = part.triangles[i]! + point;
    scene.triangleMaterials.fill(index, triangle, triangle + part.triangles.length / 3);
    point += part.positions.length / 3;
    triangle += part.triangles.length / 3;
  });
  addNormals(scene.positions, scene.triangles, scene.normals);
  return scene;
}

/** Unit normals of the points, weighted by triangle area. */
function addNormals(positions: Float32Array, triangles: Uint32Array, normals: Float32Array): void {
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i]! * 3;
    const b = triangles[i + 1]! * 3;
    const c = triangles[i + 2]! * 3;
    const ux = positions[b]! - positions[a]!;
    const uy = positions[b + 1]! - positions[a + 1]!;
    const uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[a]!;
    const vy = positions[c + 1]! - positions[a + 1]!;
    const vz = positions[c + 2]! - positions[a + 2]!;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    for (const p of [a, b, c]) {
      normals[p]! += nx;
      normals[p + 1]! += ny;
      normals[p + 2]! += nz;
    }
  }
  for (let p = 0; p < normals.length; p += 3) {
    const length = Math.hypot(normals[p]!, normals[p + 1]!, normals[p + 2]!) || 1;
    normals[p]! /= length;
    normals[p + 1]! /= length;
    normals[p + 2]! /= length;
  }
}
