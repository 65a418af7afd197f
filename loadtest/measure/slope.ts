/** A straight line through samples, by least squares. */
export interface Slope {
  /** Units of y per unit of x. */
  readonly perUnit: number;
  /** Standard error of `perUnit`, widened for samples that resemble their neighbours (see `fitSlope`). */
  readonly standardError: number;
}

/**
 * Slope of y over x. Memory readings resemble the reading before, which makes the textbook error too small: the number of
 * independent samples is taken as n (1 − r) / (1 + r), r the residuals' lag-one correlation.
 * @returns zeros for fewer than three samples.
 */
export function fitSlope(x: readonly number[], y: readonly number[]): Slope {
  const n = x.length;
  if (n < 3) return { perUnit: 0, standardError: 0 };
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let [xx, xy] = [0, 0];
  for (let i = 0; i < n; i++) {
    xx += (x[i]! - meanX) ** 2;
    xy += (x[i]! - meanX) * (y[i]! - meanY);
  }
  if (xx === 0) return { perUnit: 0, standardError: 0 };
  const perUnit = xy / xx;
  const residuals = y.map((value, i) => value - meanY - perUnit * (x[i]! - meanX));
  const power = residuals.reduce((sum, value) => sum + value * value, 0);
  let lagged = 0;
  for (let i = 1; i < n; i++) lagged += residuals[i]! * residuals[i - 1]!;
  const correlation = power === 0 ? 0 : Math.min(0.99, Math.max(0, lagged / power));
  const independent = Math.max(3, n * (1 - correlation) / (1 + correlation));
  return { perUnit, standardError: Math.sqrt(power / Math.max(1, independent - 2) / xx * n / independent) };
}
