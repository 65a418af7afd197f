/** What head-and-shoulders pictures are centred on, rig space, metres. */
const BUST_MIDDLE = [0, -0.04, -0.05] as const;
/** Height that holds hair and collar, metres; and the width that ears and shoulders need when the camera circles. */
const BUST_HEIGHT_METERS = 0.44;
const BUST_WIDTH_METERS = 0.33;
const HEAD_MIDDLE = [0, -0.015, -0.05] as const;
const HEAD_HEIGHT_METERS = 0.36;
const HEAD_WIDTH_METERS = 0.3;

/** Target and span for `orbitCamera` that show head and shoulders in a picture of any shape. */
export function bustFraming(aspect: number): { target: readonly [number, number, number]; spanMeters: number } {
  return { target: BUST_MIDDLE, spanMeters: Math.max(BUST_HEIGHT_METERS, BUST_WIDTH_METERS / aspect) };
}

/** As `bustFraming`, for the head alone, hats and all: where pictures are small. */
export function headFraming(aspect: number): { target: readonly [number, number, number]; spanMeters: number } {
  return { target: HEAD_MIDDLE, spanMeters: Math.max(HEAD_HEIGHT_METERS, HEAD_WIDTH_METERS / aspect) };
}
