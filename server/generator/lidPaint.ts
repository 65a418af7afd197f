import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { smoothStep, type SampledColors } from './colorSampling.ts';
import { isLid, landmarkOn, type FittedHead } from './fittedHead.ts';
import { insidePolygon, polygonDistance } from './labelMap.ts';
import { luma } from './luma.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** Lid margins in MediaPipe's landmarks, outer to inner corner: subject's left eye, then right. */
export const LID_MARGINS = {
  left: { upper: [263, 466, 388, 387, 386, 385, 384, 398, 362], lower: [263, 249, 390, 373, 374, 380, 381, 382, 362] },
  right: { upper: [33, 246, 161, 160, 159, 158, 157, 173, 133], lower: [33, 7, 163, 144, 145, 153, 154, 155, 133] },
} as const;

const LASH_METERS = { upper: 0.0016, lower: 0.0008 } as const;
const LASH_LIFT_METERS = { upper: 0.0008, lower: 0.0004 } as const;
const LASH_DARKNESS = { upper: 0.62, lower: 0.3 } as const;
/** How far outside the eye's opening the portrait shows lashes, liner and crease rather than skin, in eye widths. */
const CLEAR_OF_LASHES = [0.05, 0.18] as const;
/** Where the skin around an eye is learnt, in eye widths from its opening. */
const SKIN_RING = [0.22, 0.6] as const;
/** The darkest of that ring is brow, its brightest gloss; shares of its splats. */
const SKIN_QUANTILES = [0.35, 0.95] as const;
const SKIN_REACH_METERS = 0.008;

/** How far a lid's own colour is believed where the portrait shows lashes or eye, or folds it away. */
const LID_TRUST = 0.35;
/** Lids are a little darker and redder than the skin around the eye. */
const LID_SHADE = [0.96, 0.92, 0.91] as const;
/** Brightness beside the eye over the skin's: a crease is shaded while the eye is open and flattens when it shuts. */
const BESIDE_SHADE = [0.7, 1.12] as const;

/** The openings of both eyes in the portrait, as polygons in pixels: subject's left, then right. */
export function eyeOpenings(landmarks: Float32Array): [number, number][][] {
  return [LID_MARGINS.left, LID_MARGINS.right].map(({ upper, lower }) =>
    [...upper, ...lower.slice(1, -1).reverse()].map((i): [number, number] => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]));
}

/**
 * How far each splat of skin lies where the portrait shows an eye, its lashes or its crease: 1 there, 0 from clear skin
 * on, [count]. Such a splat is skin when the eye shuts, whatever the open eye has at its place.
 */
export function besideEyes(draft: SplatDraft, pixels: Float32Array, landmarks: Float32Array): Float32Array {
  const distance = eyeDistances(draft, pixels, landmarks);
  return distance.map((value) => 1 - smoothStep(CLEAR_OF_LASHES, value));
}

/** Distance of each splat of skin from the nearer eye's opening in eye widths, -1 inside, Infinity far away, [count]. */
function eyeDistances(draft: SplatDraft, pixels: Float32Array, landmarks: Float32Array): Float32Array {
  const out = new Float32Array(draft.count).fill(Infinity);
  for (const polygon of eyeOpenings(landmarks)) {
    const width = Math.hypot(polygon[0]![0] - polygon[8]![0], polygon[0]![1] - polygon[8]![1]);
    for (let i = 0; i < draft.count; i += 1) {
      if (draft.layers[i] !== LAYER.skin) continue;
      const x = pixels[i * 3]!, y = pixels[i * 3 + 1]!;
      if (Math.abs(x - polygon[4]![0]) > 1.2 * width || Math.abs(y - polygon[4]![1]) > width) continue;
      out[i] = Math.min(out[i]!, insidePolygon(polygon, x, y) ? -1 : polygonDistance(polygon, x, y) / width);
    }
  }
  return out;
}

/**
 * Lowers the trust in what the portrait shows at and beside the lid margins: that is lashes, eye and crease, and on a
 * closed lid it would be a dark ring. The lids' colour then comes from the skin around them.
 */
export function distrustLids(head: FittedHead, draft: SplatDraft, seen: SampledColors, landmarks: Float32Array): SampledColors {
  const beside = besideEyes(draft, seen.pixels, landmarks);
  const confidence = Float32Array.from(seen.confidence);
  const colors = Float32Array.from(seen.colors);
  const skinAt = skinAroundEyes(head, draft, seen, landmarks);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin) continue;
    const lid = isLid(REGION_NAMES[draft.regions[i]!]!);
    const clear = confidence[i]! * (1 - beside[i]!);
    if (clear > LID_TRUST || (!lid && beside[i] === 0)) continue;
    const skin = skinAt(i);
    if (skin === undefined) { confidence[i] = clear; continue; }
    const own = seen.colors.subarray(i * 3, i * 3 + 3);
    const shade = Math.min(BESIDE_SHADE[1], Math.max(BESIDE_SHADE[0], brightness(own) / brightness(skin)));
    const share = clear / LID_TRUST;
    for (let c = 0; c < 3; c += 1) {
      const inferred = skin[c]! * (lid ? LID_SHADE[c]! : shade);
      colors[i * 3 + c] = share * own[c]! + (1 - share) * inferred;
    }
    confidence[i] = LID_TRUST;
  }
  return { ...seen, confidence, colors };
}

/** The clear skin around both eyes, brows left out, as a smooth function of a splat's place. */
function skinAroundEyes(
  head: FittedHead, draft: SplatDraft, seen: SampledColors, landmarks: Float32Array,
): (splat: number) => [number, number, number] | undefined {
  const distance = eyeDistances(draft, seen.pixels, landmarks);
  const [left, right] = [473, 468].map((middle) => landmarkOn(head.rig, head.neutral.positions, middle));
  const ring: number[] = [];
  for (let i = 0; i < draft.count; i += 1) {
    const name = REGION_NAMES[draft.regions[i]!]!;
    if (distance[i]! < SKIN_RING[0] || distance[i]! > SKIN_RING[1] || seen.confidence[i]! < 0.6 || !(name === 'face' || isLid(name))) continue;
    ring.push(i);
  }
  const lumas = new Map(ring.map((i) => [i, brightness(seen.colors.subarray(i * 3, i * 3 + 3))]));
  const samples = [1, -1].flatMap((side) => {
    const own = ring.filter((i) => draft.metric[i * 3]! * side > 0).sort((a, b) => lumas.get(a)! - lumas.get(b)!);
    return own.slice(Math.floor(SKIN_QUANTILES[0] * own.length), Math.ceil(SKIN_QUANTILES[1] * own.length));
  });
  return (splat) => {
    const [x, y] = [draft.metric[splat * 3]!, draft.metric[splat * 3 + 1]!];
    const eye = x > 0 ? left! : right!;
    if (Math.hypot(x - eye[0], y - eye[1]) > 0.04) return undefined;
    let total = 0;
    const sum: [number, number, number] = [0, 0, 0];
    for (const i of samples) {
      const d2 = (draft.metric[i * 3]! - x) ** 2 + (draft.metric[i * 3 + 1]! - y) ** 2;
      const weight = Math.exp(-0.5 * d2 / SKIN_REACH_METERS ** 2);
      total += weight;
      for (let c = 0; c < 3; c += 1) sum[c] = sum[c]! + weight * seen.colors[i * 3 + c]!;
    }
    return total < 1e-6 ? undefined : [sum[0] / total, sum[1] / total, sum[2] / total];
  };
}

/** Brightness that can be divided by. */
function brightness(color: ArrayLike<number>): number {
  return Math.max(0.01, luma(color, 0));
}

/** Whether a splat was painted as part of a lash by `paintLashes`. */
export function isLash(draft: SplatDraft, i: number): boolean {
  return draft.layers[i] === LAYER.skin && draft.lifts[i]! > 0 && isLid(REGION_NAMES[draft.regions[i]!]!);
}

/** Draws lashes along the lid margins, darkest at the margin and standing a little off it. Colours and lifts are changed in place. */
export function paintLashes(head: FittedHead, draft: SplatDraft, colors: Float32Array): void {
  const { rig, closedEyes } = head;
  for (const margins of [LID_MARGINS.left, LID_MARGINS.right]) {
    for (const part of ['upper', 'lower'] as const) {
      const line = margins[part].map((landmark) => landmarkOn(rig, closedEyes.positions, landmark));
      for (let i = 0; i < draft.count; i += 1) {
        const name = REGION_NAMES[draft.regions[i]!]!;
        if (!name.endsWith('Lid') || name.includes('Upper') !== (part === 'upper')) continue;
        const distance = distanceToLine(line, draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!);
        const reach = LASH_METERS[part];
        if (distance > reach * 2) continue;
        const dark = LASH_DARKNESS[part] * Math.exp(-0.5 * (distance / reach) ** 2);
        if (distance < reach) draft.lifts[i] = LASH_LIFT_METERS[part] * (1 - distance / reach);
        for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = colors[i * 3 + c]! * (1 - dark);
      }
    }
  }
}

export function distanceToLine(line: readonly (readonly [number, number, number])[], x: number, y: number, z: number): number {
  let best = Infinity;
  for (let s = 1; s < line.length; s += 1) {
    const a = line[s - 1]!, b = line[s]!;
    const e = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    const d = [x - a[0], y - a[1], z - a[2]];
    const t = Math.min(1, Math.max(0, (d[0]! * e[0]! + d[1]! * e[1]! + d[2]! * e[2]!) / Math.max(1e-12, e[0]! ** 2 + e[1]! ** 2 + e[2]! ** 2)));
    best = Math.min(best, Math.hypot(d[0]! - t * e[0]!, d[1]! - t * e[1]!, d[2]! - t * e[2]!));
  }
  return best;
}
