import type { PixelImage } from './analysedPortrait.ts';
import { overlap, type FaceDetection, type FaceDetector } from './faceDetector.ts';
import { cropImage } from './pixelImage.ts';

/** Boxes of the two detectors that overlap more than this show one face; theirs differ more than one detector's own. */
const SAME_FACE_OVERLAP = 0.25;
const TILE_SHARE = 0.5;
const TILES_PER_SIDE = 3;

/**
 * Finds the faces of a picture, large and small: the short-range detector answers first, as in the browser; the
 * full-range one adds the faces it misses; and where neither finds any, the full-range detector looks at overlapping
 * parts of the picture.
 * @returns detections in pixels of `image`, the short-range ones first, each group best first
 */
export async function searchFaces(image: PixelImage, detectors: { readonly short: FaceDetector; readonly full: FaceDetector }): Promise<FaceDetection[]> {
  const near = await detectors.short.detect(image);
  const found = addUnseen(near, await detectors.full.detect(image));
  if (found.length > 0) return found;
  const [width, height] = [Math.round(image.width * TILE_SHARE), Math.round(image.height * TILE_SHARE)];
  let inTiles: FaceDetection[] = [];
  for (let row = 0; row < TILES_PER_SIDE; row++) {
    for (let column = 0; column < TILES_PER_SIDE; column++) {
      const x = Math.round(((image.width - width) * column) / (TILES_PER_SIDE - 1));
      const y = Math.round(((image.height - height) * row) / (TILES_PER_SIDE - 1));
      const detections = await detectors.full.detect(cropImage(image, { x, y, width, height }));
      inTiles = addUnseen(inTiles, detections.map((detection) => moveDetection(detection, x, y)));
    }
  }
  return inTiles;
}

function addUnseen(known: readonly FaceDetection[], more: readonly FaceDetection[]): FaceDetection[] {
  return [...known, ...more.filter((candidate) => !known.some((face) => overlap(face.box, candidate.box) > SAME_FACE_OVERLAP))];
}

function moveDetection(detection: FaceDetection, x: number, y: number): FaceDetection {
  const { box } = detection;
  return {
    score: detection.score, box: { ...box, x: box.x + x, y: box.y + y },
    keypoints: detection.keypoints.map((value, i) => value + (i % 2 === 0 ? x : y)),
  };
}
