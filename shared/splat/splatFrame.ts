import type { Rig } from '../rig/rig.ts';

/**
 * The largest factor by which a face may stretch its splats. Lids and lips fold to slivers on some heads; without
 * a limit their splats become needles when the fold opens.
 */
export const MAX_STRETCH = 3;

/** Edges shorter than this are treated as degenerate, metres. */
const MIN_EDGE_METERS = 1e-6;

/** Floats a face in `FaceFrames.frames`. */
export const FACE_FRAME_STRIDE = 12;

/**
 * For each face of the neutral head, the inverse of its edge matrix in its own frame, [faceCount, 3].
 *
 * In the frame t = ê1, b = n × t the edges of a face are e1 = (a, 0) and e2 = (c, d); the inverse of the matrix
 * [e1 e2] is upper triangular with the entries 1/a, -c/(a·d), 1/d, stored in this order. Zeros mark a degenerate face.
 */
export function restFaceInverses(faces: Uint32Array, neutralPositions: Float32Array): Float32Array {
  const faceCount = faces.length / 3;
  const inverses = new Float32Array(faceCount * 3);
  const p = neutralPositions;
  for (let face = 0; face < faceCount; face++) {
    const i = faces[face * 3] * 3;
    const j = faces[face * 3 + 1] * 3;
    const k = faces[face * 3 + 2] * 3;
    const e1x = p[j] - p[i], e1y = p[j + 1] - p[i + 1], e1z = p[j + 2] - p[i + 2];
    const e2x = p[k] - p[i], e2y = p[k + 1] - p[i + 1], e2z = p[k + 2] - p[i + 2];
    const a = Math.hypot(e1x, e1y, e1z);
    if (!(a > MIN_EDGE_METERS)) continue;
    const c = (e1x * e2x + e1y * e2y + e1z * e2z) / a;
    const crossX = e1y * e2z - e1z * e2y, crossY = e1z * e2x - e1x * e2z, crossZ = e1x * e2y - e1y * e2x;
    const d = Math.hypot(crossX, crossY, crossZ) / a;
    if (!(d > MIN_EDGE_METERS)) continue;
    inverses[face * 3] = 1 / a;
    inverses[face * 3 + 1] = -c / (a * d);
    inverses[face * 3 + 2] = 1 / d;
  }
  return inverses;
}

/**
 * For each vertex the first vertex at exactly the same place on the mean head, [vertexCount]: texture seams split
 * vertices, and normals must not split with them.
 */
export function weldVertices(rig: Pick<Rig, 'positions' | 'vertexCount'>): Uint32Array {
  const known = weldedBefore.get(rig);
  if (known) return known;
  const welded = new Uint32Array(rig.vertexCount);
  const firstAt = new Map<string, number>();
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    const key = `${rig.positions[vertex * 3]},${rig.positions[vertex * 3 + 1]},${rig.positions[vertex * 3 + 2]}`;
    const first = firstAt.get(key);
    if (first === undefined) firstAt.set(key, vertex);
    welded[vertex] = first ?? vertex;
  }
  weldedBefore.set(rig, welded);
  return welded;
}

/** Found once a rig: not to be written to. */
const weldedBefore = new WeakMap<object, Uint32Array>();

/**
 * The frames that splats ride in: per face its axes and how the face is deformed against the neutral head, per
 * vertex its normal. Made once an avatar, updated once a pose; `update` does not allocate.
 */
export class FaceFrames {
  readonly faces: Uint32Array;
  readonly faceCount: number;
  readonly vertexCount: number;
  /** The neutral head's `restFaceInverses`. */
  readonly restInverses: Float32Array;
  /**
   * [faceCount, 12]: t, b, n (unit axes), then g11, g12, g22, the in-plane deformation gradient
   * [[g11, g12], [0, g22]] in the (t, b) frame, its singular values limited to `MAX_STRETCH` (see `limitStretch`).
   */
  readonly frames: Float32Array;
  /** Unit vertex normals, [vertexCount, 3]. */
  readonly vertexNormals: Float32Array;
  /** The posed vertices of the last `update`, kept by reference, [vertexCount, 3]. */
  positions: Float32Array;
  readonly #welded: Uint32Array;
  readonly #limited = new Float64Array(3);

  /** @param neutralPositions the identity's neutral vertices, metres, [vertexCount, 3]; the frames start there. */
  constructor(rig: Pick<Rig, 'faces' | 'faceCount' | 'positions' | 'vertexCount'>, neutralPositions: Float32Array) {
    this.faces = rig.faces;
    this.faceCount = rig.faceCount;
    this.vertexCount = rig.vertexCount;
    this.restInverses = restFaceInverses(rig.faces, neutralPositions);
    this.frames = new Float32Array(rig.faceCount * FACE_FRAME_STRIDE);
    this.vertexNormals = new Float32Array(rig.vertexCount * 3);
    this.#welded = weldVertices(rig);
    this.positions = neutralPositions;
    this.update(neutralPositions);
  }

  /** @param positions posed vertices, metres, [vertexCount, 3]; kept by reference until the next update. */
  update(positions: Float32Array): void {
    this.positions = positions;
    const p = positions;
    const { faces, frames, restInverses, vertexNormals } = this;
    const welded = this.#welded;
    const limited = this.#limited;
    vertexNormals.fill(0);
    for (let face = 0, f = 0, o = 0; face < this.faceCount; face++, f += 3, o += FACE_FRAME_STRIDE) {
      const v0 = faces[f], v1 = faces[f + 1], v2 = faces[f + 2];
      const i = v0 * 3, j = v1 * 3, k = v2 * 3;
      const e1x = p[j] - p[i], e1y = p[j + 1] - p[i + 1], e1z = p[j + 2] - p[i + 2];
      const e2x = p[k] - p[i], e2y = p[k + 1] - p[i + 1], e2z = p[k + 2] - p[i + 2];
      // Twice the area times the normal: summed as it is, it weights vertex normals by area.
      let nx = e1y * e2z - e1z * e2y, ny = e1z * e2x - e1x * e2z, nz = e1x * e2y - e1y * e2x;
      for (let corner = 0; corner < 3; corner++) {
        const w = welded[corner === 0 ? v0 : corner === 1 ? v1 : v2] * 3;
        vertexNormals[w] += nx;
        vertexNormals[w + 1] += ny;
        vertexNormals[w + 2] += nz;
      }
      const a = Math.sqrt(e1x * e1x + e1y * e1y + e1z * e1z);
      const inverseA = 1 / Math.max(a, 1e-12);
      const tx = e1x * inverseA, ty = e1y * inverseA, tz = e1z * inverseA;
      const area2 = Math.sqrt(nx * nx + ny * ny + nz * nz);
      const inverseN = 1 / Math.max(area2, 1e-18);
      nx *= inverseN;
      ny *= inverseN;
      nz *= inverseN;
      const bx = ny * tz - nz * ty, by = nz * tx - nx * tz, bz = nx * ty - ny * tx;
      frames[o] = tx;
      frames[o + 1] = ty;
      frames[o + 2] = tz;
      frames[o + 3] = bx;
      frames[o + 4] = by;
      frames[o + 5] = bz;
      frames[o + 6] = nx;
      frames[o + 7] = ny;
      frames[o + 8] = nz;
      const i11 = restInverses[f], i12 = restInverses[f + 1], i22 = restInverses[f + 2];
      if (i11 === 0) {
        frames[o + 9] = 1;
        frames[o + 10] = 0;
        frames[o + 11] = 1;
        continue;
      }
      const c = e2x * tx + e2y * ty + e2z * tz;
      const d = area2 * inverseA;
      limitStretch(a * i11, a * i12 + c * i22, d * i22, limited);
      frames[o + 9] = limited[0];
      frames[o + 10] = limited[1];
      frames[o + 11] = limited[2];
    }
    for (let vertex = 0; vertex < this.vertexCount; vertex++) {
      const w = welded[vertex] * 3;
      const v = vertex * 3;
      const x = vertexNormals[w], y = vertexNormals[w + 1], z = vertexNormals[w + 2];
      // A welded vertex comes after its first, which is already unit length: normalising again is harmless.
      const scale = 1 / Math.max(Math.sqrt(x * x + y * y + z * z), 1e-18);
      vertexNormals[v] = x * scale;
      vertexNormals[v + 1] = y * scale;
      vertexNormals[v + 2] = z * scale;
    }
  }
}

/**
 * Limits the stretch of the upper triangular gradient [[g11, g12], [0, g22]] and writes g11, g12, g22.
 *
 * G·Gᵀ = U·Λ·Uᵀ is limited to U·min(Λ, MAX_STRETCH²)·Uᵀ and factored again as an upper triangular matrix with a
 * positive diagonal. That factor is unique, so the result is G itself where nothing exceeds the limit, and it leaves
 * G continuously where something does.
 */
export function limitStretch(g11: number, g12: number, g22: number, out: Float64Array): void {
  const xx = g11 * g11 + g12 * g12;
  const xy = g12 * g22;
  const yy = g22 * g22;
  const mean = 0.5 * (xx + yy);
  const radius = Math.sqrt(0.25 * (xx - yy) * (xx - yy) + xy * xy);
  const largest = mean + radius;
  const limit = MAX_STRETCH * MAX_STRETCH;
  if (largest <= limit) {
    out[0] = g11;
    out[1] = g12;
    out[2] = g22;
    return;
  }
  const smallest = Math.min(Math.max(mean - radius, 0), limit);
  // Limited = smallest·I + (limit - smallest)·u·uᵀ with u the eigenvector of the largest eigenvalue, found through
  // (C - λmin·I)/(λmax - λmin) = u·uᵀ, which needs no eigenvector.
  const span = 2 * radius;
  const share = span > 1e-12 ? (limit - smallest) / span : 0;
  const low = mean - radius;
  const cxx = smallest + share * (xx - low);
  const cxy = share * xy;
  const cyy = smallest + share * (yy - low);
  const h22 = Math.sqrt(Math.max(cyy, 1e-12));
  const h12 = cxy / h22;
  out[0] = Math.sqrt(Math.max(cxx - h12 * h12, 1e-12));
  out[1] = h12;
  out[2] = h22;
}

/**
 * The offset (metres, in the face's frame as `BoundSplats` means it) that puts a splat bound at barycentric (u, v)
 * of a face at the point (x, y, z). Returns false where the face is degenerate; `out` is then zero.
 */
export function offsetOfPoint(
  frames: FaceFrames, face: number, u: number, v: number,
  x: number, y: number, z: number, out: Float32Array, outIndex = 0,
): boolean {
  const { faces, positions: p, vertexNormals: n, frames: f } = frames;
  const i = faces[face * 3] * 3, j = faces[face * 3 + 1] * 3, k = faces[face * 3 + 2] * 3;
  const w = 1 - u - v;
  const dx = x - (w * p[i] + u * p[j] + v * p[k]);
  const dy = y - (w * p[i + 1] + u * p[j + 1] + v * p[k + 1]);
  const dz = z - (w * p[i + 2] + u * p[j + 2] + v * p[k + 2]);
  let mx = w * n[i] + u * n[j] + v * n[k];
  let my = w * n[i + 1] + u * n[j + 1] + v * n[k + 1];
  let mz = w * n[i + 2] + u * n[j + 2] + v * n[k + 2];
  const scale = 1 / Math.max(Math.sqrt(mx * mx + my * my + mz * mz), 1e-18);
  mx *= scale;
  my *= scale;
  mz *= scale;
  const o = face * FACE_FRAME_STRIDE;
  const alongNormal = mx * f[o + 6] + my * f[o + 7] + mz * f[o + 8];
  out.fill(0, outIndex, outIndex + 3);
  if (!(Math.abs(alongNormal) > 1e-4)) return false;
  const height = (dx * f[o + 6] + dy * f[o + 7] + dz * f[o + 8]) / alongNormal;
  const rx = dx - height * mx, ry = dy - height * my, rz = dz - height * mz;
  out[outIndex] = rx * f[o] + ry * f[o + 1] + rz * f[o + 2];
  out[outIndex + 1] = rx * f[o + 3] + ry * f[o + 4] + rz * f[o + 5];
  out[outIndex + 2] = height;
  return true;
}
