/** Levels of a point's height over the fitted surface. */
export const HEIGHT_LEVELS = 1024;
/** The largest height, metres, up and down. */
export const HEIGHT_LIMIT_METERS = 0.08;
/** Heights below about this are told apart evenly, larger ones by their ratio; metres. */
const LINEAR_METERS = 0.002;
const REACH = Math.asinh(HEIGHT_LIMIT_METERS / LINEAR_METERS);

/** The level of a height along the surface's normal: asinh-companded over ±HEIGHT_LIMIT_METERS, clamped. */
export function heightLevel(meters: number): number {
  const t = Math.asinh(meters / LINEAR_METERS) / REACH;
  return Math.min(HEIGHT_LEVELS - 1, Math.max(0, Math.round((0.5 + 0.5 * t) * (HEIGHT_LEVELS - 1))));
}

/** The height, in metres, that a level stands for. */
export function heightMeters(level: number): number {
  return LINEAR_METERS * Math.sinh((2 * (level / (HEIGHT_LEVELS - 1)) - 1) * REACH);
}
