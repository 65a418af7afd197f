import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { jointPosition } from '../makehuman/baseMesh.ts';
import { AVERAGE_MACRO, macroTargetWeights } from '../makehuman/macro.ts';
import { morph } from '../makehuman/randomHead.ts';
import { addTarget } from '../makehuman/targetLibrary.ts';
import type { Camera, Vector3 } from '../people/camera.ts';
import { cross, normalize } from '../people/camera.ts';
import { rasterize } from '../people/rasterizer.ts';
import type { Material } from '../people/scene.ts';
import { joinParts } from '../people/scene.ts';

/** A place on the base mesh, seen from one camera. */
export interface SurfaceHit {
  /** Index into the surface's triangles. */
  readonly triangle: number;
  readonly barycentric: readonly [number, number, number];
  /** Cosine between the surface and the ray: 1 face on. */
  readonly facing: number;
}

/** Skin of the head and both eyeballs of the base mesh as triangles. */
export interface EmbeddingSurface {
  /** Base mesh vertices, [triangleCount, 3]. */
  readonly triangles: Uint32Array;
  /** From this index on, triangles are eyeballs. */
  readonly firstEyeTriangle: number;
  /** The average head with an open mouth, where lips and lids lie apart: metres, [vertexCount, 3]. */
  readonly reference: Float32Array;
  /** Base vertex across the sagittal plane, [vertexCount]. */
  readonly mirrorVertices: Uint32Array;
  placed(positions: Float32Array): PlacedSurface;
}

export interface PlacedSurface {
  readonly surface: EmbeddingSurface;
  readonly positions: Float32Array;
}

const HEAD_ABOVE_METERS = 0.6;

export function embeddingSurface(source: MakehumanSource): EmbeddingSurface {
  const { base } = source;
  const body = base.groupNames.indexOf('body');
  const eyes = ['helper-l-eye', 'helper-r-eye'].map((name) => base.groupNames.indexOf(name));
  const skin: number[] = [];
  const balls: number[] = [];
  base.quadGroups.forEach((group, quad) => {
    const [a, b, c, d] = [...base.quads.subarray(quad * 4, quad * 4 + 4)] as [number, number, number, number];
    const list = group === body ? skin : eyes.includes(group) ? balls : undefined;
    if (list === undefined || [a, b, c, d].some((v) => base.positions[v * 3 + 1]! < HEAD_ABOVE_METERS)) return;
    list.push(a, b, c, a, c, d);
  });
  const reference = morph(source, macroTargetWeights(source.library, AVERAGE_MACRO));
  for (const ethnicity of ['african', 'asian', 'caucasian']) {
    addTarget(reference, source.library.get(`expression/units/${ethnicity}/mouth-open`), 0.55 / 3);
  }
  const left = jointPosition(base, reference, 'eye.L____head');
  const right = jointPosition(base, reference, 'eye.R____head');
  for (let i = 0; i < reference.length; i++) reference[i]! -= (left[i % 3]! + right[i % 3]!) / 2;
  const outside = withoutInside(source, skin, balls);
  process.stderr.write(`surface: ${outside.length / 3} of ${skin.length / 3} triangles of the head's skin are outside\n`);
  const triangles = Uint32Array.from([...outside, ...balls]);
  const surface: EmbeddingSurface = {
    triangles, firstEyeTriangle: outside.length / 3, reference, mirrorVertices: findMirror(base.positions, triangles),
    placed: (positions) => ({ surface, positions }),
  };
  return surface;
}

const VIEW_SIZE = 700;
const VIEW_RADIUS_METERS = 0.2;
/** How many triangles deep the rim of lips and lids reaches inward. */
const RIM_RINGS = 2;
/** What lies further behind lips or lids is mouth cavity or eye socket, metres. */
const INSIDE_DEPTH = 0.01;

/**
 * Leaves out the mouth's cavity and the eye sockets: a landmark just inside the gap between two lips means the lip's
 * edge, not the throat that its ray runs into. Outside is what some view of the resting head shows, and its rim.
 */
function withoutInside(source: MakehumanSource, skin: readonly number[], balls: readonly number[]): number[] {
  const p = source.base.positions;
  const middle = jointPosition(source.base, p, 'eye.L____head');
  const triangles = Uint32Array.from([...skin, ...balls]);
  const material: Material = { kind: 'skin', texture: undefined, color: [1, 1, 1] };
  const scene = joinParts([{ material, positions: p, restPositions: p, triangles, cornerUvs: new Float32Array(triangles.length * 2) }]);
  const outside = new Uint8Array(skin.length / 3);
  const projected = new Float32Array(p.length);
  for (let i = 0; i < 60; i++) {
    // Not from far below: there the cut neck shows the inside.
    const y = 0.9 - (1.25 * (i + 0.5)) / 60;
    const direction: Vector3 = [Math.sqrt(1 - y * y) * Math.cos(i * 2.39996), y, Math.sqrt(1 - y * y) * Math.sin(i * 2.39996)];
    const right = normalize(cross([0, 1, 0], direction));
    const up = cross(direction, right);
    for (let v = 0; v < p.length; v += 3) {
      const q = [p[v]!, p[v + 1]! - middle[1], p[v + 2]! - 0.03] as const;
      const along = (axis: Vector3): number => axis[0] * q[0] + axis[1] * q[1] + axis[2] * q[2];
      projected[v] = (along(right) / VIEW_RADIUS_METERS + 1) * 0.5 * VIEW_SIZE;
      projected[v + 1] = (along(up) / VIEW_RADIUS_METERS + 1) * 0.5 * VIEW_SIZE;
      projected[v + 2] = along(direction);
    }
    const seen = rasterize(scene, { width: VIEW_SIZE, height: VIEW_SIZE, projected, perspective: false }, 'skip').triangles;
    for (const triangle of seen) if (triangle >= 0 && triangle < outside.length) outside[triangle] = 1;
  }
  for (let ring = 0; ring < RIM_RINGS; ring++) {
    const touched = new Set<number>();
    outside.forEach((is, t) => { if (is === 1) for (let k = 0; k < 3; k++) touched.add(skin[t * 3 + k]!); });
    for (let t = 0; t < outside.length; t++) if ([0, 1, 2].some((k) => touched.has(skin[t * 3 + k]!))) outside[t] = 1;
  }
  const mouth = boxOf(source, ['helper-upper-teeth', 'helper-lower-teeth'], 0.012);
  const eyes = [boxOf(source, ['helper-l-eye'], 0.006), boxOf(source, ['helper-r-eye'], 0.006)];
  for (let t = 0; t < outside.length; t++) {
    const corners = [skin[t * 3]!, skin[t * 3 + 1]!, skin[t * 3 + 2]!];
    const at = [0, 1, 2].map((k) => corners.reduce((sum, v) => sum + p[v * 3 + k]! / 3, 0));
    if (![mouth, ...eyes].some((box) => [0, 1].every((k) => at[k]! > box[k]! && at[k]! < box[k + 2]!))) continue;
    // How far behind the foremost skin near the same spot of the frontal view it lies.
    let front = -Infinity;
    for (const v of skin) if (Math.hypot(p[v * 3]! - at[0]!, p[v * 3 + 1]! - at[1]!) < 0.004) front = Math.max(front, p[v * 3 + 2]!);
    if (front - at[2]! > INSIDE_DEPTH) outside[t] = 0;
  }
  return skin.filter((_, i) => outside[Math.floor(i / 3)] === 1);
}

/** Smallest x and y, then largest, of groups of the base mesh, with a margin. */
function boxOf({ base }: MakehumanSource, groups: readonly string[], margin: number): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const wanted = groups.map((name) => base.groupNames.indexOf(name));
  base.quadGroups.forEach((group, quad) => {
    if (!wanted.includes(group)) return;
    for (const v of base.quads.subarray(quad * 4, quad * 4 + 4)) {
      for (let k = 0; k < 2; k++) {
        box[k] = Math.min(box[k]!, base.positions[v * 3 + k]! - margin);
        box[k + 2] = Math.max(box[k + 2]!, base.positions[v * 3 + k]! + margin);
      }
    }
  });
  return box;
}

function findMirror(positions: Float32Array, triangles: Uint32Array): Uint32Array {
  const used = [...new Set(triangles)];
  const mirror = new Uint32Array(positions.length / 3);
  for (const v of used) {
    let best = Infinity;
    for (const w of used) {
      const d = (positions[w * 3]! + positions[v * 3]!) ** 2 + (positions[w * 3 + 1]! - positions[v * 3 + 1]!) ** 2
        + (positions[w * 3 + 2]! - positions[v * 3 + 2]!) ** 2;
      if (d < best) { best = d; mirror[v] = w; }
    }
  }
  return mirror;
}

/** The nearest place that the ray through a pixel hits, from outside; eyeballs only if `onEye`, else skin only. */
export function castRay(placed: PlacedSurface, camera: Camera, x: number, y: number, onEye: boolean): SurfaceHit | undefined {
  const { surface: { triangles, firstEyeTriangle }, positions: p } = placed;
  const [right, up, backward] = camera.axes;
  const u = (x - camera.principalPoint[0]) / camera.focalPixels;
  const v = -(y - camera.principalPoint[1]) / camera.focalPixels;
  const length = Math.hypot(u, v, 1);
  const direction = [0, 1, 2].map((k) => (right[k]! * u + up[k]! * v - backward[k]!) / length) as [number, number, number];
  const [dx, dy, dz] = direction;
  const [ox, oy, oz] = camera.position;
  let nearest = Infinity;
  let hit: SurfaceHit | undefined;
  const from = onEye ? firstEyeTriangle : 0;
  const to = onEye ? triangles.length / 3 : firstEyeTriangle;
  for (let t = from; t < to; t++) {
    const a = triangles[t * 3]! * 3;
    const b = triangles[t * 3 + 1]! * 3;
    const c = triangles[t * 3 + 2]! * 3;
    // Möller and Trumbore.
    const e1x = p[b]! - p[a]!;
    const e1y = p[b + 1]! - p[a + 1]!;
    const e1z = p[b + 2]! - p[a + 2]!;
    const e2x = p[c]! - p[a]!;
    const e2y = p[c + 1]! - p[a + 1]!;
    const e2z = p[c + 2]! - p[a + 2]!;
    const hx = dy * e2z - dz * e2y;
    const hy = dz * e2x - dx * e2z;
    const hz = dx * e2y - dy * e2x;
    const determinant = e1x * hx + e1y * hy + e1z * hz;
    if (determinant < 1e-14) continue;
    const inverse = 1 / determinant;
    const sx = ox - p[a]!;
    const sy = oy - p[a + 1]!;
    const sz = oz - p[a + 2]!;
    const wb = (sx * hx + sy * hy + sz * hz) * inverse;
    if (wb < 0 || wb > 1) continue;
    const qx = sy * e1z - sz * e1y;
    const qy = sz * e1x - sx * e1z;
    const qz = sx * e1y - sy * e1x;
    const wc = (dx * qx + dy * qy + dz * qz) * inverse;
    if (wc < 0 || wb + wc > 1) continue;
    const distance = (e2x * qx + e2y * qy + e2z * qz) * inverse;
    if (distance <= 0 || distance >= nearest) continue;
    nearest = distance;
    const nx = e1y * e2z - e1z * e2y;
    const ny = e1z * e2x - e1x * e2z;
    const nz = e1x * e2y - e1y * e2x;
    const facing = -(nx * dx + ny * dy + nz * dz) / (Math.hypot(nx, ny, nz) || 1);
    hit = { triangle: t, barycentric: [1 - wb - wc, wb, wc], facing };
  }
  return hit ?? besideRay(placed, camera.position, direction, from, to);
}

/** How far a surface may pass by a ray to count as meant, metres. */
const BESIDE_METERS = 0.004;

/** The place nearest to a ray that hits nothing: the edge of a lip or a lid. */
function besideRay(placed: PlacedSurface, origin: readonly number[], direction: readonly number[], from: number, to: number): SurfaceHit | undefined {
  const { surface: { triangles }, positions: p } = placed;
  let best = BESIDE_METERS;
  let hit: SurfaceHit | undefined;
  for (let t = from; t < to; t++) {
    for (let corner = 0; corner < 3; corner++) {
      const a = triangles[t * 3 + corner]! * 3;
      const b = triangles[t * 3 + ((corner + 1) % 3)]! * 3;
      for (const share of [0, 0.25, 0.5, 0.75]) {
        const q = [0, 1, 2].map((k) => p[a + k]! + share * (p[b + k]! - p[a + k]!) - origin[k]!);
        const along = q[0]! * direction[0]! + q[1]! * direction[1]! + q[2]! * direction[2]!;
        if (along > 0.78) continue;
        const distance = Math.hypot(q[0]! - along * direction[0]!, q[1]! - along * direction[1]!, q[2]! - along * direction[2]!);
        if (distance >= best) continue;
        best = distance;
        const barycentric: [number, number, number] = [0, 0, 0];
        barycentric[corner] = 1 - share;
        barycentric[(corner + 1) % 3] = share;
        hit = { triangle: t, barycentric, facing: 0.5 };
      }
    }
  }
  return hit;
}

/** Position of a place in a set of base mesh positions, metres. */
export function placeAt(surface: EmbeddingSurface, positions: Float32Array, triangle: number,
  barycentric: readonly number[]): [number, number, number] {
  const out: [number, number, number] = [0, 0, 0];
  for (let corner = 0; corner < 3; corner++) {
    const v = surface.triangles[triangle * 3 + corner]! * 3;
    for (let k = 0; k < 3; k++) out[k]! += barycentric[corner]! * positions[v + k]!;
  }
  return out;
}

/** The place on the given triangles nearest to a point of the reference head. */
export function nearestPlace(surface: EmbeddingSurface, candidates: Iterable<number>, point: readonly number[]): {
  triangle: number; barycentric: [number, number, number]; distance: number;
} {
  let best = { triangle: -1, barycentric: [1, 0, 0] as [number, number, number], distance: Infinity };
  for (const triangle of candidates) {
    const corners = [0, 1, 2].map((k) => {
      const v = surface.triangles[triangle * 3 + k]! * 3;
      return [surface.reference[v]!, surface.reference[v + 1]!, surface.reference[v + 2]!] as const;
    });
    const barycentric = closestBarycentric(corners[0]!, corners[1]!, corners[2]!, point);
    const q = placeAt(surface, surface.reference, triangle, barycentric);
    const distance = Math.hypot(q[0] - point[0]!, q[1] - point[1]!, q[2] - point[2]!);
    if (distance < best.distance) best = { triangle, barycentric, distance };
  }
  return best;
}

/** Barycentric weights of the point of a triangle nearest to `p` (Ericson, Real-Time Collision Detection, 5.1.5). */
function closestBarycentric(a: readonly number[], b: readonly number[], c: readonly number[], p: readonly number[]): [number, number, number] {
  const sub = (x: readonly number[], y: readonly number[]): number[] => [x[0]! - y[0]!, x[1]! - y[1]!, x[2]! - y[2]!];
  const dot = (x: readonly number[], y: readonly number[]): number => x[0]! * y[0]! + x[1]! * y[1]! + x[2]! * y[2]!;
  const ab = sub(b, a);
  const ac = sub(c, a);
  const ap = sub(p, a);
  const d1 = dot(ab, ap);
  const d2 = dot(ac, ap);
  if (d1 <= 0 && d2 <= 0) return [1, 0, 0];
  const bp = sub(p, b);
  const d3 = dot(ab, bp);
  const d4 = dot(ac, bp);
  if (d3 >= 0 && d4 <= d3) return [0, 1, 0];
  const vc = d1 * d4 - d3 * d2;
  if (vc <= 0 && d1 >= 0 && d3 <= 0) return [1 - d1 / (d1 - d3), d1 / (d1 - d3), 0];
  const cp = sub(p, c);
  const d5 = dot(ab, cp);
  const d6 = dot(ac, cp);
  if (d6 >= 0 && d5 <= d6) return [0, 0, 1];
  const vb = d5 * d2 - d1 * d6;
  if (vb <= 0 && d2 >= 0 && d6 <= 0) return [1 - d2 / (d2 - d6), 0, d2 / (d2 - d6)];
  const va = d3 * d6 - d5 * d4;
  if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
    const w = (d4 - d3) / (d4 - d3 + (d5 - d6));
    return [0, 1 - w, w];
  }
  const sum = 1 / (va + vb + vc);
  return [va * sum, vb * sum, vc * sum];
}
