import type { Mask } from './plane.ts';
import { dilate, erode, fillHoles } from './plane.ts';

/** Gaps in the outline up to twice this wide are bridged before what they enclose is filled, pixels of a 512-pixel crop. */
export const CLOSING_RADIUS = 12;
/** An outline is soft; this much of its rim is no hole, pixels. */
export const RIM_PIXELS = 4;
/** A pixel through which more light than this passes is a hole. */
export const HOLE_TRANSMITTANCE = 0.1;

/**
 * Share of a head's silhouette that one can look through, in percent.
 *
 * The silhouette is where coverage exceeds one half, closed with a disc of `CLOSING_RADIUS`, its enclosed gaps filled,
 * then taken `RIM_PIXELS` inward. So speckle, seams and rifts count; the soft edge of hair does not.
 * @param coverage 1 - transmittance of every pixel, in [0, 1]
 */
export function holePercent(coverage: Float32Array, width: number, height: number): number {
  // A frame around the picture keeps the closing from leaning on the picture's edge.
  const margin = CLOSING_RADIUS + 1;
  const wide = width + margin * 2;
  const tall = height + margin * 2;
  const framed: Mask = { width: wide, height: tall, data: new Uint8Array(wide * tall) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (coverage[y * width + x]! > 0.5) framed.data[(y + margin) * wide + x + margin] = 1;
  }
  const closed = fillHoles(erode(dilate(framed, CLOSING_RADIUS), CLOSING_RADIUS));
  const cropped: Mask = { width, height, data: new Uint8Array(width * height) };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) cropped.data[y * width + x] = closed.data[(y + margin) * wide + x + margin]!;
  }
  const inner = erode(cropped, RIM_PIXELS);
  let holes = 0;
  let area = 0;
  for (let i = 0; i < coverage.length; i++) {
    if (inner.data[i] === 0) continue;
    area++;
    if (1 - coverage[i]! > HOLE_TRANSMITTANCE) holes++;
  }
  return area === 0 ? 100 : (holes / area) * 100;
}
