/** Where somebody sits, metres: the viewer is at the origin and looks down -z, as the stage has it. */
export type SeatPosition = readonly [x: number, y: number, z: number];

/** A screen shows some 26°: to the ear the same arc is spread wider, so that neighbours can be told apart. */
const WIDENING = 2.6;
const WIDEST_RADIANS = 1.2;
const NEAREST_METERS = 0.8;

/** Where a seat's voice comes from, in the axes of Web Audio's listener at rest (which are the stage's). */
export function hearingPlace([x, y, z]: SeatPosition): SeatPosition {
  const distance = Math.max(NEAREST_METERS, Math.hypot(x, y, z));
  const azimuth = Math.min(WIDEST_RADIANS, Math.max(-WIDEST_RADIANS, Math.atan2(x, -z) * WIDENING));
  const elevation = Math.atan2(y, Math.hypot(x, z));
  const across = Math.cos(elevation) * distance;
  return [Math.sin(azimuth) * across, Math.sin(elevation) * distance, -Math.cos(azimuth) * across];
}
