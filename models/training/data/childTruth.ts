import { FACE_FRAME_STRIDE } from '../../../shared/splat/splatFrame.ts';
import { REGION_NAMES } from '../../../shared/rig/rig.ts';
import { LAYER } from '../../../server/generator/draftSurface.ts';
import type { FittedHead } from '../../../server/generator/fittedHead.ts';
import { LABEL } from '../../../server/generator/labelMap.ts';
import type { SplatDraft } from '../../../server/generator/splatDraft.ts';
import type { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { ChildDraft } from './childDraft.ts';
import type { RayHits, SceneRays } from './sceneRays.ts';
import type { SurfaceLook, SurroundViews } from './surroundViews.ts';
import { newLook } from './surroundViews.ts';
import { targetOf } from './siteTruth.ts';
import type { FittedSurface } from './siteTruth.ts';

/** Splats of a head that are learnt from. */
export const MOST_CHILDREN = 12_000;

/** What the decoder is to say about each of some splats. */
export interface ChildTruth {
  /** Splats of the draft, [count]. */
  readonly indices: Uint32Array;
  /** sRGB in [0, 1], [count, 3]. */
  readonly color: Float32Array;
  /** 1 where the colour is known. */
  readonly colorWeight: Uint8Array;
  /** Metres to add to the draft's height, along its normal. */
  readonly height: Float32Array;
  /** Share of the splat's footprint that the true surface fills. */
  readonly coverage: Float32Array;
  /** s·cos 2θ, s·sin 2θ, size: s the log of long over short axis, θ the long axis' direction in the face's frame, [count, 3]. */
  readonly axes: Float32Array;
}

/** What lies further off is another surface, and how far a splat may be moved, metres. */
const HEIGHT_LIMITS = { cover: 0.06, body: 0.02, eye: 0.004 } as const;
const CLOTHES_LIMIT_METERS = 0.06;
const MOST_HEIGHT_METERS = 0.03;
const FRINGE_METERS = 0.02;
/** Footprint that coverage is taken over, in standard deviations, and what still belongs to the same surface, metres. */
const FOOTPRINT_SIGMAS = 1.2;
const SAME_SURFACE_METERS = 0.025;
/** Changes too small to lay a splat along, sRGB² a metre². */
const FLAT_CHANGE = 150;
const MOST_ELONGATION = 0.8;
const SEEN = 0.5;

/** A random choice of splats, in the draft's order. */
export function chooseChildren(count: number, most: number, random: SeededRandom): Uint32Array {
  const chosen: number[] = [];
  for (let i = 0, left = Math.min(count, most); i < count && left > 0; i++) {
    if (random.next() * (count - i) >= left) continue;
    chosen.push(i);
    left--;
  }
  return Uint32Array.from(chosen);
}

/** Truth of splats on a head whose true surface is known. */
export function childTruth({ surface: { head }, overScalp }: FittedSurface, { draft }: ChildDraft, indices: Uint32Array, rays: SceneRays, views: SurroundViews): ChildTruth {
  const out = emptyTruth(indices);
  const hits = rays.newHits(indices.length);
  const fringe = rays.newHits(1);
  const look = newLook();
  indices.forEach((splat, i) => {
    const region = REGION_NAMES[draft.regions[splat]!]!;
    const target = targetOf(region);
    if (target === undefined) return;
    rays.cast(target, draft.centers, draft.normals, splat * 3, hits, i);
    const limit = region === 'bust' || region === 'neck' ? CLOTHES_LIMIT_METERS : HEIGHT_LIMITS[target];
    if (!(Math.abs(hits.heights[i]!) < limit)) clear(hits, i);
    let isStrand = target === 'cover';
    if (isStrand && hits.triangles[i]! < 0 && overScalp[draft.faces[splat]!] === 1) {
      rays.cast('body', draft.centers, draft.normals, splat * 3, hits, i);
      if (Math.abs(hits.heights[i]!) < HEIGHT_LIMITS.body) isStrand = false;
      else clear(hits, i);
    }
    if (target === 'body' && (region === 'face' || region.endsWith('Brow')) && rays.has('cover')) {
      clear(fringe, 0);
      rays.cast('cover', draft.centers, draft.normals, splat * 3, fringe, 0);
      if (Math.abs(fringe.heights[0]!) < FRINGE_METERS && !(hits.heights[i]! > fringe.heights[0]!)) {
        hits.heights[i] = fringe.heights[0]!;
        hits.triangles[i] = fringe.triangles[0]!;
        hits.barycentrics.set(fringe.barycentrics, i * 2);
        isStrand = true;
      }
    }
    if (isStrand) out.coverage[i] = coverageOf(draft, splat, rays, hits.heights[i]!);
    if (hits.triangles[i]! < 0) return;
    out.height[i] = Math.min(MOST_HEIGHT_METERS, Math.max(-MOST_HEIGHT_METERS, hits.heights[i]!));
    if (!views.look(hits, i, draft.normals, splat * 3, draft.sigmas[splat]!, isStrand, false, look)) return;
    out.color.set(look.color, i * 3);
    out.colorWeight[i] = 1;
    writeAxes(head, draft.faces[splat]!, look, out.axes, i * 3);
  });
  return out;
}

/** Truth of splats of a portrait: its own colours where it sees them, nothing else. */
export function portraitChildTruth({ draft, seen }: ChildDraft, indices: Uint32Array): ChildTruth {
  const out = emptyTruth(indices);
  indices.forEach((splat, i) => {
    if (draft.layers[splat] === LAYER.shell && seen.confidence[splat] === 0 && seen.labels[splat] === LABEL.background) {
      out.coverage[i] = 0.5;
    }
    if (seen.confidence[splat]! < SEEN) return;
    out.colorWeight[i] = 1;
    for (let c = 0; c < 3; c++) out.color[i * 3 + c] = seen.colors[splat * 3 + c]!;
  });
  return out;
}

function emptyTruth(indices: Uint32Array): ChildTruth {
  const count = indices.length;
  return {
    indices, color: new Float32Array(count * 3), colorWeight: new Uint8Array(count), height: new Float32Array(count),
    coverage: new Float32Array(count).fill(1), axes: new Float32Array(count * 3),
  };
}

/** How much of a splat's footprint hair fills at the height where it was met. */
function coverageOf(draft: SplatDraft, splat: number, rays: SceneRays, height: number): number {
  const n = draft.normals.subarray(splat * 3, splat * 3 + 3);
  const side = Math.abs(n[1]!) > 0.9 ? [1, 0, 0] : [0, 1, 0];
  const u = [n[1]! * side[2]! - n[2]! * side[1]!, n[2]! * side[0]! - n[0]! * side[2]!, n[0]! * side[1]! - n[1]! * side[0]!];
  const length = Math.hypot(u[0]!, u[1]!, u[2]!);
  for (let k = 0; k < 3; k++) u[k]! /= length;
  const v = [n[1]! * u[2]! - n[2]! * u[1]!, n[2]! * u[0]! - n[0]! * u[2]!, n[0]! * u[1]! - n[1]! * u[0]!];
  const reach = FOOTPRINT_SIGMAS * draft.sigmas[splat]!;
  let filled = Number.isNaN(height) ? 0 : 1;
  for (const [a, b] of AROUND) {
    for (let k = 0; k < 3; k++) beside[k] = draft.centers[splat * 3 + k]! + reach * (a * u[k]! + b * v[k]!);
    clear(besideHit, 0);
    rays.cast('cover', beside, n, 0, besideHit, 0);
    const own = besideHit.heights[0]!;
    if (Math.abs(own - (Number.isNaN(height) ? 0 : height)) < SAME_SURFACE_METERS) filled++;
  }
  return filled / (AROUND.length + 1);
}

const AROUND = [[1, 0], [-0.5, 0.87], [-0.5, -0.87]] as const;
const beside = new Float32Array(3);
const besideHit: RayHits = { heights: new Float32Array(1), triangles: new Int32Array(1), barycentrics: new Float32Array(2) };

/** The long axis lies across the direction in which colours change most, the longer the more one-sided they change. */
function writeAxes({ frames }: FittedHead, face: number, { tensor, right, up, pixelsPerMeter }: SurfaceLook, out: Float32Array, at: number): void {
  const f = frames.frames;
  const o = face * FACE_FRAME_STRIDE;
  const along = (axis: Float32Array, from: number): number => axis[0]! * f[from]! + axis[1]! * f[from + 1]! + axis[2]! * f[from + 2]!;
  const tx = pixelsPerMeter * along(right, o), ty = -pixelsPerMeter * along(up, o);
  const bx = pixelsPerMeter * along(right, o + 3), by = -pixelsPerMeter * along(up, o + 3);
  const xx = tensor[0]!, xy = tensor[1]!, yy = tensor[2]!;
  const tt = tx * tx * xx + 2 * tx * ty * xy + ty * ty * yy;
  const bb = bx * bx * xx + 2 * bx * by * xy + by * by * yy;
  const tb = tx * bx * xx + (tx * by + ty * bx) * xy + ty * by * yy;
  const mean = (tt + bb) / 2;
  const radius = Math.hypot((tt - bb) / 2, tb);
  if (!(radius > 1e-9)) return;
  const elongation = Math.min(MOST_ELONGATION, 0.25 * Math.log((mean + radius + FLAT_CHANGE) / (Math.max(0, mean - radius) + FLAT_CHANGE)));
  // Twice the angle of least change is opposite to twice that of most.
  out[at] = (-elongation * (tt - bb)) / 2 / radius;
  out[at + 1] = (-elongation * tb) / radius;
}

function clear(hits: RayHits, i: number): void {
  hits.heights[i] = NaN;
  hits.triangles[i] = -1;
}
