/** How far a face is turned from looking straight into the camera, in degrees. */
export interface HeadPose {
  /** To the subject's left positive. */
  readonly yawDegrees: number;
  /** Downwards positive. */
  readonly pitchDegrees: number;
  /** Clockwise in the picture positive. */
  readonly rollDegrees: number;
}

/** Landmarks that lie mirror-symmetrically on a head: the subject's right, then left. */
const SYMMETRIC_PAIRS = [[33, 263], [133, 362], [61, 291], [234, 454], [127, 356], [58, 288], [172, 397], [70, 300]] as const;
const FOREHEAD = 10;
const CHIN = 152;
/** A head that looks straight ahead has its chin a little in front of or behind its forehead: mean over frontal portraits. */
const NEUTRAL_PITCH_DEGREES = 0;

const DEGREES = 180 / Math.PI;

/**
 * A head's turn, read off the landmarks alone: the axis from right to left is the mean of the symmetric pairs, the axis
 * up runs from chin to forehead. Coarse (the model's depth is), but steady enough to refuse profiles.
 * @param landmarks in pixels, z smaller nearer, [478, 3]
 */
export function estimateHeadPose(landmarks: Float32Array): HeadPose {
  const difference = (from: number, to: number): [number, number, number] => [0, 1, 2].map((axis) => landmarks[3 * to + axis]! - landmarks[3 * from + axis]!) as [number, number, number];
  const across: [number, number, number] = [0, 0, 0];
  for (const [right, left] of SYMMETRIC_PAIRS) {
    const pair = difference(right, left);
    const length = Math.hypot(...pair) || 1;
    for (let axis = 0; axis < 3; axis++) across[axis] = across[axis]! + pair[axis]! / length;
  }
  const down = difference(FOREHEAD, CHIN);
  return {
    yawDegrees: Math.atan2(across[2], Math.hypot(across[0], across[1])) * DEGREES,
    pitchDegrees: Math.atan2(down[2], Math.hypot(down[0], down[1])) * DEGREES - NEUTRAL_PITCH_DEGREES,
    rollDegrees: Math.atan2(across[1], across[0]) * DEGREES,
  };
}
