import type { Vector3 } from './camera.ts';
import { cross, normalize, subtract } from './camera.ts';
import { facePoint } from './faceGuide.ts';
import type { Material, Part } from './scene.ts';

const TUBE_METERS = 0.0013;
const SIDES = 8;
const RIM_POINTS = 48;

/** A tube along a line of points, closed or open. */
function tube(points: readonly Vector3[], closed: boolean, radius: number, material: Material): Part {
  const positions: number[] = [];
  const triangles: number[] = [];
  const n = points.length;
  points.forEach((point, i) => {
    const before = points[closed ? (i + n - 1) % n : Math.max(0, i - 1)]!;
    const after = points[closed ? (i + 1) % n : Math.min(n - 1, i + 1)]!;
    const along = normalize(subtract(after, before));
    const side = normalize(cross(Math.abs(along[1]) > 0.9 ? [0, 0, 1] : [0, 1, 0], along));
    const up = cross(along, side);
    for (let s = 0; s < SIDES; s++) {
      const a = (s / SIDES) * Math.PI * 2;
      for (let k = 0; k < 3; k++) positions.push(point[k]! + radius * (Math.cos(a) * side[k]! + Math.sin(a) * up[k]!));
    }
    if (!closed && i === n - 1) return;
    const next = ((i + 1) % n) * SIDES;
    for (let s = 0; s < SIDES; s++) {
      const t = (s + 1) % SIDES;
      triangles.push(i * SIDES + s, i * SIDES + t, next + t, i * SIDES + s, next + t, next + s);
    }
  });
  return {
    material, positions: Float32Array.from(positions), restPositions: Float32Array.from(positions),
    triangles: Uint32Array.from(triangles), cornerUvs: new Float32Array(triangles.length * 2),
  };
}

/** Wire or horn-rimmed glasses on a shaped and posed base mesh, without lenses. */
export function glasses(positions: Float32Array, shape: 'round' | 'square'): Part[] {
  const material: Material = { kind: 'frame', texture: undefined, color: shape === 'round' ? [0.35, 0.25, 0.12] : [0.02, 0.016, 0.014] };
  const radius = shape === 'round' ? TUBE_METERS * 0.75 : TUBE_METERS * 1.35;
  const at = (index: number): Vector3 => facePoint(positions, index);
  const right = at(468);
  const left = at(473);
  const across = normalize(subtract(left, right));
  const ahead = normalize(cross(across, normalize(subtract(at(10), at(152)))));
  const up = cross(ahead, across);
  const span = Math.hypot(...subtract(left, right));
  const place = (origin: Vector3, x: number, y: number, z: number): Vector3 => [0, 1, 2].map((k) =>
    origin[k]! + across[k]! * x + up[k]! * y + ahead[k]! * z) as unknown as Vector3;
  // The rims stand in front of the foremost of nose bridge, brows and cheeks.
  const depth = (point: Vector3): number => subtract(point, right).reduce((sum, value, k) => sum + value * ahead[k]!, 0);
  const front = Math.max(depth(at(168)) - 0.004, depth(at(105)), depth(at(334)), depth(at(119)), depth(at(348))) + 0.004;
  const parts: Part[] = [];
  const halfWidth = span * 0.385;
  const halfHeight = shape === 'round' ? span * 0.36 : span * 0.29;
  const rims = [right, left].map((eye, i) => {
    const sign = i === 0 ? -1 : 1;
    const rim: Vector3[] = [];
    for (let p = 0; p < RIM_POINTS; p++) {
      const a = (p / RIM_POINTS) * Math.PI * 2;
      const bend = shape === 'round' ? 1 : 0.5;
      const x = Math.sign(Math.cos(a)) * Math.abs(Math.cos(a)) ** bend * halfWidth;
      const y = Math.sign(Math.sin(a)) * Math.abs(Math.sin(a)) ** bend * halfHeight;
      // Rims curve back around the face.
      rim.push(place(eye, x + sign * 0.001, y - 0.003, front - depth(eye) - 0.12 * Math.max(0, sign * x)));
    }
    parts.push(tube(rim, true, radius, material));
    return rim;
  });
  const nearest = (rim: readonly Vector3[], goal: Vector3): Vector3 => rim.reduce((best, point) =>
    (Math.hypot(...subtract(point, goal)) < Math.hypot(...subtract(best, goal)) ? point : best));
  const bridge = place(at(168), 0, 0, 0.006);
  const from = nearest(rims[0]!, place(bridge, 0, 0.002, 0));
  const to = nearest(rims[1]!, place(bridge, 0, 0.002, 0));
  parts.push(tube([0, 0.25, 0.5, 0.75, 1].map((t) => [0, 1, 2].map((k) =>
    from[k]! * (1 - t) + to[k]! * t + (up[k]! * 0.003 + ahead[k]! * 0.002) * Math.sin(Math.PI * t)) as unknown as Vector3), false, radius, material));
  for (const [i, ear] of [[0, 127], [1, 356]] as const) {
    const sign = i === 0 ? -1 : 1;
    const hinge = nearest(rims[i]!, place([right, left][i]!, sign * halfWidth * 1.2, halfHeight * 0.4, front));
    const temple = place(at(ear), sign * 0.004, 0.012, -0.012);
    const hook = place(temple, sign * -0.001, -0.004, -0.03);
    parts.push(tube([0, 0.2, 0.4, 0.6, 0.8, 1].map((t) => [0, 1, 2].map((k) => {
      const a = hinge[k]! * (1 - t) + temple[k]! * t;
      return t < 1 ? a + across[k]! * sign * 0.006 * Math.sin(Math.PI * t) : a;
    }) as unknown as Vector3).concat([hook]), false, radius, material));
  }
  return parts;
}
