import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { smoothStep, type SampledColors } from './colorSampling.ts';
import { landmarkOn, type FittedHead } from './fittedHead.ts';
import { insidePolygon, polygonDistance } from './labelMap.ts';
import { luma } from './luma.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** The lips' opening in MediaPipe's landmarks, once round; the corners are the first and the eleventh. */
export const INNER_LIPS = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];
/** In `INNER_LIPS`, whose first place is the other corner. */
export const OTHER_MOUTH_CORNER = 10;
/** Under daylight on a face whose skin has the luma that `exposure` divides by. */
const GENERIC = { teeth: [0.86, 0.83, 0.77], tongue: [0.66, 0.38, 0.37], cavity: [0.36, 0.15, 0.14] } as const;

/** Brightness over that of a tooth at its place from which on a tooth is taken to be seen. */
const TOOTHLIKE = [0.55, 0.8] as const;

/** Skin is trusted from here on outward of the lips' opening, in mouth widths; darker skin only further out. */
const CLEAR_OF_OPENING = [0.01, 0.05] as const;
const CLEAR_OF_SHADOW = [0.04, 0.14] as const;
/** Skin this much darker than the face's may be the shadow in a mouth's corner. */
const SHADOW = [0.75, 0.5] as const;

/** The lips' opening in a portrait, pixels, in the order of `INNER_LIPS`. */
export function innerLips(landmarks: Float32Array): [number, number][] {
  return INNER_LIPS.map((i) => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]);
}

/** Distance between two places of the lips' opening: by default from corner to corner. */
export function acrossLips(lips: readonly (readonly [number, number])[], from = 0, to = OTHER_MOUTH_CORNER): number {
  return Math.hypot(lips[from]![0] - lips[to]![0], lips[from]![1] - lips[to]![1]);
}

/**
 * Skin at the mouth's edge that the portrait shows as teeth, or as the dark in a mouth's corner, is not believed: it
 * would be drawn out to streaks when the jaw opens. Returns changed confidences; the rest is shared.
 */
export function distrustMouth(draft: SplatDraft, seen: SampledColors, landmarks: Float32Array, skinColor: readonly number[]): SampledColors {
  const lips = innerLips(landmarks);
  const corners = [lips[0]!, lips[OTHER_MOUTH_CORNER]!];
  const width = acrossLips(lips);
  const middle = [(corners[0]![0] + corners[1]![0]) / 2, (corners[0]![1] + corners[1]![1]) / 2];
  const brightness = luma(skinColor, 0);
  const confidence = Float32Array.from(seen.confidence);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin || confidence[i] === 0) continue;
    const x = seen.pixels[i * 3]!, y = seen.pixels[i * 3 + 1]!;
    if (Math.hypot(x - middle[0]!, y - middle[1]!) > width) continue;
    const away = insidePolygon(lips, x, y) ? 0 : polygonDistance(lips, x, y) / width;
    let trust = smoothStep(CLEAR_OF_OPENING, away);
    if (!REGION_NAMES[draft.regions[i]!]!.endsWith('Lip')) {
      const fromCorner = Math.min(...corners.map((corner) => Math.hypot(x - corner[0], y - corner[1]))) / width;
      const dark = 1 - smoothStep([SHADOW[1], SHADOW[0]], luma(seen.colors, i * 3) / Math.max(brightness, 0.05));
      trust *= 1 - dark * (1 - smoothStep(CLEAR_OF_SHADOW, fromCorner));
    }
    confidence[i] = confidence[i]! * trust;
  }
  return { ...seen, confidence };
}

/**
 * Teeth, tongue and the cavity: generic colours in the portrait's light, darker the deeper they lie behind the lips;
 * where the portrait shows teeth between parted lips, theirs. Colours are changed in place.
 */
export function paintMouth(
  head: FittedHead, draft: SplatDraft, seen: SampledColors, landmarks: Float32Array, skinColor: readonly number[], colors: Float32Array,
): void {
  const { rig, neutral } = head;
  const lips = innerLips(landmarks);
  const mouthWidth = acrossLips(lips);
  const front = (landmarkOn(rig, neutral.positions, 13)[2] + landmarkOn(rig, neutral.positions, 14)[2]) / 2;
  const brightness = luma(skinColor, 0);
  const exposure = Math.min(1.05, 0.72 + 0.45 * brightness);
  const tint = skinColor.map((value) => 0.9 + 0.1 * (value / Math.max(brightness, 0.05)));
  const clearOf = (i: number): number => {
    const x = seen.pixels[i * 3]!, y = seen.pixels[i * 3 + 1]!;
    if (seen.confidence[i]! < 0.3 || !insidePolygon(lips, x, y)) return 0;
    return Math.min(1, Math.max(0, (polygonDistance(lips, x, y) / mouthWidth - 0.015) / 0.04));
  };
  const seenTeeth: number[] = [];
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] === LAYER.teeth && clearOf(i) > 0.8 && luma(seen.colors, i * 3) > 0.6 * brightness) seenTeeth.push(i);
  }
  const ownTeeth = seenTeeth.length < 30 ? undefined : [0, 1, 2].map((c) => {
    const sorted = seenTeeth.map((i) => seen.colors[i * 3 + c]!).sort((a, b) => a - b);
    return sorted[Math.floor(0.6 * sorted.length)]!;
  });
  for (let i = 0; i < draft.count; i += 1) {
    const layer = draft.layers[i]!;
    if (layer !== LAYER.teeth && layer !== LAYER.tongue && layer !== LAYER.cavity) continue;
    const depth = Math.max(0, front - draft.metric[i * 3 + 2]!);
    const region = REGION_NAMES[draft.regions[i]!]!;
    const kind = layer === LAYER.teeth ? 'teeth' : layer === LAYER.tongue ? 'tongue' : 'cavity';
    const fall = { teeth: 0.022, tongue: 0.034, cavity: 0.012 }[kind];
    const shade = Math.exp(-(Math.max(0, depth - (kind === 'cavity' ? 0.002 : 0.008)) / fall)) * (region === 'lowerTeeth' ? 0.86 : 1);
    const base = kind === 'teeth' && ownTeeth !== undefined ? ownTeeth : GENERIC[kind].map((value, c) => value * exposure * tint[c]!);
    // What shows between parted lips is teeth far more often than tongue.
    // The dark between parted rows of teeth is no tooth.
    const toothlike = kind === 'teeth' ? smoothStep(TOOTHLIKE, luma(seen.colors, i * 3) / Math.max(0.05, shade * luma(base, 0))) : 1;
    const trust = toothlike * clearOf(i) * { teeth: 0.8, tongue: 0.1, cavity: 0.4 }[kind];
    for (let c = 0; c < 3; c += 1) {
      colors[i * 3 + c] = Math.min(1, (1 - trust) * base[c]! * shade + trust * seen.colors[i * 3 + c]!);
    }
  }
}
