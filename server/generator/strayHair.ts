import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { chunkStride } from '../../shared/splat/codec/avatarLayout.ts';
import type { Covering } from './covering.ts';
import { isVisible, rasteriseDepth } from './depthBuffer.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

const MOST_STRAY = 3_800;
const INSET_PIXELS = 2.5;
/** Strays lie this deep around the outline they hang from, metres, so that they do not form a sheet. */
const DEPTH_JITTER_METERS = 0.004;
const REACH_PIXELS = 160;
/** Strays are finer than the shell's own splats. */
const DENSER = 0.75;
/** Of their distance: less, and their rows would show. */
const JITTER = 0.45;
const SEEN_FACING = 0.1;
/** Strays that cover less than this together, square metres, are no lock of hair but a beard's rim or noise: they would dangle. */
const LEAST_LOCK_SQUARE_METERS = 8e-5;
/** Rows and columns of strays between two of one lock, at most. */
const LOCK_STEPS = 2;

/**
 * Adds splats where the portrait shows hair that the pushed-out shell does not reach: braids, locks, a knot. They hang
 * at the depth of the outline beside them and are bound to the shell there. Keeps the order progressive.
 */
export function addStrayHair(
  head: FittedHead, covering: Covering, draft: SplatDraft, labels: LabelMap, matte: DistanceField, random: SeededRandom,
): SplatDraft {
  const { view, rig } = head;
  const drawn = (face: number): boolean => REGION_NAMES[rig.faceRegions[face]!] !== 'shell'
    || [0, 1, 2].every((corner) => covering.hair[rig.faces[face * 3 + corner]!]! > 0.5);
  const buffer = rasteriseDepth(view.project(covering.surface), rig.faces, drawn, matte.width, matte.height, 0.5);
  const anchors = anchorCells(head, draft);
  if (anchors.sigma === 0) return draft;
  const spacing = Math.max(1.6, (DENSER * anchors.sigma / 0.6) * (view.camera.focalPixels / anchors.depth));
  const found: Stray[] = [];
  for (let y = spacing / 2, row = 0; y < matte.height; y += spacing * 0.87, row += 1) {
    for (let x = (row % 2) * spacing * 0.5, column = 0; x < matte.width; x += spacing, column += 1) {
      const u = x + random.between(-JITTER, JITTER) * spacing, v = y + random.between(-JITTER, JITTER) * spacing;
      if (distanceAt(matte, u, v) < INSET_PIXELS || labelAt(labels, u, v) !== LABEL.hair) continue;
      // Behind everything and yet visible: nothing of the head is drawn here.
      if (!isVisible(buffer, u, v, 1e6, 0)) continue;
      const anchor = anchors.nearest(u, v);
      if (anchor !== undefined) found.push({ anchor, x: u, y: v, row, column });
    }
  }
  const strayMeters = (spacing * anchors.depth) / view.camera.focalPixels;
  const added = inLocks(found, LEAST_LOCK_SQUARE_METERS / strayMeters ** 2);
  const keep = Math.min(1, MOST_STRAY / Math.max(1, added.length));
  const kept = added.filter(() => random.next() < keep).map((extra) => ({ ...extra, jitter: random.between(-1, 1) }));
  // Found row by row: a prefix must not have those of the first rows only.
  const stride = chunkStride(kept.length);
  const strewn = kept.map((_, i) => kept[(i * stride) % kept.length]!);
  return merge(draft, strewn, (extra, at, out) => {
    const anchor = extra.anchor.splat;
    const depth = extra.anchor.depth + extra.jitter * DEPTH_JITTER_METERS;
    const t = view.camera.cameraFromRigTranslation;
    const cx = ((extra.x - view.camera.principalPoint[0]) * depth) / view.camera.focalPixels - t[0];
    const cy = ((view.camera.principalPoint[1] - extra.y) * depth) / view.camera.focalPixels - t[1];
    const cz = -depth - t[2];
    for (let axis = 0; axis < 3; axis += 1) {
      out.centers[at * 3 + axis] = cx * view.right[axis]! + cy * view.up[axis]! + cz * view.back[axis]!;
      out.metric[at * 3 + axis] = out.centers[at * 3 + axis]!;
      out.normals[at * 3 + axis] = view.back[axis]!;
    }
    out.faces[at] = draft.faces[anchor]!;
    out.barycentrics.set(draft.barycentrics.subarray(anchor * 2, anchor * 2 + 2), at * 2);
    out.layers[at] = LAYER.shell;
    out.regions[at] = draft.regions[anchor]!;
    out.sigmas[at] = (DENSER * anchors.sigma) / Math.sqrt(keep);
  });
}

interface Stray { readonly anchor: Anchor; readonly x: number; readonly y: number; readonly row: number; readonly column: number }

/** Those that lie together with enough others. */
function inLocks(strays: readonly Stray[], leastCount: number): Stray[] {
  const key = (row: number, column: number): number => row * 65_536 + column;
  const open = new Map(strays.map((stray, i): [number, number] => [key(stray.row, stray.column), i]));
  const kept = new Uint8Array(strays.length);
  for (const first of strays.keys()) {
    const lock: number[] = [];
    const take = (row: number, column: number): void => {
      const i = open.get(key(row, column));
      if (i === undefined) return;
      open.delete(key(row, column));
      lock.push(i);
    };
    take(strays[first]!.row, strays[first]!.column);
    for (let next = 0; next < lock.length; next += 1) {
      const { row, column } = strays[lock[next]!]!;
      for (let down = -LOCK_STEPS; down <= LOCK_STEPS; down += 1) {
        for (let across = -LOCK_STEPS; across <= LOCK_STEPS; across += 1) take(row + down, column + across);
      }
    }
    if (lock.length >= leastCount) for (const i of lock) kept[i] = 1;
  }
  return strays.filter((_, i) => kept[i] === 1);
}

interface Anchor { readonly splat: number; readonly depth: number }
interface Anchors { readonly sigma: number; readonly depth: number; nearest(x: number, y: number): Anchor | undefined }

/** The shell's splats by image cell, to hang strays on: between its front and its back, which meet at the outline. */
function anchorCells({ view }: FittedHead, draft: SplatDraft): Anchors {
  const pixels = view.project(draft.centers);
  const size = 12;
  const cells = new Map<number, { splat: number; near: number; far: number }>();
  const key = (i: number, j: number): number => j * 4096 + i;
  let sigma = 0;
  let seen = 0;
  let depth = 0;
  let count = 0;
  for (let s = 0; s < draft.count; s += 1) {
    if (draft.layers[s] !== LAYER.shell) continue;
    const z = pixels[s * 3 + 2]!;
    depth += z;
    count += 1;
    const at = s * 3;
    // Behind the head hair may be drawn far more coarsely than where it is seen.
    if (view.facing(draft.centers[at]!, draft.centers[at + 1]!, draft.centers[at + 2]!,
      draft.normals[at]!, draft.normals[at + 1]!, draft.normals[at + 2]!) > SEEN_FACING) {
      sigma += draft.sigmas[s]!;
      seen += 1;
    }
    const place = key(Math.floor(pixels[at]! / size), Math.floor(pixels[at + 1]! / size));
    const cell = cells.get(place);
    if (cell === undefined) cells.set(place, { splat: s, near: z, far: z });
    else {
      cell.near = Math.min(cell.near, z);
      cell.far = Math.max(cell.far, z);
    }
  }
  return {
    sigma: seen === 0 ? 0 : sigma / seen, depth: count === 0 ? 1 : depth / count,
    nearest(x, y) {
      const i0 = Math.floor(x / size), j0 = Math.floor(y / size);
      let splat = -1;
      let last = REACH_PIXELS / size;
      let sum = 0;
      let weight = 0;
      for (let ring = 0; ring <= last; ring += 1) {
        for (let j = j0 - ring; j <= j0 + ring; j += 1) {
          for (let i = i0 - ring; i <= i0 + ring; i += 1) {
            if (Math.max(Math.abs(i - i0), Math.abs(j - j0)) !== ring) continue;
            const cell = cells.get(key(i, j));
            if (cell === undefined) continue;
            if (splat < 0) {
              splat = cell.splat;
              // Depths of the cells around are averaged, or strays would stand in steps.
              last = Math.min(last, ring + 4);
            }
            const share = 1 / (1 + ring) ** 2;
            sum += share * 0.5 * (cell.near + cell.far);
            weight += share;
          }
        }
      }
      return splat < 0 ? undefined : { splat, depth: sum / weight };
    },
  };
}

/** A draft with extra splats strewn evenly through its order; `fill` writes each extra one's columns. */
function merge<T>(draft: SplatDraft, extras: readonly T[], fill: (extra: T, at: number, out: SplatDraft) => void): SplatDraft {
  if (extras.length === 0) return draft;
  const n = draft.count + extras.length;
  const out = {
    count: n, k: draft.k, neighbours: new Int32Array(n * draft.k).fill(-1),
    faces: new Uint32Array(n), barycentrics: new Float32Array(n * 2), centers: new Float32Array(n * 3), normals: new Float32Array(n * 3),
    metric: new Float32Array(n * 3), layers: new Uint8Array(n), regions: new Uint8Array(n), sigmas: new Float32Array(n),
    lifts: new Float32Array(n), moved: new Uint8Array(n),
  };
  const places = new Int32Array(draft.count);
  const every = n / extras.length;
  let next = 0;
  for (let at = 0, old = 0; at < n; at += 1) {
    if (next < extras.length && (old === draft.count || at >= (next + 0.5) * every)) {
      fill(extras[next]!, at, out);
      next += 1;
      continue;
    }
    places[old] = at;
    out.faces[at] = draft.faces[old]!;
    out.layers[at] = draft.layers[old]!;
    out.regions[at] = draft.regions[old]!;
    out.sigmas[at] = draft.sigmas[old]!;
    out.lifts[at] = draft.lifts[old]!;
    out.moved[at] = draft.moved[old]!;
    out.barycentrics.set(draft.barycentrics.subarray(old * 2, old * 2 + 2), at * 2);
    for (const column of ['centers', 'normals', 'metric'] as const) out[column].set(draft[column].subarray(old * 3, old * 3 + 3), at * 3);
    old += 1;
  }
  for (let old = 0; old < draft.count; old += 1) {
    for (let i = 0; i < draft.k; i += 1) {
      const neighbour = draft.neighbours[old * draft.k + i]!;
      out.neighbours[places[old]! * draft.k + i] = neighbour < 0 ? -1 : places[neighbour]!;
    }
  }
  return out;
}
