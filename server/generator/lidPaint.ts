import { REGION_NAMES } from '../../shared/rig/rig.ts';
import type { SampledColors } from './colorSampling.ts';
import { landmarkOn, type FittedHead } from './fittedHead.ts';
import { insidePolygon, polygonDistance } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** Lid margins in MediaPipe's landmarks, outer to inner corner: subject's left eye, then right. */
export const LID_MARGINS = {
  left: { upper: [263, 466, 388, 387, 386, 385, 384, 398, 362], lower: [263, 249, 390, 373, 374, 380, 381, 382, 362] },
  right: { upper: [33, 246, 161, 160, 159, 158, 157, 173, 133], lower: [33, 7, 163, 144, 145, 153, 154, 155, 133] },
} as const;

const LASH_METERS = { upper: 0.0016, lower: 0.0008 } as const;
const LASH_LIFT_METERS = { upper: 0.0008, lower: 0.0004 } as const;
const LASH_DARKNESS = { upper: 0.62, lower: 0.3 } as const;
/** How far outside the eye's opening the portrait's colour is the lid's own, in eye widths. */
const CLEAR_OF_LASHES = [0.07, 0.18] as const;

/** How far a lid's own colour is believed where the portrait shows lashes or eye, or folds it away. */
const LID_TRUST = 0.35;
/** Lids are a little darker and redder than the cheek below. */
const LID_SHADE = [0.93, 0.89, 0.88] as const;

/** The openings of both eyes in the portrait, as polygons in pixels: subject's left, then right. */
export function eyeOpenings(landmarks: Float32Array): [number, number][][] {
  return [LID_MARGINS.left, LID_MARGINS.right].map(({ upper, lower }) =>
    [...upper, ...lower.slice(1, -1).reverse()].map((i): [number, number] => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]));
}

/**
 * Lowers the trust in what the portrait shows at and inside the lid margins: that is lashes and eye, and on a closed
 * lid it would be a brown patch. The lids' colour then comes from the skin around them.
 */
export function distrustLids(head: FittedHead, draft: SplatDraft, seen: SampledColors, landmarks: Float32Array): SampledColors {
  const openings = eyeOpenings(landmarks);
  const confidence = Float32Array.from(seen.confidence);
  const colors = Float32Array.from(seen.colors);
  const skins = eyeSkinColors(head, draft, seen);
  const widths = openings.map((polygon) => Math.hypot(polygon[0]![0] - polygon[8]![0], polygon[0]![1] - polygon[8]![1]));
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin) continue;
    const lid = REGION_NAMES[draft.regions[i]!]!.endsWith('Lid');
    const x = seen.pixels[i * 3]!, y = seen.pixels[i * 3 + 1]!;
    openings.forEach((polygon, eye) => {
      const width = widths[eye]!;
      if (Math.abs(x - polygon[4]![0]) > width || Math.abs(y - polygon[4]![1]) > width) return;
      const distance = insidePolygon(polygon, x, y) ? -1 : polygonDistance(polygon, x, y) / width;
      const [near, far] = CLEAR_OF_LASHES;
      const clear = Math.min(1, Math.max(0, (distance - near) / (far - near)));
      confidence[i] = confidence[i]! * (lid ? clear : Math.max(clear, 0.1));
    });
    if (!lid || confidence[i]! > LID_TRUST) continue;
    const skin = skins[draft.metric[i * 3]! > 0 ? 0 : 1]!;
    const share = confidence[i]! / LID_TRUST;
    for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = share * colors[i * 3 + c]! + (1 - share) * skin[c]! * LID_SHADE[c]!;
    confidence[i] = LID_TRUST;
  }
  return { ...seen, confidence, colors };
}

/** Median colour of the clear skin around each eye, brows left out: subject's left, then right. */
function eyeSkinColors(head: FittedHead, draft: SplatDraft, seen: SampledColors): [number[], number[]] {
  const { rig, neutral } = head;
  const colorOf = (middle: number): number[] => {
    const center = landmarkOn(rig, neutral.positions, middle);
    const near: number[] = [];
    for (let i = 0; i < draft.count; i += 1) {
      if (seen.confidence[i]! < 0.6 || REGION_NAMES[draft.regions[i]!] !== 'face') continue;
      const dy = draft.metric[i * 3 + 1]! - center[1];
      if (Math.abs(draft.metric[i * 3]! - center[0]) > 0.022 || dy > -0.014 || dy < -0.032) continue;
      near.push(i);
    }
    return [0, 1, 2].map((c) => {
      const sorted = near.map((i) => seen.colors[i * 3 + c]!).sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)] ?? 0.6;
    });
  };
  return [colorOf(473), colorOf(468)];
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
