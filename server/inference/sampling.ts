/** One number for the decision about a site, one for its height. */
export interface PerToken {
  readonly site: number;
  readonly height: number;
}

/** How chance is used. */
export interface SamplingSettings {
  /** Below 1 the likely becomes likelier. It acts on each take-or-leave decision of a site, so that the number of points stays. */
  readonly temperature: PerToken;
  /** Sites: a decision surer than this is certain (0.5 = always the likelier). Heights: the likeliest levels that reach it together. */
  readonly topP: PerToken;
}

/** Sites as the model believes; heights near their middle, since a wide tail is visible as a stray splat. */
export const DEFAULT_SAMPLING: SamplingSettings = { temperature: { site: 0.5, height: 0.02 }, topP: { site: 0.95, height: 0.9 } };

/** @throws RangeError when a setting is out of range: temperature in (0, 4], top-p in (0, 1]. */
export function checkSampling({ temperature, topP }: SamplingSettings): void {
  for (const token of ['site', 'height'] as const) {
    if (!(temperature[token] > 0 && temperature[token] <= 4)) throw new RangeError(`temperature.${token}: expected more than 0 and at most 4, got ${temperature[token]}`);
    if (!(topP[token] > 0 && topP[token] <= 1)) throw new RangeError(`topP.${token}: expected more than 0 and at most 1, got ${topP[token]}`);
  }
}
