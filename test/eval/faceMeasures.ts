/** MediaPipe's outline of the face, in order. */
export const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const;

/** Upper and lower lid landmarks, paired, and the corners. */
const EYES = [
  { lids: [[160, 144], [159, 145], [158, 153]], corners: [33, 133] },
  { lids: [[385, 380], [386, 374], [387, 373]], corners: [362, 263] },
] as const;
const INNER_LIPS = [13, 14] as const;
/** In front of the ears: between them lies the axis that a silhouette is turned about. */
export const EAR_LANDMARKS = [127, 356] as const;
const FACE_SIDES = [234, 454] as const;

/** Distance of two landmarks in the picture plane, pixels. */
export function landmarkDistance(landmarks: Float32Array, a: number, b: number): number {
  return Math.hypot(landmarks[a * 3]! - landmarks[b * 3]!, landmarks[a * 3 + 1]! - landmarks[b * 3 + 1]!);
}

/** Height of the lids' gap over the eye's width, mean of both eyes. */
export function eyeOpening(landmarks: Float32Array): number {
  let sum = 0;
  for (const { lids, corners } of EYES) {
    const height = lids.reduce((total, [upper, lower]) => total + landmarkDistance(landmarks, upper, lower), 0) / lids.length;
    sum += height / landmarkDistance(landmarks, corners[0], corners[1]);
  }
  return sum / EYES.length;
}

/** Gap between the lips' inner edges over the face's width. */
export function mouthGap(landmarks: Float32Array): number {
  return landmarkDistance(landmarks, ...INNER_LIPS) / landmarkDistance(landmarks, ...FACE_SIDES);
}

/** Mean distance of all landmarks between two pictures, pixels. */
export function meanLandmarkDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) sum += Math.hypot(a[i]! - b[i]!, a[i + 1]! - b[i + 1]!);
  return sum / (a.length / 3);
}

export function faceOval(landmarks: Float32Array): [number, number][] {
  return FACE_OVAL.map((i) => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]);
}
