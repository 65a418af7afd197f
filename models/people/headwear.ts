import type { BaseMesh } from '../makehuman/baseMesh.ts';
import { facePoint } from './faceGuide.ts';
import type { PolygonMesh } from './subdivision.ts';

/** Headwear made from the head itself: knitted caps, wound cloth, head scarves. */
export interface Cap {
  readonly kind: 'beanie' | 'turban' | 'scarf' | 'headband';
  /** How far it stands off the skin, metres. */
  readonly thickness: number;
  /** Height of its rim at the forehead over the landmark between brows and hairline, metres. */
  readonly rim: number;
}

/** Sweeps that let it span hollows and lie over the ears. */
const SMOOTHING_SWEEPS = 14;
/** Share of its thickness that it stands off the skin at least. */
const LEAST_SHARE = 0.6;

/** Whether the cap lies over a place of the bare base mesh. */
export function coversRest(cap: Cap, rest: Float32Array): (x: number, y: number, z: number) => boolean {
  const brow = facePoint(rest, 10);
  const chin = facePoint(rest, 152);
  const ear = facePoint(rest, 454);
  const eye = facePoint(rest, 473);
  if (cap.kind === 'scarf') {
    const middle = (brow[1] + chin[1]) / 2 + cap.rim / 2;
    const halfHeight = (brow[1] - chin[1]) / 2 + cap.rim / 2 + 0.004;
    const halfWidth = ear[0] * 0.93;
    return (x, y, z) => {
      const below = chin[1] - y;
      if (below > 0.14 || Math.abs(x) > 0.16) return false;
      if (z < ear[2] - 0.01) return true;
      return (x / halfWidth) ** 2 + ((y - middle) / halfHeight) ** 2 > 1;
    };
  }
  // A plane from the forehead down to the nape; it passes over or under the ears.
  const front = brow[1] + cap.rim;
  const drop = cap.kind === 'beanie' ? 0.36 : cap.kind === 'turban' ? 0.42 : 0.3;
  const height = cap.kind === 'headband' ? 0.045 : Infinity;
  return (x, y, z) => {
    // Ears stay outside, or they would be drawn into spikes.
    if (Math.abs(x) > ear[0] * 0.97 && y < ear[1] + 0.034) return false;
    const over = y - (front - drop * Math.max(0, brow[2] - z));
    return over > 0 && over < height && y > eye[1] - 0.06;
  };
}

/** The cap's surface on a shaped and posed base mesh; a point holds position, then rest position. */
export function capMesh(cap: Cap, base: BaseMesh, positions: Float32Array): PolygonMesh {
  const covers = coversRest(cap, base.positions);
  const brow = facePoint(base.positions, 10);
  const body = base.groupNames.indexOf('body');
  const normals = new Float32Array(positions.length);
  const faceCorners: number[][] = [];
  base.quadGroups.forEach((group, quad) => {
    if (group !== body) return;
    const corners = [...base.quads.subarray(quad * 4, quad * 4 + 4)];
    const [a, b, c] = corners.map((v) => v * 3) as [number, number, number, number];
    const p = positions;
    const ux = p[b]! - p[a]!, uy = p[b + 1]! - p[a + 1]!, uz = p[b + 2]! - p[a + 2]!;
    const vx = p[c]! - p[a]!, vy = p[c + 1]! - p[a + 1]!, vz = p[c + 2]! - p[a + 2]!;
    for (const v of corners) {
      normals[v * 3]! += uy * vz - uz * vy;
      normals[v * 3 + 1]! += uz * vx - ux * vz;
      normals[v * 3 + 2]! += ux * vy - uy * vx;
    }
    const r = base.positions;
    const middle = [0, 1, 2].map((k) => corners.reduce((sum, v) => sum + r[v * 3 + k]! / 4, 0));
    if (covers(middle[0]!, middle[1]!, middle[2]!)) faceCorners.push(corners);
  });
  const index = new Map<number, number>();
  for (const corners of faceCorners) for (const v of corners) if (!index.has(v)) index.set(v, index.size);
  const points = new Float32Array(index.size * 6);
  const neighbours = Array.from({ length: index.size }, () => new Set<number>());
  for (const corners of faceCorners) {
    corners.forEach((v, i) => {
      const after = index.get(corners[(i + 1) % 4]!)!;
      neighbours[index.get(v)!]!.add(after);
      neighbours[after]!.add(index.get(v)!);
    });
  }
  const uvs = new Float32Array(index.size * 2);
  for (const [v, p] of index) {
    const length = Math.hypot(normals[v * 3]!, normals[v * 3 + 1]!, normals[v * 3 + 2]!) || 1;
    for (let k = 0; k < 3; k++) {
      points[p * 6 + k] = positions[v * 3 + k]! + (cap.thickness * normals[v * 3 + k]!) / length;
      points[p * 6 + 3 + k] = base.positions[v * 3 + k]!;
    }
    uvs[p * 2] = 0.5 + 0.5 * (Math.atan2(points[p * 6 + 3]!, points[p * 6 + 5]! + 0.02) / Math.PI);
    uvs[p * 2 + 1] = Math.min(1, Math.max(0, (points[p * 6 + 4]! - brow[1] + 0.25) / 0.45));
  }
  smooth(points, neighbours, cap.kind === 'headband' ? 3 : SMOOTHING_SWEEPS);
  for (const [v, p] of index) {
    // Smoothing draws domes inwards: nowhere does the head come through.
    const length = Math.hypot(normals[v * 3]!, normals[v * 3 + 1]!, normals[v * 3 + 2]!) || 1;
    let over = 0;
    for (let k = 0; k < 3; k++) over += ((points[p * 6 + k]! - positions[v * 3 + k]!) * normals[v * 3 + k]!) / length;
    const lack = LEAST_SHARE * cap.thickness - over;
    if (lack > 0) for (let k = 0; k < 3; k++) points[p * 6 + k]! += (lack * normals[v * 3 + k]!) / length;
  }
  const corners = faceCorners.map((face) => face.map((v) => index.get(v)!));
  return { points, stride: 6, uvs, faceCorners: corners, faceUvs: corners };
}

function smooth(points: Float32Array, neighbours: readonly ReadonlySet<number>[], sweeps: number): void {
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = points.slice();
    neighbours.forEach((near, p) => {
      // The rim keeps its line.
      if (near.size < 4) return;
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (const q of near) sum += before[q * 6 + k]!;
        points[p * 6 + k] = 0.5 * before[p * 6 + k]! + (0.5 * sum) / near.size;
      }
    });
  }
}
