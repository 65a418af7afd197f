/** What head-and-shoulders pictures are centred on, rig space, metres. */
const BUST_MIDDLE = [0, -0.04, -0.05] as const;
/** Height that holds hair and collar, metres; and the width that ears and shoulders need when the camera circles. */
const BUST_HEIGHT_METERS = 0.44;
const BUST_WIDTH_METERS = 0.33;

/** Target and span for `orbitCamera` that show head and shoulders in a picture of any shape. */
export function bustFraming(aspect: number): { target: readonly [number, number, number]; spanMeters: number } {
  return { target: BUST_MIDDLE, spanMeters: Math.max(BUST_HEIGHT_METERS, BUST_WIDTH_METERS / aspect) };
}
