import type { ImageRectangle } from './pixelImage.ts';

/** The box around landmarks in pixels, and the face's width from ear to ear. */
export function measureFace(landmarks: Float32Array): { readonly box: ImageRectangle; readonly faceWidth: number } {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 3) {
    left = Math.min(left, landmarks[i]!);
    right = Math.max(right, landmarks[i]!);
    top = Math.min(top, landmarks[i + 1]!);
    bottom = Math.max(bottom, landmarks[i + 1]!);
  }
  return { box: { x: left, y: top, width: right - left, height: bottom - top }, faceWidth: Math.hypot(right - left, bottom - top) / Math.SQRT2 };
}

/** Reaches of the crop from the middle of the face, in face sizes. */
const REACH = { side: 2.3, top: 2.4, bottom: 3.2 } as const;
/** A border nearer than this, in face sizes, is taken along. */
const NEAR_BORDER = 0.6;

/** The part of a portrait that shows head, hair and bust with room around, in whole pixels inside the picture. */
export function frameHeadAndBust(landmarks: Float32Array, width: number, height: number): ImageRectangle {
  const { box, faceWidth: size } = measureFace(landmarks);
  const [centerX, centerY] = [box.x + box.width / 2, box.y + box.height / 2];
  const near = NEAR_BORDER * size;
  const low = (value: number) => (value < near ? 0 : Math.floor(value));
  const high = (value: number, limit: number) => (value > limit - near ? limit : Math.ceil(value));
  const x = low(centerX - REACH.side * size);
  const y = low(centerY - REACH.top * size);
  return { x, y, width: high(centerX + REACH.side * size, width) - x, height: high(centerY + REACH.bottom * size, height) - y };
}

/** Where the head with its hair lies, for a closer look of the matte: a square around the face, not cut to the picture. */
export function frameHead(landmarks: Float32Array): ImageRectangle {
  const { box, faceWidth: size } = measureFace(landmarks);
  const side = 2.6 * size;
  return { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - 0.56 * side, width: side, height: side };
}
