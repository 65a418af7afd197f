import type { BoundSplats } from './boundSplats.ts';

/**
 * How splats grow that are drawn alone of all, to stand for the rest: by (all / drawn) to this power. Half would keep the
 * area they cover, but many overlap (hair, clothes), and what they hide closes the gaps. A splat's thin axis lies across its
 * surface and does not grow, or outlines would swell: that alone is worth 1 to 2.5 dB from 1,024 to 20,480 of some 40,000.
 */
const EXPONENT = 0.4;
const MOST_PER_SPLAT = 64;
/**
 * No flat splat grows beyond this, the root mean square of its wide axes: a face's features are no larger, and what lies
 * under its skin (server/generator/undercoat.ts) closes the gaps.
 */
export const FLAT_MOST_METERS = 0.007;
/** Flat, full: standard deviation along the thinnest axis over the geometric mean of the others. */
export const WIDE_FULLNESS = [0.25, 0.45] as const;
/** From here to 1 the thinnest axis grows too: a round splat has none across. */
export const THIN_FULLNESS = 0.5;

/** Factor on the wide axes of a splat where only the first `drawnCount` of `count` are drawn. */
export function prefixGrowth(count: number, drawnCount: number): number {
  return drawnCount > 0 && drawnCount < count ? Math.min(MOST_PER_SPLAT, count / drawnCount) ** EXPONENT : 1;
}

/** A splat's thinnest axis, and how full the splat is, in [0, 1] (see `WIDE_FULLNESS`). */
export function thinnestAxis(logScales: Float32Array, splat: number): { axis: 0 | 1 | 2; fullness: number } {
  const x = logScales[splat * 3]!, y = logScales[splat * 3 + 1]!, z = logScales[splat * 3 + 2]!;
  const axis = z <= x && z <= y ? 2 : y <= x ? 1 : 0;
  const least = Math.min(x, y, z);
  return { axis, fullness: Math.exp(least - (x + y + z - least) / 2) };
}

/** The first `drawnCount` splats' logScales, grown to stand for all, [drawnCount, 3]. */
export function grownLogScales({ count, logScales }: Pick<BoundSplats, 'count' | 'logScales'>, drawnCount: number): Float32Array {
  const growth = prefixGrowth(count, drawnCount);
  const grown = logScales.slice(0, drawnCount * 3);
  for (let splat = 0; splat < drawnCount; splat++) {
    const { axis: thin, fullness } = thinnestAxis(logScales, splat);
    const flat = Math.min(growth, Math.max(1, FLAT_MOST_METERS / wideMeters(logScales, splat)));
    const wide = mix(flat, growth, ramp(fullness, WIDE_FULLNESS[0], WIDE_FULLNESS[1]));
    const across = mix(1, growth, ramp(fullness, THIN_FULLNESS, 1));
    for (let axis = 0; axis < 3; axis++) grown[splat * 3 + axis] = grown[splat * 3 + axis]! + Math.log(axis === thin ? across : wide);
  }
  return grown;
}

/** Root mean square of a flat splat's two wide axes. */
function wideMeters(logScales: Float32Array, splat: number): number {
  let trace = 0;
  for (let axis = 0; axis < 3; axis++) trace += Math.exp(2 * logScales[splat * 3 + axis]!);
  return Math.sqrt(trace / 2);
}

const mix = (from: number, to: number, share: number): number => from + (to - from) * share;
const ramp = (value: number, from: number, to: number): number => Math.min(1, Math.max(0, (value - from) / (to - from)));
