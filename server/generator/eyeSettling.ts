import { clearOfLids, dim, tint } from './eyePaint.ts';
import type { FittedHead } from './fittedHead.ts';
import { eyeOpenings } from './lidPaint.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** How much of its hue an eye's splat keeps as painted. */
const PAINTED_HUE = 0.6;

/**
 * Takes back what solving for one view has put onto eyes that must turn: under the lids' edges an eye keeps its painted
 * colour, since what shines through there is lash and lid, and reflections stay out of it, since they do not turn along
 * with the gaze; the renderer draws its own. `solved` is changed in place.
 * @param painted colours before they were solved, [count, 3]
 */
export function settleEyes(head: FittedHead, draft: SplatDraft, landmarks: Float32Array, painted: Float32Array, solved: Float32Array): void {
  const pixels = head.view.project(draft.centers);
  const openings = eyeOpenings(landmarks);
  for (let i = 0; i < draft.count; i += 1) {
    const eye = [LAYER.leftEye, LAYER.rightEye].findIndex((layer) => layer === draft.layers[i]);
    if (eye < 0) continue;
    const clear = clearOfLids(openings[eye]!, pixels[i * 3]!, pixels[i * 3 + 1]!);
    const usual = painted.subarray(i * 3, i * 3 + 3);
    for (let c = 0; c < 3; c += 1) solved[i * 3 + c] = usual[c]! + clear * (solved[i * 3 + c]! - usual[c]!);
    tint(solved, i, usual, PAINTED_HUE);
    dim(solved, i, usual);
  }
}
