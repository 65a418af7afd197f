import type { BoundSplats } from './boundSplats.ts';
import { FACE_FRAME_STRIDE, type FaceFrames } from './splatFrame.ts';

/** The parts of `BoundSplats` that say where splats are. */
export type SplatGeometry = Pick<BoundSplats, 'count' | 'bindings' | 'barycentrics' | 'offsets' | 'logScales' | 'rotations'>;

/**
 * Centres of the splats [begin, end) in the posed rig's space, metres, written to `out` [count, 3]:
 * p + t·o.x + b·o.y + m·o.z (see `BoundSplats`).
 */
export function splatCenters(
  splats: SplatGeometry, frames: FaceFrames, out: Float32Array, begin = 0, end = splats.count,
): void {
  const { bindings, barycentrics, offsets } = splats;
  const { faces, positions: p, vertexNormals: n, frames: f } = frames;
  for (let s = begin; s < end; s++) {
    const face = bindings[s];
    const i = faces[face * 3] * 3, j = faces[face * 3 + 1] * 3, k = faces[face * 3 + 2] * 3;
    const u = barycentrics[s * 2], v = barycentrics[s * 2 + 1], w = 1 - u - v;
    const mx = w * n[i] + u * n[j] + v * n[k];
    const my = w * n[i + 1] + u * n[j + 1] + v * n[k + 1];
    const mz = w * n[i + 2] + u * n[j + 2] + v * n[k + 2];
    const o = face * FACE_FRAME_STRIDE;
    const ox = offsets[s * 3], oy = offsets[s * 3 + 1];
    const oz = offsets[s * 3 + 2] / Math.max(Math.sqrt(mx * mx + my * my + mz * mz), 1e-18);
    out[s * 3] = w * p[i] + u * p[j] + v * p[k] + f[o] * ox + f[o + 3] * oy + mx * oz;
    out[s * 3 + 1] = w * p[i + 1] + u * p[j + 1] + v * p[k + 1] + f[o + 1] * ox + f[o + 4] * oy + my * oz;
    out[s * 3 + 2] = w * p[i + 2] + u * p[j + 2] + v * p[k + 2] + f[o + 2] * ox + f[o + 5] * oy + mz * oz;
  }
}

/**
 * Covariances of the splats [begin, end) in the posed rig's space, square metres, written to `out` [count, 6] as
 * xx, xy, xz, yy, yz, zz: Σ = M·Mᵀ with M = [t b n]·G·R·S, where G is the face's deformation gradient against the
 * neutral head (identity along the normal), R the splat's rotation and S its scales.
 */
export function splatCovariances(
  splats: SplatGeometry, frames: FaceFrames, out: Float32Array, begin = 0, end = splats.count,
): void {
  const { bindings, logScales, rotations } = splats;
  const f = frames.frames;
  for (let s = begin; s < end; s++) {
    const o = bindings[s] * FACE_FRAME_STRIDE;
    const g11 = f[o + 9], g12 = f[o + 10], g22 = f[o + 11];
    // Columns of [t b n]·G.
    const ax = f[o] * g11, ay = f[o + 1] * g11, az = f[o + 2] * g11;
    const bx = f[o] * g12 + f[o + 3] * g22, by = f[o + 1] * g12 + f[o + 4] * g22, bz = f[o + 2] * g12 + f[o + 5] * g22;
    const nx = f[o + 6], ny = f[o + 7], nz = f[o + 8];
    const qx = rotations[s * 4], qy = rotations[s * 4 + 1], qz = rotations[s * 4 + 2], qw = rotations[s * 4 + 3];
    let xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;
    for (let axis = 0; axis < 3; axis++) {
      const scale = Math.exp(logScales[s * 3 + axis]);
      // Column `axis` of the rotation matrix, scaled.
      const rx = scale * (axis === 0 ? 1 - 2 * (qy * qy + qz * qz) : axis === 1 ? 2 * (qx * qy - qz * qw) : 2 * (qx * qz + qy * qw));
      const ry = scale * (axis === 0 ? 2 * (qx * qy + qz * qw) : axis === 1 ? 1 - 2 * (qx * qx + qz * qz) : 2 * (qy * qz - qx * qw));
      const rz = scale * (axis === 0 ? 2 * (qx * qz - qy * qw) : axis === 1 ? 2 * (qy * qz + qx * qw) : 1 - 2 * (qx * qx + qy * qy));
      const mx = ax * rx + bx * ry + nx * rz;
      const my = ay * rx + by * ry + ny * rz;
      const mz = az * rx + bz * ry + nz * rz;
      xx += mx * mx;
      xy += mx * my;
      xz += mx * mz;
      yy += my * my;
      yz += my * mz;
      zz += mz * mz;
    }
    out[s * 6] = xx;
    out[s * 6 + 1] = xy;
    out[s * 6 + 2] = xz;
    out[s * 6 + 3] = yy;
    out[s * 6 + 4] = yz;
    out[s * 6 + 5] = zz;
  }
}
