import { CholeskyDecomposition, EigenvalueDecomposition, Matrix, inverse } from 'ml-matrix';
import { MOTION_INPUTS } from '../../shared/motion/motionVector.ts';
import type { MotionBlock } from '../../shared/motion/motionTables.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';

/** What moves together is transformed together; a block's name is tried as the beginning of a shape's name. */
const BLOCKS = {
  head: /^$/, eyes: /^eye/, brows: /^brow/, cheeks: /^(cheek|nose)/, mouth: /^(mouth|jaw|tongue)/,
} as const;
export type BlockName = keyof typeof BLOCKS;
/** Error of the face, root mean square over its weighted vertices, mm: of one step of a coefficient, and up to which a block holds still. */
export type BlockQuality = Readonly<Record<BlockName, { step: number; limit: number }>>;
/** Spread of each input that a face may have beside what the recordings show: weights, radians, metres. */
const PRIOR_SPREAD = { weight: 0.03, radians: 0.01, meters: 0.002 };

/**
 * For each block the Karhunen–Loève transform of its inputs in the metric of the rig's vertices: coefficients are uncorrelated, in
 * falling order of spread, and an error of one step in any of them is its step of error (root mean square) on the face.
 */
export function learnTransform(gram: Float64Array, vectors: readonly Float64Array[], quality: BlockQuality): MotionBlock[] {
  return Object.entries(BLOCKS).map(([name, pattern]) => {
    const inputs = name === 'head' ? Array.from({ length: 6 }, (_, index) => MOTION_INPUTS - 6 + index)
      : BLENDSHAPE_NAMES.flatMap((shape, index) => (pattern.test(shape) ? [index] : []));
    const size = inputs.length;
    const metric = new Matrix(inputs.map((row) => inputs.map((column) => gram[row * MOTION_INPUTS + column]!)));
    for (let index = 0; index < size; index++) metric.set(index, index, metric.get(index, index) * 1.001);
    const lower = new CholeskyDecomposition(metric).lowerTriangularMatrix;
    const spread = Matrix.mul(lower.transpose().mmul(covariance(inputs, vectors)).mmul(lower), 1);
    const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(spread, { assumeSymmetric: true });
    const order = realEigenvalues.map((_, index) => index).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
    const turn = new Matrix(order.map((column) => eigenvectorMatrix.getColumn(column)));
    const { step, limit } = quality[name as BlockName];
    const forward = Matrix.div(turn.mmul(lower.transpose()), step);
    return { name, stepMillimeters: step, limitMillimeters: limit, inputs, forward: rounded(forward), inverse: rounded(inverse(forward)) };
  });
}

function covariance(inputs: readonly number[], vectors: readonly Float64Array[]): Matrix {
  const size = inputs.length;
  const result = Matrix.zeros(size, size);
  const means = inputs.map((input) => vectors.reduce((sum, vector) => sum + vector[input]!, 0) / vectors.length);
  for (const vector of vectors) {
    for (let row = 0; row < size; row++) {
      const left = vector[inputs[row]!]! - means[row]!;
      for (let column = 0; column < size; column++) {
        result.set(row, column, result.get(row, column) + (left * (vector[inputs[column]!]! - means[column]!)) / vectors.length);
      }
    }
  }
  inputs.forEach((input, row) => {
    const prior = input < MOTION_INPUTS - 6 ? PRIOR_SPREAD.weight : input < MOTION_INPUTS - 3 ? PRIOR_SPREAD.radians : PRIOR_SPREAD.meters;
    result.set(row, row, result.get(row, row) + prior * prior);
  });
  return result;
}

function rounded(matrix: Matrix): number[] {
  return matrix.to1DArray().map((value) => Number(value.toPrecision(6)));
}
