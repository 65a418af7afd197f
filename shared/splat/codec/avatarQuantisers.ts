import type { BoundSplats } from '../boundSplats.ts';
import { QUANTISERS, type Quantiser } from './avatarLayout.ts';

/** Steps of the quantisers. The defaults are invisible at a head as tall as a laptop's screen. */
export interface AvatarQuality {
  /** Metres. */
  readonly offsetStepMeters: number;
  /** Of natural logarithms of scale: 0.09 is ±4.5 %. */
  readonly logScaleStep: number;
  /** Of a quaternion's x, y and z: 0.018 is ±1°. */
  readonly rotationStep: number;
  readonly opacityStep: number;
  /** Of colours in [0, 1]. */
  readonly lumaStep: number;
  readonly chromaStep: number;
  /** Steps a face's side is cut into for barycentric positions. */
  readonly barycentricDivisions: number;
}

export const DEFAULT_QUALITY: AvatarQuality = {
  offsetStepMeters: 0.0002,
  logScaleStep: 0.09,
  rotationStep: 0.018,
  opacityStep: 1 / 64,
  lumaStep: 1 / 224,
  chromaStep: 1 / 112,
  barycentricDivisions: 30,
};

/** Luma, orange and green chroma of an RGB colour, in that order (YCoCg). */
export const toLuma = (r: number, g: number, b: number): number => (r + 2 * g + b) / 4;
export const toChromaOrange = (r: number, b: number): number => r - b;
export const toChromaGreen = (r: number, g: number, b: number): number => g - (r + b) / 2;

/** Code of a value, kept within the levels. */
export function quantise(value: number, { minimum, step, levels }: Quantiser): number {
  const code = Math.round((value - minimum) / step);
  return code < 0 ? 0 : code >= levels ? levels - 1 : code;
}

/** Quantisers that cover the splats' values with the quality's steps, or wider ones where levels run out. */
export function fitQuantisers(splats: BoundSplats, quality: AvatarQuality): Quantiser[] {
  const { count, offsets, logScales, opacities, colors } = splats;
  const ranges = QUANTISERS.map(() => ({ low: Infinity, high: -Infinity }));
  const widen = (index: number, value: number): void => {
    const range = ranges[index];
    if (value < range.low) range.low = value;
    if (value > range.high) range.high = value;
  };
  for (let s = 0; s < count; s++) {
    for (let k = 0; k < 3; k++) {
      widen(k, offsets[s * 3 + k]);
      widen(3, logScales[s * 3 + k]);
    }
    widen(5, opacities[s]);
    const r = colors[s * 3], g = colors[s * 3 + 1], b = colors[s * 3 + 2];
    widen(6, toLuma(r, g, b));
    widen(7, toChromaOrange(r, b));
    widen(8, toChromaGreen(r, g, b));
  }
  // Orientations are stored in canonical form: no component exceeds sin(31.4°).
  ranges[4] = { low: -0.53, high: 0.53 };
  const steps = [
    quality.offsetStepMeters, quality.offsetStepMeters, quality.offsetStepMeters, quality.logScaleStep,
    quality.rotationStep, quality.opacityStep, quality.lumaStep, quality.chromaStep, quality.chromaStep,
  ];
  return ranges.map(({ low, high }, index) => fitQuantiser(low, high, steps[index], QUANTISERS[index].maxLevels));
}

/** A quantiser over [low, high] whose codes hit zero exactly (or would, if zero lay inside). */
function fitQuantiser(low: number, high: number, wantedStep: number, maxLevels: number): Quantiser {
  if (!(low <= high)) return { minimum: 0, step: Math.fround(wantedStep), levels: 1 };
  const step = Math.fround(Math.max(wantedStep, (high - low) / (maxLevels - 2)));
  const first = Math.round(low / step);
  const last = Math.round(high / step);
  return { minimum: Math.fround(first * step), step, levels: Math.min(last - first + 1, maxLevels) };
}
