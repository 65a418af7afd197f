/** How far timestamp `a` is after `b` on the 32-bit circle, in milliseconds; positive means later. */
export function timestampDistanceMs(a: number, b: number): number {
  return (a - b) | 0;
}
