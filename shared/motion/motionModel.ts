import { MOTION_TABLES } from './motionTables.generated.ts';
import { MOTION_INPUTS } from './motionVector.ts';
import type { MotionTables } from './motionTables.ts';

/** Values of a coefficient further from its likeliest one are escaped. */
const PRIOR_REACH = 48;
const PRIOR_PEAK = 4096;
/** The largest value of a coefficient, either side of zero. */
export const STATE_LIMIT = 32767;

/** Running sums of symbol frequencies, [symbols + 1]; the last is their total, at most 65,536. */
export type Cumulative = Uint32Array;

/** The codec's tables, made ready: the transform, and the likelihoods of all that is coded, in whole numbers throughout. */
export class MotionModel {
  readonly coefficientCount = MOTION_INPUTS;
  readonly groupCount: number;
  readonly modeCount: number;
  readonly classCount: number;
  /** First coefficient of each group, and one past the last, [groups + 1]. */
  readonly groupStarts: Uint8Array;
  readonly reach: readonly Uint8Array[];
  /** [classes][groups] */
  readonly modes: readonly (readonly Cumulative[])[];
  /** [coefficients]; symbol 0 is the escape, symbol 1 + PRIOR_REACH the likeliest value. */
  readonly priors: readonly Cumulative[];
  readonly priorCenters: Int16Array;
  /** Of a value's distance from the likeliest one, so many lowest bits are coded evenly, [coefficients]. */
  readonly evenBits: Uint8Array;
  /** What an error of one step in each coefficient makes on the face, mm², [coefficients]. */
  readonly squaredSteps: Float64Array;
  /** First coefficient of each block, and one past the last, [blocks + 1]. */
  readonly blockStarts: Uint8Array;
  /** mm, [blocks] */
  readonly blockLimits: Float64Array;
  readonly #tables: MotionTables;
  readonly #residues: Cumulative[][];

  constructor(tables: MotionTables) {
    this.#tables = tables;
    this.groupCount = tables.groupSizes.length;
    this.modeCount = tables.reach.length;
    this.classCount = tables.modeFrequencies.length;
    this.groupStarts = new Uint8Array(this.groupCount + 1);
    tables.groupSizes.forEach((size, group) => { this.groupStarts[group + 1] = this.groupStarts[group]! + size; });
    this.reach = tables.reach.map((row) => Uint8Array.from(row));
    this.modes = tables.modeFrequencies.map((groups) => groups.map(cumulative));
    this.priorCenters = Int16Array.from(tables.prior.center);
    this.evenBits = Uint8Array.from(tables.prior.evenBits);
    this.squaredSteps = Float64Array.from(tables.blocks.flatMap(({ inputs, stepMillimeters }) => inputs.map(() => stepMillimeters ** 2)));
    this.blockStarts = new Uint8Array(tables.blocks.length + 1);
    tables.blocks.forEach(({ inputs }, block) => { this.blockStarts[block + 1] = this.blockStarts[block]! + inputs.length; });
    this.blockLimits = Float64Array.from(tables.blocks, ({ limitMillimeters }) => limitMillimeters);
    this.priors = tables.prior.center.map((_, index) => cumulative(priorFrequencies(tables, index)));
    this.#residues = this.reach.map((row) => Array.from(row, (reach, index) => this.#foldedPrior(index, 2 * reach + 1)));
  }

  /** Likelihoods of a coefficient's value modulo 2 · reach + 1. */
  residues(mode: number, coefficient: number): Cumulative {
    return this.#residues[mode]![coefficient]!;
  }

  /** Coefficients, in steps, of a motion vector. */
  transform(vector: Float64Array, out: Float64Array): void {
    let at = 0;
    for (const { inputs, forward } of this.#tables.blocks) {
      const size = inputs.length;
      for (let row = 0; row < size; row++) {
        let sum = 0;
        for (let column = 0; column < size; column++) sum += forward[row * size + column]! * vector[inputs[column]!]!;
        out[at++] = sum;
      }
    }
  }

  /** The motion vector of quantised coefficients. */
  invert(state: Int16Array, out: Float64Array): void {
    let from = 0;
    for (const { inputs, inverse } of this.#tables.blocks) {
      const size = inputs.length;
      for (let row = 0; row < size; row++) {
        let sum = 0;
        for (let column = 0; column < size; column++) sum += inverse[row * size + column]! * state[from + column]!;
        out[inputs[row]!] = sum;
      }
      from += size;
    }
  }

  /** What is known of a value from the residue alone: the prior, summed over all values of a residue, with a floor. */
  #foldedPrior(index: number, modulus: number): Cumulative {
    const frequencies = new Array<number>(modulus).fill(0);
    const prior = this.priors[index]!;
    for (let offset = -PRIOR_REACH; offset <= PRIOR_REACH; offset++) {
      const symbol = 1 + PRIOR_REACH + offset;
      const even = 1 << this.evenBits[index]!;
      for (let low = 0; low < even; low++) {
        const residue = modulo(this.priorCenters[index]! + offset * even + low, modulus);
        frequencies[residue] = frequencies[residue]! + (prior[symbol + 1]! - prior[symbol]!) / even;
      }
    }
    // A face unlike those learned from must stay affordable: a quarter of the likelihood is shared out evenly.
    const floor = prior.at(-1)! / (3 * modulus);
    return cumulative(frequencies.map((frequency) => Math.ceil(frequency + floor)));
  }
}

/** Escape first, then values from `center - PRIOR_REACH` to `center + PRIOR_REACH`: a two-sided geometric distribution. */
function priorFrequencies({ prior }: MotionTables, index: number): number[] {
  const frequencies = new Array<number>(2 * PRIOR_REACH + 2).fill(1);
  const peak = 1 + PRIOR_REACH;
  frequencies[peak] = PRIOR_PEAK;
  for (let offset = 1; offset <= PRIOR_REACH; offset++) {
    frequencies[peak - offset] = Math.max(1, (frequencies[peak - offset + 1]! * prior.below[index]!) >> 8);
    frequencies[peak + offset] = Math.max(1, (frequencies[peak + offset - 1]! * prior.above[index]!) >> 8);
  }
  frequencies[0] = 8;
  return halved(frequencies);
}

function halved(frequencies: number[]): number[] {
  let result = frequencies;
  while (result.reduce((sum, frequency) => sum + frequency, 0) > 32768) result = result.map((frequency) => (frequency + 1) >> 1);
  return result;
}

function cumulative(frequencies: readonly number[]): Cumulative {
  const sums = new Uint32Array(frequencies.length + 1);
  frequencies.forEach((frequency, symbol) => { sums[symbol + 1] = sums[symbol]! + frequency; });
  return sums;
}

/** Symbols of `priors`: the escape, or where a value lies from the likeliest one. */
export const PRIOR_ESCAPE = 0;
export function priorSymbol(offset: number): number {
  return Math.abs(offset) <= PRIOR_REACH ? 1 + PRIOR_REACH + offset : PRIOR_ESCAPE;
}
export function priorOffset(symbol: number): number {
  return symbol - 1 - PRIOR_REACH;
}

/** value mod modulus, in [0, modulus). */
export function modulo(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}

let shared: MotionModel | undefined;
/** The model that the product speaks. */
export function motionModel(): MotionModel {
  return (shared ??= new MotionModel(MOTION_TABLES));
}
