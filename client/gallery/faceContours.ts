/** Lines of a face over MediaPipe's 478 landmarks; `closed` ones end where they began. */
export interface FaceContour {
  readonly landmarks: readonly number[];
  readonly closed: boolean;
  /** Drawn stronger: what expression shows on. */
  readonly feature: boolean;
  /** Of irises: the shape that hides it. */
  readonly lid?: 'eyeBlinkLeft' | 'eyeBlinkRight';
}

/** MediaPipe's outline, eyes, brows and lips; the nose's ridge and wings; irises by their four rim points. */
export const FACE_CONTOURS: readonly FaceContour[] = [
  { closed: true, feature: false, landmarks: [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109] },
  { closed: true, feature: true, landmarks: [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246] },
  { closed: true, feature: true, landmarks: [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466] },
  { closed: true, feature: true, landmarks: [70, 63, 105, 66, 107, 55, 65, 52, 53, 46] },
  { closed: true, feature: true, landmarks: [300, 293, 334, 296, 336, 285, 295, 282, 283, 276] },
  { closed: true, feature: true, landmarks: [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185] },
  { closed: true, feature: true, landmarks: [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191] },
  { closed: false, feature: false, landmarks: [168, 6, 197, 195, 5, 4] },
  { closed: false, feature: false, landmarks: [98, 97, 2, 326, 327] },
  { closed: true, feature: true, lid: 'eyeBlinkRight', landmarks: [469, 470, 471, 472] },
  { closed: true, feature: true, lid: 'eyeBlinkLeft', landmarks: [474, 475, 476, 477] },
];
