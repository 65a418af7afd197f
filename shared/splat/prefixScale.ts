/**
 * A prefix's splats grow by (all / drawn) to this power, to stand for all. Half would keep the covered area, but overlaps
 * fill gaps before that: over heads and faces at 4,096 to 30,000 of 60,000 splats, 0.35 to 0.42 come nearest to the whole
 * (28 dB at 20,480), and from 0.4 on no pixel is left open.
 */
const PREFIX_EXPONENT = 0.4;
const MAX_PREFIX_SCALE = 3;

/** The factor of every splat's size where only the first `drawnCount` of `count` are drawn. */
export function prefixScale(count: number, drawnCount: number): number {
  return drawnCount > 0 && drawnCount < count ? Math.min(MAX_PREFIX_SCALE, (count / drawnCount) ** PREFIX_EXPONENT) : 1;
}
