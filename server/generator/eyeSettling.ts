import { smoothStep } from './colorSampling.ts';
import { insideOpening } from './eyePaint.ts';
import type { FittedHead } from './fittedHead.ts';
import { eyeOpenings } from './lidPaint.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** From without the lids' edges inwards, in eye widths: where an eye may be solved. */
const SOLVED_WITHIN = [-0.03, 0.015] as const;
/** How much brighter than painted an eye's splat may be solved: share and sum. */
const GLOSS = [1, 0.06] as const;

/**
 * Takes back what solving for one view has put onto eyes that must turn: under the lids' edges an eye keeps its painted
 * colour, since what shines through there is lash and lid; and reflections, which do not turn along with the gaze, stay
 * faint: the renderer draws its own. `solved` is changed in place.
 * @param painted colours before they were solved, [count, 3]
 */
export function settleEyes(head: FittedHead, draft: SplatDraft, landmarks: Float32Array, painted: Float32Array, solved: Float32Array): void {
  const pixels = head.view.project(draft.centers);
  const openings = eyeOpenings(landmarks);
  for (let i = 0; i < draft.count; i += 1) {
    const eye = [LAYER.leftEye, LAYER.rightEye].findIndex((layer) => layer === draft.layers[i]);
    if (eye < 0) continue;
    const clear = smoothStep(SOLVED_WITHIN, insideOpening(openings[eye]!, pixels[i * 3]!, pixels[i * 3 + 1]!));
    for (let at = i * 3; at < i * 3 + 3; at += 1) solved[at] = painted[at]! + clear * (solved[at]! - painted[at]!);
    const most = (1 + GLOSS[0]) * luma(painted, i * 3) + GLOSS[1];
    const gain = Math.min(1, most / Math.max(1e-3, luma(solved, i * 3)));
    for (let at = i * 3; at < i * 3 + 3; at += 1) solved[at] = gain * solved[at]!;
  }
}

const luma = (color: ArrayLike<number>, at: number): number => 0.3 * color[at]! + 0.59 * color[at + 1]! + 0.11 * color[at + 2]!;
