import { BufferAttribute, BufferGeometry, DoubleSide, Ray } from 'three';
import { MeshBVH } from 'three-mesh-bvh';
import type { Material, Scene } from '../../people/scene.ts';
import { nearestAlpha } from '../../people/texture.ts';

/** What a ray may end on: skin with clothes and glasses, or what covers the head, or an eye. */
export type RayTarget = 'body' | 'cover' | 'eye';

/** Where rays along surface normals met the scene, one a ray. */
export interface RayHits {
  /** Along the normal from the ray's centre, metres; NaN where nothing was met, [count]. */
  readonly heights: Float32Array;
  /** Triangle of the scene, -1 where nothing was met, [count]. */
  readonly triangles: Int32Array;
  /** Weights of its second and third corner, [count, 2]. */
  readonly barycentrics: Float32Array;
}

/** As far as heights are told, and a little: outwards and inwards. */
const REACH_METERS = 0.08;
/** A strand's texture counts as there from this alpha. */
const SOLID_ALPHA = 0.4;
/** The true surface looks the same way as the fitted one, roughly. */
const LEAST_AGREEMENT = 0.15;
/** What stands off the nearest surface by less than this covers it: cloth over skin; glasses may stand off further. */
const CLOTH_GAP_METERS = 0.012;
const FRAME_GAP_METERS = 0.028;

/** Rays against a scene whose points have been carried into another space. */
export class SceneRays {
  readonly #scene: Scene;
  readonly #positions: Float32Array;
  readonly #trees = new Map<RayTarget, { tree: MeshBVH; triangles: Uint32Array }>();

  /** @param positions of the scene's points, metres, [pointCount, 3] */
  constructor(scene: Scene, positions: Float32Array) {
    this.#scene = scene;
    this.#positions = positions;
    const targets = scene.materials.map(targetOf);
    for (const target of ['body', 'cover', 'eye'] as const) {
      const triangles: number[] = [];
      scene.triangleMaterials.forEach((material, t) => { if (targets[material] === target) triangles.push(t); });
      if (triangles.length === 0) continue;
      const index = new Uint32Array(triangles.length * 3);
      triangles.forEach((t, i) => index.set(scene.triangles.subarray(t * 3, t * 3 + 3), i * 3));
      const geometry = new BufferGeometry();
      geometry.setAttribute('position', new BufferAttribute(positions, 3));
      geometry.setIndex(new BufferAttribute(index, 1));
      this.#trees.set(target, { tree: new MeshBVH(geometry, { indirect: true }), triangles: Uint32Array.from(triangles) });
    }
  }

  /** Whether anything of this kind is in the scene. */
  has(target: RayTarget): boolean {
    return this.#trees.has(target);
  }

  newHits(count: number): RayHits {
    return { heights: new Float32Array(count).fill(NaN), triangles: new Int32Array(count).fill(-1), barycentrics: new Float32Array(count * 2) };
  }

  /**
   * The surface met along the line through a centre, within ±8 cm: of a body the nearest one that looks the same way,
   * or what lies closely over it; of hair and hats the outermost.
   * @param center and normal: three numbers at `at`
   * @param out written at index `to`
   */
  cast(target: RayTarget, centers: Float32Array, normals: Float32Array, at: number, out: RayHits, to: number): void {
    const entry = this.#trees.get(target);
    if (entry === undefined) return;
    const nx = normals[at]!, ny = normals[at + 1]!, nz = normals[at + 2]!;
    ray.origin.set(centers[at]! + REACH_METERS * nx, centers[at + 1]! + REACH_METERS * ny, centers[at + 2]! + REACH_METERS * nz);
    ray.direction.set(-nx, -ny, -nz);
    const met = entry.tree.raycast(ray, DoubleSide, 0, 2 * REACH_METERS);
    if (met.length === 0) return;
    met.sort((a, b) => a.distance - b.distance);
    let best = -1;
    let bestHeight = Infinity;
    for (let i = 0; i < met.length; i++) {
      const hit = met[i]!;
      const triangle = entry.triangles[hit.faceIndex!]!;
      const height = REACH_METERS - hit.distance;
      if (target === 'cover') {
        if (this.#alphaAt(triangle, hit.point.x, hit.point.y, hit.point.z) < SOLID_ALPHA) continue;
        best = i;
        break;
      }
      if (this.#agreement(triangle, nx, ny, nz) < LEAST_AGREEMENT) continue;
      // Sorted from outside in: an outer surface gives way to one nearer by unless it lies closely over it.
      if (best >= 0) {
        const gap = bestHeight - height;
        const kind = this.#scene.materials[this.#scene.triangleMaterials[entry.triangles[met[best]!.faceIndex!]!]!]!.kind;
        if (gap < (kind === 'frame' ? FRAME_GAP_METERS : CLOTH_GAP_METERS) && bestHeight < 0.04) continue;
        if (Math.abs(height) >= Math.abs(bestHeight)) continue;
      }
      best = i;
      bestHeight = height;
    }
    if (best < 0) return;
    const hit = met[best]!;
    const triangle = entry.triangles[hit.faceIndex!]!;
    out.heights[to] = REACH_METERS - hit.distance;
    out.triangles[to] = triangle;
    this.#weights(triangle, hit.point.x, hit.point.y, hit.point.z);
    out.barycentrics[to * 2] = weights[1]!;
    out.barycentrics[to * 2 + 1] = weights[2]!;
  }

  #alphaAt(triangle: number, x: number, y: number, z: number): number {
    const material = this.#scene.materials[this.#scene.triangleMaterials[triangle]!]!;
    if (material.kind !== 'hair' || material.texture === undefined) return 1;
    this.#weights(triangle, x, y, z);
    const uvs = this.#scene.cornerUvs;
    const i = triangle * 6;
    return nearestAlpha(material.texture, weights[0]! * uvs[i]! + weights[1]! * uvs[i + 2]! + weights[2]! * uvs[i + 4]!,
      weights[0]! * uvs[i + 1]! + weights[1]! * uvs[i + 3]! + weights[2]! * uvs[i + 5]!);
  }

  /** Cosine between a triangle's normal and a direction. */
  #agreement(triangle: number, nx: number, ny: number, nz: number): number {
    this.#edges(triangle);
    const cx = e[1]! * e[5]! - e[2]! * e[4]!, cy = e[2]! * e[3]! - e[0]! * e[5]!, cz = e[0]! * e[4]! - e[1]! * e[3]!;
    const cosine = (cx * nx + cy * ny + cz * nz) / (Math.hypot(cx, cy, cz) || 1);
    return this.#scene.materials[this.#scene.triangleMaterials[triangle]!]!.kind === 'frame' ? Math.abs(cosine) : cosine;
  }

  #edges(triangle: number): number {
    const { triangles } = this.#scene;
    const p = this.#positions;
    const a = triangles[triangle * 3]! * 3, b = triangles[triangle * 3 + 1]! * 3, c = triangles[triangle * 3 + 2]! * 3;
    for (let k = 0; k < 3; k++) {
      e[k] = p[b + k]! - p[a + k]!;
      e[3 + k] = p[c + k]! - p[a + k]!;
    }
    return a;
  }

  #weights(triangle: number, x: number, y: number, z: number): void {
    const a = this.#edges(triangle);
    const p = this.#positions;
    const dx = x - p[a]!, dy = y - p[a + 1]!, dz = z - p[a + 2]!;
    const uu = e[0]! * e[0]! + e[1]! * e[1]! + e[2]! * e[2]!;
    const uv = e[0]! * e[3]! + e[1]! * e[4]! + e[2]! * e[5]!;
    const vv = e[3]! * e[3]! + e[4]! * e[4]! + e[5]! * e[5]!;
    const du = dx * e[0]! + dy * e[1]! + dz * e[2]!;
    const dv = dx * e[3]! + dy * e[4]! + dz * e[5]!;
    const area = Math.max(1e-30, uu * vv - uv * uv);
    weights[1] = (du * vv - dv * uv) / area;
    weights[2] = (dv * uu - du * uv) / area;
    weights[0] = 1 - weights[1] - weights[2];
  }
}

const ray = new Ray();
const weights = new Float64Array(3);
const e = new Float64Array(6);

/** What a material is to rays; lashes, brows and the inside of the mouth are nothing to them. */
function targetOf({ kind, onHead }: Material): RayTarget | undefined {
  switch (kind) {
    case 'skin': case 'frame': return 'body';
    case 'cloth': return onHead === true ? 'cover' : 'body';
    case 'hair': return 'cover';
    case 'eye': return 'eye';
    case 'mouth': case 'brow': case 'lash': return undefined;
  }
}
