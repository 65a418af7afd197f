/**
 * The 1€ filter: a first-order low-pass whose cutoff rises with the signal's speed, so that a still face stays
 * still and a fast one is not late (Casiez, Roussel, Vogel: "1€ Filter", CHI 2012).
 */
export interface OneEuroParameters {
  /** Cutoff at rest, Hz: lower removes more jitter. */
  readonly minCutoffHz: number;
  /** Cutoff gained per unit of speed (1/s of the signal's own unit): higher follows fast changes sooner. */
  readonly speedCoefficient: number;
  /** Cutoff of the speed estimate, Hz. */
  readonly speedCutoffHz: number;
}

/** Share of the newest sample in a first-order low-pass with this cutoff, for a step of `seconds`. */
function smoothingFactor(seconds: number, cutoffHz: number): number {
  const r = 2 * Math.PI * cutoffHz * seconds;
  return r / (r + 1);
}

/** Filters a vector of channels that are sampled together. The cutoff follows each channel's own speed. */
export class OneEuroFilter {
  parameters: OneEuroParameters;
  readonly #values: Float64Array;
  readonly #speeds: Float64Array;
  #lastMs: number | undefined;

  constructor(channels: number, parameters: OneEuroParameters) {
    this.parameters = parameters;
    this.#values = new Float64Array(channels);
    this.#speeds = new Float64Array(channels);
  }

  /** Forgets the past: the next sample passes through unchanged. */
  reset(): void {
    this.#lastMs = undefined;
  }

  /**
   * Filters one sample in place and returns it. Time must not run backwards; a repeated or earlier timestamp
   * leaves the state alone and returns the last filtered values. A gap over half a second starts afresh.
   */
  filter<T extends Float32Array | Float64Array | number[]>(sample: T, timeMs: number): T {
    const channels = this.#values.length;
    const seconds = this.#lastMs === undefined ? Infinity : (timeMs - this.#lastMs) / 1000;
    if (seconds > 0.5) {
      for (let i = 0; i < channels; i++) {
        this.#values[i] = sample[i]!;
        this.#speeds[i] = 0;
      }
      this.#lastMs = timeMs;
      return sample;
    }
    if (seconds <= 0) {
      for (let i = 0; i < channels; i++) sample[i] = this.#values[i]!;
      return sample;
    }
    this.#lastMs = timeMs;
    const { minCutoffHz, speedCoefficient, speedCutoffHz } = this.parameters;
    const speedFactor = smoothingFactor(seconds, speedCutoffHz);
    for (let i = 0; i < channels; i++) {
      const previous = this.#values[i]!;
      const speed = this.#speeds[i]! + speedFactor * ((sample[i]! - previous) / seconds - this.#speeds[i]!);
      this.#speeds[i] = speed;
      const factor = smoothingFactor(seconds, minCutoffHz + speedCoefficient * Math.abs(speed));
      const value = previous + factor * (sample[i]! - previous);
      this.#values[i] = value;
      sample[i] = value;
    }
    return sample;
  }
}
