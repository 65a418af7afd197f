import { smoothStep } from './colorSampling.ts';
import { rasteriseDepth } from './depthBuffer.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import type { RigZones } from './rigZones.ts';

/** Heights on the mean head between which the neck goes over into shoulders that may be lifted, metres. */
const NECK_METERS = -0.08;
const SHOULDER_METERS = -0.145;
const LOWEST_LIFT_METERS = -0.08;
const HIGHEST_LIFT_METERS = 0.13;
/** Down from where it joins the head the neck is lifted little by little over at least this, and over so many times the lift: it must not fold. */
const EASE_METERS = 0.04;
const EASE_OF_LIFT = 1.8;
const COLUMN_PIXELS = 4;
const SMOOTHING_PASSES = 6;

/**
 * Lifts or lowers the shoulders until their line in the fitted view is the person's: landmarks say nothing of them, and
 * no two people hold them alike. Front and back move together, so the bust keeps its shape. Where the neck joins the head
 * nothing moves: a throat lifted off the jaw's edge would gape when the head looks up.
 * @returns posed positions of the body's vertices, moved, [body.vertices.length, 3]
 */
export function liftShoulders(head: FittedHead, { body, bodySeam }: Pick<RigZones, 'body' | 'bodySeam'>, labels: LabelMap, matte: DistanceField): Float32Array {
  const { posed, rig, view } = head;
  const moved = new Float32Array(body.vertices.length * 3);
  const projected = view.project(posed);
  const isBody = new Set(body.rigFaces);
  const buffer = rasteriseDepth(projected, rig.faces, (face) => isBody.has(face), matte.width, matte.height, 0.5);
  const columns = Math.ceil(matte.width / COLUMN_PIXELS);
  const lifts = new Float32Array(columns).fill(NaN);
  for (let column = 0; column < columns; column += 1) {
    const x = (column + 0.5) * COLUMN_PIXELS;
    const top = topOf(buffer, x);
    if (top === undefined || top.y < 3) continue;
    const line = shoulderLine(labels, matte, x, top.y);
    if (line !== undefined) lifts[column] = ((top.y - line) * top.depth) / view.camera.focalPixels;
  }
  const profile = smoothProfile(lifts);
  const seam = [...body.vertices.filter((_, i) => bodySeam[i] === 1)];
  body.vertices.forEach((vertex, i) => {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(projected[vertex * 3]! / COLUMN_PIXELS)));
    const wanted = profile === undefined ? 0 : Math.min(HIGHEST_LIFT_METERS, Math.max(LOWEST_LIFT_METERS, profile[column]!));
    const fromSeam = seam.reduce((least, other) => Math.min(least, distanceBetween(rig.positions, vertex, other)), Infinity);
    const lift = wanted * smoothStep([NECK_METERS, SHOULDER_METERS], rig.positions[vertex * 3 + 1]!)
      * smoothStep([0, Math.max(EASE_METERS, EASE_OF_LIFT * wanted)], fromSeam);
    for (let axis = 0; axis < 3; axis += 1) moved[i * 3 + axis] = posed[vertex * 3 + axis]! + lift * view.up[axis]!;
  });
  return moved;
}

function distanceBetween(positions: Float32Array, a: number, b: number): number {
  return Math.hypot(positions[a * 3]! - positions[b * 3]!, positions[a * 3 + 1]! - positions[b * 3 + 1]!, positions[a * 3 + 2]! - positions[b * 3 + 2]!);
}

/** The uppermost pixel of the bust in an image column, and its depth. */
function topOf(buffer: ReturnType<typeof rasteriseDepth>, x: number): { y: number; depth: number } | undefined {
  const i = Math.min(buffer.width - 1, Math.floor(x * buffer.scale));
  for (let j = 0; j < buffer.height; j += 1) {
    const depth = buffer.depth[j * buffer.width + i]!;
    if (depth < Infinity) return { y: j / buffer.scale, depth };
  }
  return undefined;
}

/** The row at which the person's shoulder begins in a column, from a row near it; undefined under hair or beside the person. */
function shoulderLine(labels: LabelMap, matte: DistanceField, x: number, start: number): number | undefined {
  const inside = (y: number): boolean => distanceAt(matte, x, y) > 0;
  const bottom = matte.height - 3;
  let y = Math.min(start, bottom);
  if (inside(y)) {
    while (y > 2 && inside(y - 1)) {
      y -= 1;
      if (labelAt(labels, x, y) === LABEL.hair) return undefined;
    }
    return y <= 2 ? undefined : y;
  }
  while (y < bottom && !inside(y)) y += 1;
  if (y >= bottom || labelAt(labels, x, y + 3) === LABEL.hair) return undefined;
  return y;
}

/** Fills columns that say nothing from those that do and smooths; columns under the head are skipped over. */
function smoothProfile(lifts: Float32Array): Float32Array | undefined {
  const known: number[] = [];
  lifts.forEach((lift, column) => {
    if (lift >= LOWEST_LIFT_METERS * 1.5 && lift <= HIGHEST_LIFT_METERS * 1.25) known.push(column);
  });
  if (known.length < 6) return undefined;
  let out = new Float32Array(lifts.length);
  for (let column = 0, next = 0; column < lifts.length; column += 1) {
    while (next < known.length - 1 && known[next]! < column) next += 1;
    const right = known[next]!;
    const left = right >= column && next > 0 && right !== column ? known[next - 1]! : right;
    const share = right === left ? 0 : Math.min(1, Math.max(0, (column - left) / (right - left)));
    out[column] = (1 - share) * lifts[left]! + share * lifts[right]!;
  }
  for (let pass = 0; pass < SMOOTHING_PASSES; pass += 1) {
    out = out.map((value, i) => (value * 2 + out[Math.max(0, i - 1)]! + out[Math.min(out.length - 1, i + 1)]!) / 4);
  }
  return out;
}
