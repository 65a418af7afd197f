import { solveBounded } from '../../fit/boundedLeastSquares.ts';
import { fromRotationVector, multiplyQuaternions, normalizeQuaternion, type Quaternion, toMatrix, type Vector3 } from '../../fit/rotation.ts';
import { PointGrid } from '../../math/pointGrid.ts';
import type { RegionName, Rig } from '../../rig/rig.ts';
import { neutralHead } from '../../rig/skinning.ts';
import { FaceFrames } from '../../splat/splatFrame.ts';
import { type LamHead, LEFT_EYE, NO_EYE, RIGHT_EYE } from './lamHead.ts';
import { lamSignature, rigSignature, SIGNATURE_STRIDE } from './motionSignature.ts';

/** Where a LAM head lies on the rig: x → scale · rotation · x + translation, and whose head the rig then is. */
export interface LamAlignment {
  readonly rotation: Quaternion;
  readonly scale: number;
  readonly translation: Vector3;
  /** In standard deviations. */
  readonly identityCoefficients: Float32Array;
  /** Root mean square distance of the two faces along the normal, metres. */
  readonly errorMeters: number;
}

/** What both meshes have: a head and its neck. */
const REGIONS: ReadonlySet<RegionName> = new Set([
  'face', 'scalp', 'neck', 'leftEar', 'rightEar', 'leftUpperLid', 'leftLowerLid', 'rightUpperLid', 'rightLowerLid', 'leftBrow', 'rightBrow',
  'nose', 'upperLip', 'lowerLip',
]);
const ITERATIONS = 16;
/** A correspondence counts half at this distance, metres: coarse to begin with, then only what agrees. */
const FIRST_REACH_METERS = 0.02;
const LAST_REACH_METERS = 0.004;
const NEAR_METERS = 0.012;
const SEARCH_METERS = 0.05;
const CANDIDATES = 12;
/** Neighbouring vertices do not err by themselves, so each counts for less than its own error would say. */
const SURFACE_ERROR_METERS = 0.012;
const EYE_ERROR_METERS = 0.0015;
const SCALE_SPREAD = 0.08;
const IDENTITY_LIMIT = 3;
/** Of the step: rotation, translation, logarithm of scale. */
const RIGID = 7;

/**
 * Fits the rig's identity to LAM's mesh, and the mesh to the rig: from the eyeballs on, by Gauss-Newton over nearest places along
 * normals, where how a place moves counts as part of where it is (`motionSignature`).
 */
export function alignLamHead(rig: Rig, head: LamHead): LamAlignment {
  const vertices = [...verticesOf(rig)];
  const signatures = { lam: lamSignature(head), rig: rigSignature(rig, head) };
  const lamNormals = new FaceFrames(
    { faces: head.faces, faceCount: head.faces.length / 3, positions: head.positions, vertexCount: head.vertexCount }, head.positions).vertexNormals;
  const frames = new FaceFrames(rig, rig.positions);
  const lamEyes = [LEFT_EYE, RIGHT_EYE].map((eye) => centroid(head, eye));
  const rigEyes = (['leftEye', 'rightEye'] as const).map((name) => rig.joints.findIndex((joint) => joint.name === name));
  const identityCount = rig.identity.componentCount;
  const size = RIGID + identityCount;
  let rotation: Quaternion = [0, 0, 0, 1];
  let logScale = 0;
  let translation: Vector3 = midpoint(rigEyes.map((joint) => rig.joints[joint].position)).map((value, axis) => value - midpoint(lamEyes)[axis]) as unknown as Vector3;
  let identity = new Float64Array(identityCount);
  let errorMeters = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const reach = FIRST_REACH_METERS * (LAST_REACH_METERS / FIRST_REACH_METERS) ** (iteration / (ITERATIONS - 1));
    const placed = place(head.positions, rotation, Math.exp(logScale), translation);
    const turned = place(lamNormals, rotation, 1, [0, 0, 0]);
    const grid = gridOf(head, placed);
    const neutral = neutralHead(rig, identity);
    frames.update(neutral.positions);
    const equations = new Equations(size);
    let squares = 0, weights = 0;
    for (const vertex of vertices) {
      const found = correspond(vertex, neutral.positions, frames.vertexNormals, grid, turned, signatures);
      if (found < 0) continue;
      const n = turned.subarray(found * 3, found * 3 + 3), y = placed.subarray(found * 3, found * 3 + 3);
      let distance = 0;
      for (let axis = 0; axis < 3; axis++) distance += n[axis] * (neutral.positions[vertex * 3 + axis] - y[axis]);
      const weight = 1 / (1 + (distance / reach) ** 2) ** 2;
      squares += weight * distance * distance;
      weights += weight;
      // The row at identity 0, since the identity is solved for as a whole and not as a step.
      equations.beginRow(n[0], n[1], n[2], y);
      let rest = 0;
      for (let axis = 0; axis < 3; axis++) rest += n[axis] * (rig.positions[vertex * 3 + axis] - y[axis]);
      for (let k = 0; k < identityCount; k++) {
        const at = (k * rig.vertexCount + vertex) * 3;
        const { components } = rig.identity;
        equations.row[RIGID + k] = n[0] * components[at] + n[1] * components[at + 1] + n[2] * components[at + 2];
      }
      equations.addRow(-rest, weight / SURFACE_ERROR_METERS ** 2);
    }
    lamEyes.forEach((eye, side) => {
      const y = place(Float32Array.from(eye), rotation, Math.exp(logScale), translation);
      for (let axis = 0; axis < 3; axis++) {
        equations.beginRow(Number(axis === 0), Number(axis === 1), Number(axis === 2), y);
        for (let k = 0; k < identityCount; k++) equations.row[RIGID + k] = rig.identity.jointComponents[(k * rig.joints.length + rigEyes[side]) * 3 + axis];
        equations.addRow(y[axis] - rig.joints[rigEyes[side]].position[axis], 1 / EYE_ERROR_METERS ** 2);
      }
    });
    for (let k = 0; k < identityCount; k++) equations.addPrior(RIGID + k, 0, 1);
    equations.addPrior(6, -logScale, 1 / SCALE_SPREAD ** 2);
    const step = equations.solve(RIGID, IDENTITY_LIMIT);
    // Turned and scaled about the rig's origin, between the eyes.
    const turn = fromRotationVector([step[0], step[1], step[2]]);
    const growth = Math.exp(step[6]);
    const moved = place(Float32Array.from(translation), turn, growth, [step[3], step[4], step[5]]);
    translation = [moved[0], moved[1], moved[2]];
    rotation = normalizeQuaternion(multiplyQuaternions(turn, rotation));
    logScale += step[6];
    identity = step.slice(RIGID);
    errorMeters = Math.sqrt(squares / Math.max(weights, 1e-9));
  }
  return { rotation, scale: Math.exp(logScale), translation, identityCoefficients: Float32Array.from(identity), errorMeters };
}

/** Points under x → scale · rotation · x + translation, [n, 3]. */
export function place(points: Float32Array, rotation: Quaternion, scale: number, translation: Vector3): Float32Array {
  const m = toMatrix(rotation);
  const out = new Float32Array(points.length);
  for (let k = 0; k < points.length; k += 3) {
    for (let axis = 0; axis < 3; axis++) {
      out[k + axis] = scale * (m[axis * 3] * points[k] + m[axis * 3 + 1] * points[k + 1] + m[axis * 3 + 2] * points[k + 2]) + translation[axis];
    }
  }
  return out;
}

function verticesOf(rig: Rig): Set<number> {
  const vertices = new Set<number>();
  rig.faceRegions.forEach((region, face) => {
    if (REGIONS.has(rig.regionNames[region])) for (let corner = 0; corner < 3; corner++) vertices.add(rig.faces[face * 3 + corner]);
  });
  return vertices;
}

/** All vertices but the eyeballs', in their own order: those are found by their centres. */
function gridOf({ eyes }: LamHead, placed: Float32Array): { grid: PointGrid; vertices: number[] } {
  const grid = new PointGrid(0.006, eyes.length);
  const vertices: number[] = [];
  for (let vertex = 0; vertex < eyes.length; vertex++) {
    if (eyes[vertex] !== NO_EYE) continue;
    grid.add(placed[vertex * 3], placed[vertex * 3 + 1], placed[vertex * 3 + 2]);
    vertices.push(vertex);
  }
  return { grid, vertices };
}

const candidates = new Int32Array(CANDIDATES);
const distances2 = new Float64Array(CANDIDATES);

/** LAM's vertex for one of the rig's: the nearest in place and movement whose normal points the same way; -1 where none is. */
function correspond(
  vertex: number, positions: Float32Array, normals: Float32Array, { grid, vertices }: ReturnType<typeof gridOf>, turned: Float32Array,
  signatures: { readonly lam: Float32Array; readonly rig: Float32Array },
): number {
  const at = vertex * 3;
  let count = 0;
  // Most lie near: looking far at once would visit thousands of cells for each.
  for (let reach = NEAR_METERS; count < CANDIDATES && reach <= SEARCH_METERS; reach *= 2) {
    count = grid.nearest(positions[at], positions[at + 1], positions[at + 2], reach, candidates, distances2);
  }
  let best = -1, least = Infinity;
  for (let k = 0; k < count; k++) {
    const other = vertices[candidates[k]];
    const facing = normals[at] * turned[other * 3] + normals[at + 1] * turned[other * 3 + 1] + normals[at + 2] * turned[other * 3 + 2];
    if (facing < 0.4) continue;
    let cost = distances2[k];
    for (let s = 0; s < SIGNATURE_STRIDE; s++) cost += (signatures.rig[vertex * SIGNATURE_STRIDE + s] - signatures.lam[other * SIGNATURE_STRIDE + s]) ** 2;
    if (cost < least) {
      least = cost;
      best = other;
    }
  }
  return best;
}

function centroid({ eyes, positions }: LamHead, eye: number): Vector3 {
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  eyes.forEach((label, vertex) => {
    if (label !== eye) return;
    count++;
    for (let axis = 0; axis < 3; axis++) sum[axis] += positions[vertex * 3 + axis];
  });
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

const midpoint = ([a, b]: readonly Vector3[]): Vector3 => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];

/** Normal equations, filled row by row: unknowns are the step of the mesh (rotation, translation, scale) and the identity. */
class Equations {
  readonly row: Float64Array;
  readonly #a: Float64Array;
  readonly #b: Float64Array;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.row = new Float64Array(size);
    this.#a = new Float64Array(size * size);
    this.#b = new Float64Array(size);
  }

  /** Sets how n · (rig's place - y) changes with a step of the mesh that carries y; the identity's part is the caller's. */
  beginRow(nx: number, ny: number, nz: number, y: ArrayLike<number>): void {
    const { row } = this;
    // n · (ω × y) = ω · (y × n)
    row[0] = -(y[1] * nz - y[2] * ny);
    row[1] = -(y[2] * nx - y[0] * nz);
    row[2] = -(y[0] * ny - y[1] * nx);
    row[3] = -nx;
    row[4] = -ny;
    row[5] = -nz;
    row[6] = -(nx * y[0] + ny * y[1] + nz * y[2]);
  }

  addRow(right: number, weight: number): void {
    const size = this.#size;
    for (let i = 0; i < size; i++) {
      const scaled = this.row[i] * weight;
      this.#b[i] += scaled * right;
      for (let j = 0; j <= i; j++) this.#a[i * size + j] += scaled * this.row[j];
    }
  }

  addPrior(unknown: number, target: number, weight: number): void {
    this.#a[unknown * this.#size + unknown] += weight;
    this.#b[unknown] += weight * target;
  }

  solve(freeUnknowns: number, limit: number): Float64Array {
    const bound = Float64Array.from({ length: this.#size }, (_, k) => (k < freeUnknowns ? 1e6 : limit));
    return solveBounded(this.#a, this.#b, bound.map((value) => -value), bound);
  }
}
