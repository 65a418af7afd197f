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
/** How far the throat is moved at most, by its distance from the jaw: less than that distance, or it would fold. */
const LIFT_OF_DISTANCE = 0.85;
/** Depths on the mean head between which the neck's side, where collars may stand up beside the jaw, goes over into the throat, metres. */
const SIDE_METERS = -0.075;
const THROAT_METERS = -0.045;
const COLUMN_PIXELS = 4;
const SMOOTHING_PASSES = 6;

/**
 * Lifts or lowers the shoulders until their line in the fitted view is the person's: landmarks say nothing of them, and
 * no two people hold them alike. Front and back move together, so the bust keeps its shape. The throat stays on
 * the jaw: lifted off its edge it would gape when the head looks up or turns.
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
  const seam = body.vertices.filter((_, i) => bodySeam[i] === 1);
  /** Metres on the mean head from where the neck joins the head, and how far forward that is. */
  const nearestSeam = (vertex: number): { fromSeam: number; seamDepth: number } => {
    let fromSeam = Infinity;
    let seamDepth = -Infinity;
    for (const other of seam) {
      const distance = distanceBetween(rig.positions, vertex, other);
      if (distance < fromSeam) { fromSeam = distance; seamDepth = rig.positions[other * 3 + 2]!; }
    }
    return { fromSeam, seamDepth };
  };
  body.vertices.forEach((vertex, i) => {
    const column = Math.min(columns - 1, Math.max(0, Math.floor(projected[vertex * 3]! / COLUMN_PIXELS)));
    const wanted = profile === undefined ? 0 : Math.min(HIGHEST_LIFT_METERS, Math.max(LOWEST_LIFT_METERS, profile[column]!));
    const full = wanted * smoothStep([NECK_METERS, SHOULDER_METERS], rig.positions[vertex * 3 + 1]!);
    const { fromSeam, seamDepth } = nearestSeam(vertex);
    const throat = smoothStep([SIDE_METERS, THROAT_METERS], seamDepth);
    const lift = (1 - throat) * full + throat * softly(full, LIFT_OF_DISTANCE * fromSeam);
    for (let axis = 0; axis < 3; axis += 1) moved[i * 3 + axis] = posed[vertex * 3 + axis]! + lift * view.up[axis]!;
  });
  return moved;
}

/** A value kept within ± `most` without a corner. */
function softly(value: number, most: number): number {
  return most <= 0 ? 0 : value / (1 + (value / most) ** 4) ** 0.25;
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
