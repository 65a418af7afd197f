import type { Scene } from './scene.ts';
import { isStrand } from './scene.ts';
import { nearestAlpha } from './texture.ts';

/** Which triangle is nearest at each pixel. */
export interface Visibility {
  readonly width: number;
  readonly height: number;
  /** -1 where there is none. */
  readonly triangles: Int32Array;
  /** Larger is nearer. */
  readonly nearness: Float32Array;
}

/** Strand fragments in front of the opaque surface: a linked list a pixel. */
export interface StrandFragments {
  readonly heads: Int32Array;
  readonly next: Int32Array;
  readonly triangles: Int32Array;
  readonly nearness: Float32Array;
  readonly count: number;
}

/** Alpha from which a strand counts as there when only a yes or no is wanted. */
const SOLID_ALPHA = 0.4;

export interface RasterTarget {
  readonly width: number;
  readonly height: number;
  /** Screen x, y and nearness of every point of the scene, [pointCount, 3]. */
  readonly projected: Float32Array;
  /** Whether nearness is 1/depth (perspective), so that texture coordinates need a correction, or linear. */
  readonly perspective: boolean;
}

/**
 * Nearest surface by depth buffer. Triangles are seen from both sides.
 * @param strands 'solid': strands by an alpha test; 'skip': left out.
 */
export function rasterize(scene: Scene, target: RasterTarget, strands: 'solid' | 'skip'): Visibility {
  const { width, height } = target;
  const triangles = new Int32Array(width * height).fill(-1);
  const nearness = new Float32Array(width * height);
  if (!target.perspective) nearness.fill(-Infinity);
  visit(scene, target, (triangle, pixel, near, alpha) => {
    if (alpha < SOLID_ALPHA || near <= nearness[pixel]!) return;
    nearness[pixel] = near;
    triangles[pixel] = triangle;
  }, (kind) => strands === 'solid' || !isStrand(kind), nearness);
  return { width, height, triangles, nearness };
}

/** All fragments of strands in front of the opaque surface. */
export function collectStrands(scene: Scene, target: RasterTarget, opaque: Visibility): StrandFragments {
  const heads = new Int32Array(target.width * target.height).fill(-1);
  let capacity = Math.min(1 << 21, 4 * target.width * target.height);
  let next = new Int32Array(capacity);
  let triangles = new Int32Array(capacity);
  let nearness = new Float32Array(capacity);
  let count = 0;
  visit(scene, target, (triangle, pixel, near, alpha) => {
    if (alpha < 0.02) return;
    if (count === capacity) {
      capacity *= 2;
      const grow = <T extends Int32Array | Float32Array>(from: T, to: T): T => { to.set(from); return to; };
      next = grow(next, new Int32Array(capacity));
      triangles = grow(triangles, new Int32Array(capacity));
      nearness = grow(nearness, new Float32Array(capacity));
    }
    next[count] = heads[pixel]!;
    triangles[count] = triangle;
    nearness[count] = near;
    heads[pixel] = count++;
  }, isStrand, opaque.nearness);
  return { heads, next, triangles, nearness, count };
}

function visit(scene: Scene, target: RasterTarget,
  emit: (triangle: number, pixel: number, nearness: number, alpha: number) => void,
  wanted: (kind: Scene['materials'][number]['kind']) => boolean, nearest: Float32Array): void {
  const { triangles, triangleMaterials, cornerUvs, materials } = scene;
  const { width, height, projected, perspective } = target;
  const use = materials.map((material) => wanted(material.kind));
  const alphaTextures = materials.map((material) => (isStrand(material.kind) || material.kind === 'eye' ? material.texture : undefined));
  for (let t = 0; t < triangleMaterials.length; t++) {
    const material = triangleMaterials[t]!;
    if (!use[material]) continue;
    const a = triangles[t * 3]! * 3;
    const b = triangles[t * 3 + 1]! * 3;
    const c = triangles[t * 3 + 2]! * 3;
    const za = projected[a + 2]!;
    const zb = projected[b + 2]!;
    const zc = projected[c + 2]!;
    if (perspective && (za === 0 || zb === 0 || zc === 0)) continue;
    const xa = projected[a]!;
    const ya = projected[a + 1]!;
    const xb = projected[b]!;
    const yb = projected[b + 1]!;
    const xc = projected[c]!;
    const yc = projected[c + 1]!;
    const area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya);
    if (Math.abs(area) < 1e-9) continue;
    const left = Math.max(0, Math.ceil(Math.min(xa, xb, xc) - 0.5));
    const right = Math.min(width - 1, Math.floor(Math.max(xa, xb, xc) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ya, yb, yc) - 0.5));
    const bottom = Math.min(height - 1, Math.floor(Math.max(ya, yb, yc) - 0.5));
    const inverse = 1 / area;
    const texture = alphaTextures[material];
    for (let y = top; y <= bottom; y++) {
      const py = y + 0.5;
      for (let x = left; x <= right; x++) {
        const px = x + 0.5;
        const wb = ((px - xa) * (yc - ya) - (xc - xa) * (py - ya)) * inverse;
        const wc = ((xb - xa) * (py - ya) - (px - xa) * (yb - ya)) * inverse;
        const wa = 1 - wb - wc;
        if (wa < 0 || wb < 0 || wc < 0) continue;
        const near = wa * za + wb * zb + wc * zc;
        const pixel = y * width + x;
        if (near <= nearest[pixel]!) continue;
        let alpha = 1;
        if (texture !== undefined) {
          const ka = perspective ? wa * za : wa;
          const kb = perspective ? wb * zb : wb;
          const kc = perspective ? wc * zc : wc;
          const k = 1 / (ka + kb + kc);
          const i = t * 6;
          alpha = nearestAlpha(texture,
            (ka * cornerUvs[i]! + kb * cornerUvs[i + 2]! + kc * cornerUvs[i + 4]!) * k,
            (ka * cornerUvs[i + 1]! + kb * cornerUvs[i + 3]! + kc * cornerUvs[i + 5]!) * k);
        }
        emit(t, pixel, near, alpha);
      }
    }
  }
}
