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

const LASH_METERS = { upper: 0.0013, lower: 0.0007 } as const;
const LASH_DARKNESS = { upper: 0.7, lower: 0.35 } as const;
/** How far outside the eye's opening the portrait's colour is the lid's own, in eye widths. */
const CLEAR_OF_LASHES = [0.05, 0.13] as const;

/** The openings of both eyes in the portrait, as polygons in pixels: subject's left, then right. */
export function eyeOpenings(landmarks: Float32Array): [number, number][][] {
  return [LID_MARGINS.left, LID_MARGINS.right].map(({ upper, lower }) =>
    [...upper, ...lower.slice(1, -1).reverse()].map((i): [number, number] => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]));
}

/**
 * Lowers the trust in what the portrait shows at and inside the lid margins: that is lashes and eye, and on a closed
 * lid it would be a brown patch. The lids' colour then comes from the skin around them.
 */
export function distrustLids(draft: SplatDraft, seen: SampledColors, landmarks: Float32Array): SampledColors {
  const openings = eyeOpenings(landmarks);
  const confidence = Float32Array.from(seen.confidence);
  const widths = openings.map((polygon) => Math.hypot(polygon[0]![0] - polygon[8]![0], polygon[0]![1] - polygon[8]![1]));
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin || confidence[i] === 0) continue;
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
  }
  return { ...seen, confidence };
}

/** Draws the lash line along the lid margins, darkest at the margin. Colours are changed in place. */
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
