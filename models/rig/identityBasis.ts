import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { macroTargetWeights } from '../makehuman/macro.ts';
import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { randomLocalWeights, randomMacro } from '../makehuman/randomHead.ts';
import { addTarget } from '../makehuman/targetLibrary.ts';
import type { HeadTemplate } from './headTemplate.ts';

/** Weights of MakeHuman's targets over many random people: their mean and how they vary together. */
export interface PeopleStatistics {
  readonly targetNames: readonly string[];
  readonly mean: Float64Array;
  /** [targets, targets] */
  readonly covariance: Matrix;
}

/** Draws `count` random people; only their target weights are needed, since heads are linear in them. */
export function samplePeople(source: MakehumanSource, count: number, seed: number): PeopleStatistics {
  const indices = new Map<string, number>();
  const people = Array.from({ length: count }, (_, person) => {
    const random = new SeededRandom(seed + person);
    const weights = macroTargetWeights(source.library, randomMacro(random));
    for (const [name, weight] of randomLocalWeights(source.modifiers, random, 1)) weights.set(name, weight);
    for (const name of weights.keys()) if (!indices.has(name)) indices.set(name, indices.size);
    return weights;
  });
  const size = indices.size;
  const mean = new Float64Array(size);
  const samples = people.map((weights) => {
    const row = new Float64Array(size);
    for (const [name, weight] of weights) row[indices.get(name)!] = weight;
    for (let target = 0; target < size; target++) mean[target]! += row[target]! / count;
    return row;
  });
  const covariance = Matrix.zeros(size, size);
  for (const row of samples) {
    for (let target = 0; target < size; target++) row[target] = row[target]! - mean[target]!;
    for (let a = 0; a < size; a++) {
      if (row[a] === 0) continue;
      for (let b = 0; b <= a; b++) covariance.set(a, b, covariance.get(a, b) + (row[a]! * row[b]!) / count);
    }
  }
  for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) covariance.set(b, a, covariance.get(a, b));
  return { targetNames: [...indices.keys()], mean, covariance };
}

/** MakeHuman's mesh of the mean person, [baseVertexCount, 3]. */
export function meanMesh(source: MakehumanSource, people: PeopleStatistics): Float32Array {
  const positions = source.base.positions.slice();
  people.targetNames.forEach((name, index) => { addTarget(positions, source.library.get(name), people.mean[index]!); });
  return positions;
}

export interface IdentityComponent {
  /** Metres per standard deviation, [vertexCount, 3], exactly symmetric or antisymmetric. */
  readonly displacements: Float32Array;
  /** [joints, 3] */
  readonly jointDisplacements: Float32Array;
  /** Metres RMS over the vertices, by their importance. */
  readonly standardDeviation: number;
  readonly parity: 0 | 1;
}

/**
 * Principal components of the heads of random people, the symmetric and the antisymmetric part apart.
 * @param importance of each vertex for the error that the basis keeps small, [vertexCount]
 */
export function identityComponents(
  source: MakehumanSource, template: HeadTemplate, people: PeopleStatistics, mean: Float32Array,
  mirrored: Uint32Array, jointMirror: readonly number[], importance: Float32Array, counts: readonly [symmetric: number, antisymmetric: number],
): { components: IdentityComponent[]; keptVariance: number; totalVariance: number } {
  const targets = targetDisplacements(source, template, people, mean);
  const root = symmetricRoot(people.covariance);
  let keptVariance = 0, totalVariance = 0;
  const total = importance.reduce((sum, weight) => sum + weight, 0);
  const components = ([0, 1] as const).flatMap((parity) => {
    const halves = targets.map(({ vertices, joints }) => ({
      vertices: withParity(vertices, mirrored, parity), joints: withParity(joints, Uint32Array.from(jointMirror), parity),
    }));
    const gram = weightedGram(halves.map(({ vertices }) => vertices), importance);
    const decomposition = new EigenvalueDecomposition(root.mmul(gram).mmul(root), { assumeSymmetric: true });
    const order = decomposition.realEigenvalues.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value);
    for (const { value } of order) totalVariance += Math.max(0, value) / total;
    const size = people.targetNames.length;
    return order.slice(0, counts[parity]).map(({ value, index }): IdentityComponent => {
      keptVariance += value / total;
      const direction = Matrix.columnVector(Array.from({ length: size }, (_, row) => decomposition.eigenvectorMatrix.get(row, index)));
      const mix = root.mmul(direction).to1DArray();
      const displacements = blend(halves.map(({ vertices }) => vertices), mix);
      const jointDisplacements = blend(halves.map(({ joints }) => joints), mix);
      const sign = orientation(displacements);
      for (const values of [displacements, jointDisplacements]) for (let i = 0; i < values.length; i++) values[i] = values[i]! * sign;
      return { displacements, jointDisplacements, standardDeviation: Math.sqrt(value / total), parity };
    });
  });
  components.sort((a, b) => b.standardDeviation - a.standardDeviation);
  return { components, keptVariance, totalVariance };
}

/** Eigenvectors have no sign of their own: the largest coordinate shall be positive. */
function orientation(values: Float32Array): 1 | -1 {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? -1 : 1;
}

/** Displacement of the rig's vertices and joints by each target at weight 1. */
function targetDisplacements(
  source: MakehumanSource, template: HeadTemplate, people: PeopleStatistics, mean: Float32Array,
): { vertices: Float32Array; joints: Float32Array }[] {
  const restVertices = template.shape(mean), restJoints = template.joints(mean);
  return people.targetNames.map((name) => {
    const moved = mean.slice();
    addTarget(moved, source.library.get(name), 1);
    return { vertices: template.shape(moved).map((value, i) => value - restVertices[i]!),
      joints: template.joints(moved).map((value, i) => value - restJoints[i]!) };
  });
}

function withParity(field: Float32Array, mirrored: Uint32Array, parity: 0 | 1): Float32Array {
  const out = new Float32Array(field.length);
  const side = parity === 0 ? 1 : -1;
  for (let vertex = 0; vertex < mirrored.length; vertex++) {
    const other = mirrored[vertex]!;
    out[vertex * 3] = (field[vertex * 3]! - side * field[other * 3]!) / 2;
    for (let axis = 1; axis < 3; axis++) out[vertex * 3 + axis] = (field[vertex * 3 + axis]! + side * field[other * 3 + axis]!) / 2;
  }
  return out;
}

function weightedGram(fields: readonly Float32Array[], importance: Float32Array): Matrix {
  const size = fields.length;
  const weighted = fields.map((field) => Float32Array.from(field, (value, i) => value * Math.sqrt(importance[Math.floor(i / 3)]!)));
  const gram = Matrix.zeros(size, size);
  for (let a = 0; a < size; a++) {
    const left = weighted[a]!;
    for (let b = 0; b <= a; b++) {
      const right = weighted[b]!;
      let sum = 0;
      for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
      gram.set(a, b, sum);
      gram.set(b, a, sum);
    }
  }
  return gram;
}

function symmetricRoot(covariance: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const scaled = eigenvectorMatrix.clone();
  realEigenvalues.forEach((value, column) => { scaled.mulColumn(column, Math.sqrt(Math.max(0, value))); });
  return scaled.mmul(eigenvectorMatrix.transpose());
}

function blend(fields: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const out = new Float32Array(fields[0]!.length);
  fields.forEach((field, index) => {
    const weight = weights[index]!;
    for (let i = 0; i < out.length; i++) out[i] = out[i]! + weight * field[i]!;
  });
  return out;
}
