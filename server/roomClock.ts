/** The room clock (PROTOCOL.md, SIG3): milliseconds with fractions, monotonic while the server runs. */
export function roomClockMs(): number {
  return performance.timeOrigin + performance.now();
}
