import { SeededRandom } from '../../shared/math/seededRandom.ts';

/** The greatest 32-bit float below 1: what rounds up to 1 would be no noise in [0, 1). */
const BELOW_ONE = 1 - 2 ** -24;
const GOLDEN = 0x9e3779b1;

/** Where a step's chance comes from. */
export interface NoiseSource {
  /** Fills [bands, 2] with the next two numbers of each of these bands, uniform in [0, 1). */
  draw(noise: Float32Array, bands: readonly number[]): void;
}

/**
 * What chance decides, from one seed: every band has a sequence of its own, two numbers a step, so that a band's points
 * do not depend on which bands are computed beside it.
 */
export class BandNoise implements NoiseSource {
  readonly #randoms: readonly SeededRandom[];

  constructor(seed: number, bandCount: number) {
    this.#randoms = Array.from({ length: bandCount }, (_, band) => new SeededRandom(Math.imul(seed ^ Math.imul(band + 1, GOLDEN), GOLDEN)));
  }

  draw(noise: Float32Array, bands: readonly number[]): void {
    for (const [row, band] of bands.entries()) {
      const random = this.#randoms[band]!;
      noise[2 * row] = Math.min(random.next(), BELOW_ONE);
      noise[2 * row + 1] = Math.min(random.next(), BELOW_ONE);
    }
  }
}
