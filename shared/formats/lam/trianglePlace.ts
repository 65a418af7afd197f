import type { FaceFrames } from '../../splat/splatFrame.ts';

/** A place on a rig's face: weights of its second and third vertex. */
export interface Place {
  readonly face: number;
  readonly u: number;
  readonly v: number;
  /** Squared distance from the point it was looked for, square metres. */
  readonly distance2: number;
}

/** The place on a face nearest to a point (Ericson, Real-Time Collision Detection, 5.1.5). */
export function closestPlace({ faces, positions: p }: Pick<FaceFrames, 'faces' | 'positions'>, face: number, point: ArrayLike<number>): Place {
  const i = faces[face * 3] * 3, j = faces[face * 3 + 1] * 3, k = faces[face * 3 + 2] * 3;
  const abx = p[j] - p[i], aby = p[j + 1] - p[i + 1], abz = p[j + 2] - p[i + 2];
  const acx = p[k] - p[i], acy = p[k + 1] - p[i + 1], acz = p[k + 2] - p[i + 2];
  const apx = point[0] - p[i], apy = point[1] - p[i + 1], apz = point[2] - p[i + 2];
  const d1 = abx * apx + aby * apy + abz * apz, d2 = acx * apx + acy * apy + acz * apz;
  const bpx = apx - abx, bpy = apy - aby, bpz = apz - abz;
  const d3 = abx * bpx + aby * bpy + abz * bpz, d4 = acx * bpx + acy * bpy + acz * bpz;
  const cpx = apx - acx, cpy = apy - acy, cpz = apz - acz;
  const d5 = abx * cpx + aby * cpy + abz * cpz, d6 = acx * cpx + acy * cpy + acz * cpz;
  const vc = d1 * d4 - d3 * d2, vb = d5 * d2 - d1 * d6, va = d3 * d6 - d5 * d4;
  let u = 0, v = 0;
  if (d1 <= 0 && d2 <= 0) { /* the first vertex */ }
  else if (d3 >= 0 && d4 <= d3) u = 1;
  else if (vc <= 0 && d1 >= 0 && d3 <= 0) u = d1 / (d1 - d3);
  else if (d6 >= 0 && d5 <= d6) v = 1;
  else if (vb <= 0 && d2 >= 0 && d6 <= 0) v = d2 / (d2 - d6);
  else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
    v = (d4 - d3) / (d4 - d3 + d5 - d6);
    u = 1 - v;
  } else {
    const sum = va + vb + vc;
    u = sum > 0 ? vb / sum : 0;
    v = sum > 0 ? vc / sum : 0;
  }
  const dx = apx - u * abx - v * acx, dy = apy - u * aby - v * acy, dz = apz - u * abz - v * acz;
  return { face, u, v, distance2: dx * dx + dy * dy + dz * dz };
}
