/** Angle between two rotations, radians; quaternions xyzw of unit length. */
export function angleBetween(a: readonly number[], b: readonly number[]): number {
  // From the chord, which keeps its precision for small angles where the cosine loses it.
  const sign = dot(a, b) < 0 ? -1 : 1;
  const chord = Math.hypot(...a.map((value, index) => value - sign * b[index]!));
  return 4 * Math.asin(Math.min(1, chord / 2));
}

/** The rotation a share `t` of the way from `a` to `b`, along the arc. */
export function rotationBetween(a: readonly number[], b: readonly number[], t: number): number[] {
  const sign = dot(a, b) < 0 ? -1 : 1;
  const angle = Math.acos(Math.min(1, Math.abs(dot(a, b))));
  const [weightA, weightB] = angle < 1e-6 ? [1 - t, t] : [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  const mixed = a.map((value, index) => value * weightA + b[index]! * weightB * sign);
  const length = Math.hypot(...mixed);
  return mixed.map((value) => value / length);
}

/** Largest difference between two lists of the same length. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));
}

/** Largest minus smallest. */
export function range(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);
}

/** Pearson's correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = a.reduce((sum, value, index) => sum + (value - meanA) * (b[index]! - meanB), 0);
  const spread = (values: readonly number[], center: number): number => Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0));
  return covariance / (spread(a, meanA) * spread(b, meanB));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
