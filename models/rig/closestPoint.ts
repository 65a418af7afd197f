export interface SurfacePoint {
  readonly face: number;
  readonly barycentric: [number, number, number];
  /** Metres. */
  readonly distance: number;
}

/** The point of the given faces that lies closest to `point` (Ericson, Real-Time Collision Detection, 5.1.5). */
export function closestPoint(point: ArrayLike<number>, positions: Float32Array, faces: Uint32Array, candidates: Iterable<number>): SurfacePoint {
  let best: SurfacePoint = { face: -1, barycentric: [1, 0, 0], distance: Infinity };
  const a = [0, 0, 0], ab = [0, 0, 0], ac = [0, 0, 0];
  for (const face of candidates) {
    const ia = faces[face * 3]! * 3, ib = faces[face * 3 + 1]! * 3, ic = faces[face * 3 + 2]! * 3;
    // A corner farther off than the best hit by more than any edge of the mesh cannot win.
    if (Math.abs(positions[ia]! - point[0]!) > best.distance + 0.05) continue;
    for (let axis = 0; axis < 3; axis++) {
      a[axis] = positions[ia + axis]!;
      ab[axis] = positions[ib + axis]! - a[axis]!;
      ac[axis] = positions[ic + axis]! - a[axis]!;
    }
    const barycentric = closestBarycentric(point, a, ab, ac);
    let squared = 0;
    for (let axis = 0; axis < 3; axis++) {
      squared += (a[axis]! + barycentric[1] * ab[axis]! + barycentric[2] * ac[axis]! - point[axis]!) ** 2;
    }
    const distance = Math.sqrt(squared);
    if (distance < best.distance) best = { face, barycentric, distance };
  }
  return best;
}

function closestBarycentric(point: ArrayLike<number>, a: readonly number[], ab: readonly number[], ac: readonly number[]): [number, number, number] {
  const dot = (p: readonly number[], q: readonly number[]): number => p[0]! * q[0]! + p[1]! * q[1]! + p[2]! * q[2]!;
  const ap = [point[0]! - a[0]!, point[1]! - a[1]!, point[2]! - a[2]!];
  const d1 = dot(ab, ap), d2 = dot(ac, ap);
  if (d1 <= 0 && d2 <= 0) return [1, 0, 0];
  const bp = [ap[0]! - ab[0]!, ap[1]! - ab[1]!, ap[2]! - ab[2]!];
  const d3 = dot(ab, bp), d4 = dot(ac, bp);
  if (d3 >= 0 && d4 <= d3) return [0, 1, 0];
  const vc = d1 * d4 - d3 * d2;
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return [1 - d1 / (d1 - d3), d1 / (d1 - d3), 0];
  const cp = [ap[0]! - ac[0]!, ap[1]! - ac[1]!, ap[2]! - ac[2]!];
  const d5 = dot(ab, cp), d6 = dot(ac, cp);
  if (d6 >= 0 && d5 <= d6) return [0, 0, 1];
  const vb = d5 * d2 - d1 * d6;
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return [1 - d2 / (d2 - d6), 0, d2 / (d2 - d6)];
  const va = d3 * d6 - d5 * d4;
  if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
    const share = (d4 - d3) / (d4 - d3 + d5 - d6);
    return [0, 1 - share, share];
  }
  const sum = va + vb + vc;
  return [va / sum, vb / sum, vc / sum];
}
