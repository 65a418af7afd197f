/** Brightness of the colour at a place of a list of channels, in the colours' own (display) space. @param at of its red */
export function luma(colors: ArrayLike<number>, at: number): number {
  return 0.3 * colors[at]! + 0.59 * colors[at + 1]! + 0.11 * colors[at + 2]!;
}
