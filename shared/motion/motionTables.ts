/** What the motion codec has learned, as `motionTables.generated.ts` stores it. Encoder and decoder must hold the same. */
export interface MotionTables {
  /** Groups of inputs that are transformed together; each input (see `motionVector.ts`) is in exactly one. */
  readonly blocks: readonly MotionBlock[];
  /** Which of a block's coefficients, in the order of all blocks, are sent together: sizes, summing to their number. */
  readonly groupSizes: readonly number[];
  /** How far from any recent value each coefficient may have gone, a mode: [modes][coefficients]. The first is 0 throughout. */
  readonly reach: readonly (readonly number[])[];
  /**
   * Likeliest value of each coefficient; how many of its lowest bits are coded evenly; and how the likelihood of the rest falls off
   * below and above, in 1/256 a step.
   */
  readonly prior: { readonly center: readonly number[]; readonly evenBits: readonly number[]; readonly below: readonly number[]; readonly above: readonly number[] };
  /** How often each mode of each group is used, a class of frames: [classes][groups][modes], each at least 1. */
  readonly modeFrequencies: readonly (readonly (readonly number[])[])[];
}

export interface MotionBlock {
  readonly name: string;
  /** Error of the face, root mean square over its weighted vertices, that one step of a coefficient makes. */
  readonly stepMillimeters: number;
  /** The same error up to which an encoder lets the block hold still. */
  readonly limitMillimeters: number;
  readonly inputs: readonly number[];
  /** Coefficients from inputs, [inputs, inputs] row by row: one step of a coefficient moves the face by one step of error. */
  readonly forward: readonly number[];
  /** Inputs from coefficients, its inverse. */
  readonly inverse: readonly number[];
}
