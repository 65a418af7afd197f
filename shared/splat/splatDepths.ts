import type { Rig } from '../rig/rig.ts';
import type { RigPose } from '../rig/rigPose.ts';
import { JOINT_MATRIX_SIZE, jointMatrices, type NeutralHead } from '../rig/skinning.ts';
import type { BoundSplats } from './boundSplats.ts';
import { type DepthPlan, planDepths } from './depthPlan.ts';
import type { FaceFrames } from './splatFrame.ts';

/** Floats a deforming face: depth at its first corner, its slopes along u and v, along t and b, the normals' likewise, three spreads. */
const FACE_STRIDE = 11;

/**
 * Where an avatar's splats lie along one direction, in a pose: all that sorting needs to know. The same as the dot product
 * of `splatCenters` with that direction, for a fraction of the work:
 *
 * - Splats that ride rigidly on one joint (scalp, hair, shoulders, eyeballs, teeth) need one dot product with the direction
 *   turned back by that joint; nothing of them is posed.
 * - The others are posed in the space of the joint that carries most of them, so that few vertices are skinned.
 * - A face becomes a few numbers along the direction, of which its splats' depths are sums.
 *
 * The displacement of the whole (`headPositionMeters`) is left out: it is the same for all splats.
 * A plan of the work is made once; `pose` and `write` allocate nothing.
 */
export class SplatDepths {
  readonly #rig: Rig;
  readonly #neutral: NeutralHead;
  readonly #plan: DepthPlan;
  readonly #matrices: Float64Array;
  readonly #relative: Float64Array;
  readonly #axis = new Float64Array(4);
  readonly #weights: Float32Array;
  readonly #rotation = new Float64Array(4).fill(NaN);
  readonly #positions: Float32Array;
  readonly #normals: Float32Array;
  readonly #shapeCounts: Uint32Array;
  readonly #rigidCounts: Uint32Array;
  readonly #faces: Float32Array;
  /** A face's 1/|e1|, e2·t and 1/d (d: its height over e1), [faces, 3]. */
  readonly #edges: Float32Array;
  #vertexCount = 0;
  #normalCount = 0;
  #ringCount = 0;
  #faceCount = 0;
  #splatCount = 0;
  #skinnedCount = 0;

  /**
   * @param rest the frames of the neutral head; read once, not kept.
   * @param count of the splats that are filled; the plan holds for them alone.
   */
  constructor(rig: Rig, neutral: NeutralHead, rest: FaceFrames, splats: BoundSplats, count = splats.count) {
    this.#rig = rig;
    this.#neutral = neutral;
    const plan = planDepths(rig, rest, splats, count);
    this.#plan = plan;
    this.#matrices = new Float64Array(rig.joints.length * JOINT_MATRIX_SIZE);
    this.#relative = new Float64Array(rig.joints.length * JOINT_MATRIX_SIZE);
    this.#weights = new Float32Array(rig.blendshapes.length).fill(NaN);
    this.#positions = new Float32Array(plan.basePositions.length);
    this.#normals = new Float32Array(plan.normalRanks.length * 3);
    this.#shapeCounts = new Uint32Array(plan.shapes.length);
    this.#rigidCounts = new Uint32Array(plan.rigid.length);
    this.#faces = new Float32Array(plan.faceRanks.length * FACE_STRIDE);
    this.#edges = new Float32Array(plan.faceRanks.length * 3);
    this.setCount(count);
  }

  /** The joints' matrices of the last pose, as `jointMatrices` writes them. */
  get jointMatrices(): Float64Array {
    return this.#matrices;
  }

  /** From now on only the first `count` splats are of interest. */
  setCount(count: number): void {
    const plan = this.#plan;
    this.#vertexCount = countBelow(plan.vertexRanks, count);
    this.#normalCount = countBelow(plan.normalRanks, count);
    this.#ringCount = countBelow(plan.ringRanks, count);
    this.#faceCount = countBelow(plan.faceRanks, count);
    this.#splatCount = countBelow(plan.splats, count);
    this.#skinnedCount = countBelow(plan.skinnedRanks, count);
    for (let k = 0; k < plan.shapes.length; k++) this.#shapeCounts[k] = countBelow(plan.shapes[k].ranks, count);
    for (let k = 0; k < plan.rigid.length; k++) this.#rigidCounts[k] = countBelow(plan.rigid[k].splats, count);
    this.#rotation[0] = NaN;
  }

  /** Takes a pose; false where nothing has changed that could change the order. */
  pose(pose: RigPose): boolean {
    const { blendshapeWeights, headRotation } = pose;
    let same = true;
    for (let k = 0; k < 4; k++) {
      if (this.#rotation[k] === headRotation[k]) continue;
      same = false;
      this.#rotation[k] = headRotation[k];
    }
    for (let shape = 0; shape < this.#weights.length; shape++) {
      if (this.#weights[shape] === blendshapeWeights[shape]) continue;
      same = false;
      this.#weights[shape] = blendshapeWeights[shape];
    }
    if (same) return false;
    jointMatrices(this.#rig, this.#neutral.jointPositions, pose, this.#matrices);
    this.#applyShapes();
    this.#skin();
    this.#sumNormals();
    this.#measureFaces();
    return true;
  }

  /**
   * Writes out[from + s] = direction · centre of splat s + shift, metres.
   * @param direction x, y, z, shift
   */
  write(direction: Float64Array, out: Float32Array, from = 0): void {
    const { rigid } = this.#plan;
    for (let k = 0; k < rigid.length; k++) {
      this.#turnBack(direction, rigid[k].joint);
      writeRigid(rigid[k].splats, rigid[k].centers, this.#rigidCounts[k], this.#axis, out, from);
    }
    this.#turnBack(direction, this.#plan.baseJoint);
    this.#projectFaces();
    this.#writeDeforming(out, from);
  }

  #applyShapes(): void {
    const { basePositions, shapes } = this.#plan;
    const positions = this.#positions;
    const length = this.#vertexCount * 3;
    for (let k = 0; k < length; k++) positions[k] = basePositions[k];
    for (let k = 0; k < shapes.length; k++) {
      const weight = this.#weights[k];
      if (weight !== 0) addShape(positions, shapes[k].vertices, shapes[k].deltas, this.#shapeCounts[k], weight);
    }
  }

  /** Moves what does not ride on the base joint alone to where it is, seen from that joint. */
  #skin(): void {
    const { skinned, slotStarts, slotJoints, slotWeights, baseJoint } = this.#plan;
    const relative = this.#relative;
    for (let joint = 0; joint < this.#rig.joints.length; joint++) relativeMatrix(this.#matrices, baseJoint, joint, relative);
    const positions = this.#positions;
    for (let k = 0; k < this.#skinnedCount; k++) {
      const at = skinned[k] * 3;
      const px = positions[at], py = positions[at + 1], pz = positions[at + 2];
      let sumX = 0, sumY = 0, sumZ = 0;
      for (let slot = slotStarts[k]; slot < slotStarts[k + 1]; slot++) {
        const m = slotJoints[slot] * JOINT_MATRIX_SIZE;
        const weight = slotWeights[slot];
        sumX += weight * (relative[m] * px + relative[m + 1] * py + relative[m + 2] * pz + relative[m + 3]);
        sumY += weight * (relative[m + 4] * px + relative[m + 5] * py + relative[m + 6] * pz + relative[m + 7]);
        sumZ += weight * (relative[m + 8] * px + relative[m + 9] * py + relative[m + 10] * pz + relative[m + 11]);
      }
      positions[at] = sumX;
      positions[at + 1] = sumY;
      positions[at + 2] = sumZ;
    }
  }

  #sumNormals(): void {
    const { ringCorners } = this.#plan;
    const p = this.#positions;
    const normals = this.#normals;
    const length = this.#normalCount * 3;
    for (let k = 0; k < length; k++) normals[k] = 0;
    for (let ring = 0, at = 0; ring < this.#ringCount; ring++, at += 6) {
      const i = ringCorners[at] * 3, j = ringCorners[at + 1] * 3, k = ringCorners[at + 2] * 3;
      const x = p[i], y = p[i + 1], z = p[i + 2];
      const e1x = p[j] - x, e1y = p[j + 1] - y, e1z = p[j + 2] - z;
      const e2x = p[k] - x, e2y = p[k + 1] - y, e2z = p[k + 2] - z;
      const nx = e1y * e2z - e1z * e2y, ny = e1z * e2x - e1x * e2z, nz = e1x * e2y - e1y * e2x;
      const a = ringCorners[at + 3] * 3, b = ringCorners[at + 4] * 3, c = ringCorners[at + 5] * 3;
      normals[a] += nx;
      normals[a + 1] += ny;
      normals[a + 2] += nz;
      normals[b] += nx;
      normals[b + 1] += ny;
      normals[b + 2] += nz;
      normals[c] += nx;
      normals[c + 1] += ny;
      normals[c + 2] += nz;
    }
    for (let k = 3; k < length; k += 3) {
      const x = normals[k], y = normals[k + 1], z = normals[k + 2];
      const scale = 1 / Math.max(Math.sqrt(x * x + y * y + z * z), 1e-18);
      normals[k] = x * scale;
      normals[k + 1] = y * scale;
      normals[k + 2] = z * scale;
    }
  }

  /** The parts of a face's numbers that no direction changes: see `#edges`, and how far the normals at its corners spread. */
  #measureFaces(): void {
    const { faceCorners } = this.#plan;
    const p = this.#positions;
    const n = this.#normals;
    const faces = this.#faces;
    const edges = this.#edges;
    for (let face = 0, at = 0, f = 0, e = 0; face < this.#faceCount; face++, at += 6, f += FACE_STRIDE, e += 3) {
      const i = faceCorners[at] * 3, j = faceCorners[at + 1] * 3, k = faceCorners[at + 2] * 3;
      const e1x = p[j] - p[i], e1y = p[j + 1] - p[i + 1], e1z = p[j + 2] - p[i + 2];
      const e2x = p[k] - p[i], e2y = p[k + 1] - p[i + 1], e2z = p[k + 2] - p[i + 2];
      const inverseA = 1 / Math.max(Math.sqrt(e1x * e1x + e1y * e1y + e1z * e1z), 1e-12);
      const c = (e1x * e2x + e1y * e2y + e1z * e2z) * inverseA;
      const d2 = e2x * e2x + e2y * e2y + e2z * e2z - c * c;
      edges[e] = inverseA;
      edges[e + 1] = c;
      // A sliver has no direction across: nothing rides along it then.
      edges[e + 2] = d2 > 1e-16 ? 1 / Math.sqrt(d2) : 0;
      const a = faceCorners[at + 3] * 3, b = faceCorners[at + 4] * 3, g = faceCorners[at + 5] * 3;
      faces[f + 8] = 2 * (1 - (n[a] * n[b] + n[a + 1] * n[b + 1] + n[a + 2] * n[b + 2]));
      faces[f + 9] = 2 * (1 - (n[a] * n[g] + n[a + 1] * n[g + 1] + n[a + 2] * n[g + 2]));
      faces[f + 10] = 2 * (1 - (n[b] * n[g] + n[b + 1] * n[g + 1] + n[b + 2] * n[g + 2]));
    }
  }

  #projectFaces(): void {
    const { faceCorners } = this.#plan;
    const x = this.#axis[0], y = this.#axis[1], z = this.#axis[2], shift = this.#axis[3];
    const p = this.#positions;
    const n = this.#normals;
    const faces = this.#faces;
    const edges = this.#edges;
    for (let face = 0, at = 0, f = 0, e = 0; face < this.#faceCount; face++, at += 6, f += FACE_STRIDE, e += 3) {
      const i = faceCorners[at] * 3, j = faceCorners[at + 1] * 3, k = faceCorners[at + 2] * 3;
      const depth = x * p[i] + y * p[i + 1] + z * p[i + 2];
      const alongU = x * p[j] + y * p[j + 1] + z * p[j + 2] - depth;
      const alongV = x * p[k] + y * p[k + 1] + z * p[k + 2] - depth;
      const alongT = alongU * edges[e];
      faces[f] = depth + shift;
      faces[f + 1] = alongU;
      faces[f + 2] = alongV;
      faces[f + 3] = alongT;
      faces[f + 4] = (alongV - edges[e + 1] * alongT) * edges[e + 2];
      const a = faceCorners[at + 3] * 3, b = faceCorners[at + 4] * 3, c = faceCorners[at + 5] * 3;
      const normal = x * n[a] + y * n[a + 1] + z * n[a + 2];
      faces[f + 5] = normal;
      faces[f + 6] = x * n[b] + y * n[b + 1] + z * n[b + 2] - normal;
      faces[f + 7] = x * n[c] + y * n[c + 1] + z * n[c + 2] - normal;
    }
  }

  #writeDeforming(out: Float32Array, from: number): void {
    const { splats, splatFaces, splatPlaces } = this.#plan;
    const faces = this.#faces;
    for (let k = 0, at = 0; k < this.#splatCount; k++, at += 5) {
      const f = splatFaces[k] * FACE_STRIDE;
      const u = splatPlaces[at], v = splatPlaces[at + 1], w = 1 - u - v;
      // The mixed normal's length, from the angles between the three: |w·n0 + u·n1 + v·n2|².
      const length2 = 1 - w * (u * faces[f + 8] + v * faces[f + 9]) - u * v * faces[f + 10];
      const normal = (faces[f + 5] + u * faces[f + 6] + v * faces[f + 7]) / Math.sqrt(length2 > 1e-6 ? length2 : 1e-6);
      out[from + splats[k]] = faces[f] + u * faces[f + 1] + v * faces[f + 2]
        + splatPlaces[at + 2] * faces[f + 3] + splatPlaces[at + 3] * faces[f + 4] + splatPlaces[at + 4] * normal;
    }
  }

  /** The direction as a joint's passengers see it from their resting places, and what the joint's displacement adds. */
  #turnBack(direction: Float64Array, joint: number): void {
    const x = direction[0], y = direction[1], z = direction[2];
    const m = this.#matrices;
    const at = joint * JOINT_MATRIX_SIZE;
    const axis = this.#axis;
    axis[0] = x * m[at] + y * m[at + 4] + z * m[at + 8];
    axis[1] = x * m[at + 1] + y * m[at + 5] + z * m[at + 9];
    axis[2] = x * m[at + 2] + y * m[at + 6] + z * m[at + 10];
    axis[3] = x * m[at + 3] + y * m[at + 7] + z * m[at + 11] + direction[3];
  }
}

function addShape(positions: Float32Array, vertices: Uint32Array, deltas: Float32Array, count: number, weight: number): void {
  for (let k = 0, from = 0; k < count; k++, from += 3) {
    const to = vertices[k] * 3;
    positions[to] += weight * deltas[from];
    positions[to + 1] += weight * deltas[from + 1];
    positions[to + 2] += weight * deltas[from + 2];
  }
}

function writeRigid(splats: Uint32Array, centers: Float32Array, count: number, axis: Float64Array, out: Float32Array, from: number): void {
  const x = axis[0], y = axis[1], z = axis[2], shift = axis[3];
  for (let k = 0, at = 0; k < count; k++, at += 3) {
    out[from + splats[k]] = x * centers[at] + y * centers[at + 1] + z * centers[at + 2] + shift;
  }
}

/** Writes base⁻¹ · matrix of a joint; both turn and move, no more, so the inverse is the transposed. */
function relativeMatrix(matrices: Float64Array, base: number, joint: number, out: Float64Array): void {
  const b = base * JOINT_MATRIX_SIZE;
  const j = joint * JOINT_MATRIX_SIZE;
  const tx = matrices[j + 3] - matrices[b + 3], ty = matrices[j + 7] - matrices[b + 7], tz = matrices[j + 11] - matrices[b + 11];
  for (let row = 0; row < 3; row++) {
    const r0 = matrices[b + row], r1 = matrices[b + 4 + row], r2 = matrices[b + 8 + row];
    const to = j + row * 4;
    for (let column = 0; column < 3; column++) {
      out[to + column] = r0 * matrices[j + column] + r1 * matrices[j + 4 + column] + r2 * matrices[j + 8 + column];
    }
    out[to + 3] = r0 * tx + r1 * ty + r2 * tz;
  }
}

/** How many of an ascending list are below a limit. */
function countBelow(values: Uint32Array, limit: number): number {
  let low = 0;
  for (let high = values.length; low < high;) {
    const middle = (low + high) >> 1;
    if (values[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
