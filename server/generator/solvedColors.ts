import { smoothStep } from './colorSampling.ts';
import { insideOpening, OTHER_CORNER } from './eyePaint.ts';
import { acrossLips, innerLips, OTHER_MOUTH_CORNER } from './mouthPaint.ts';
import { eyeOpenings } from './lidPaint.ts';
import { luma } from './luma.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** From without the lids' edges inwards, in eye widths: where an eye may be solved. */
const SOLVED_WITHIN_LIDS = [-0.03, 0.015] as const;
/** The same for teeth and tongue, in mouth widths: lips are soft, and are found less surely than lids. */
const SOLVED_WITHIN_LIPS = [-0.06, -0.02] as const;
/** In `INNER_LIPS`. */
const [UPPER_MIDDLE, LOWER_MIDDLE] = [5, 15];
/** How much brighter than painted an eye's splat may be solved: share and sum. */
const GLOSS = [1.5, 0.08] as const;
/**
 * How dark a tooth may be solved, as a share of how it was painted: the dark between the rows is not theirs. Between lips that
 * are hardly parted all that is dark is theirs, or teeth would be stained: by how far they are, in mouth widths.
 */
const LEAST_OF_TOOTH = { parted: 0.25, touching: 0.8 } as const;
const PARTED = [0.05, 0.065] as const;

/**
 * Takes back what solving for one view has put onto eyes that must turn and onto a mouth's inside that lips will uncover.
 * Under the edges of lids and lips the painted colour stays: what shines through there is lash, lid and lip. Reflections on eyes,
 * which do not turn along with the gaze, stay faint: the renderer draws its own. `solved` is changed in place.
 * @param pixels where the draft's splats lie in the portrait, [count, 3]
 * @param painted colours before they were solved, [count, 3]
 */
export function settleColors(draft: SplatDraft, pixels: Float32Array, landmarks: Float32Array, painted: Float32Array, solved: Float32Array): void {
  const [leftEye, rightEye] = eyeOpenings(landmarks);
  const mouth = innerLips(landmarks);
  const parted = smoothStep(PARTED, acrossLips(mouth, UPPER_MIDDLE, LOWER_MIDDLE) / Math.max(1e-6, acrossLips(mouth)));
  const leastOfTooth = parted * LEAST_OF_TOOTH.parted + (1 - parted) * LEAST_OF_TOOTH.touching;
  for (let i = 0; i < draft.count; i += 1) {
    const layer = draft.layers[i]!;
    if (layer === LAYER.skin || layer === LAYER.shell) continue;
    const isEye = layer === LAYER.leftEye || layer === LAYER.rightEye;
    const [x, y] = [pixels[i * 3]!, pixels[i * 3 + 1]!];
    const clear = isEye
      ? smoothStep(SOLVED_WITHIN_LIDS, insideOpening(layer === LAYER.leftEye ? leftEye! : rightEye!, OTHER_CORNER, x, y))
      : smoothStep(SOLVED_WITHIN_LIPS, insideOpening(mouth, OTHER_MOUTH_CORNER, x, y));
    for (let at = i * 3; at < i * 3 + 3; at += 1) solved[at] = painted[at]! + clear * (solved[at]! - painted[at]!);
    if (layer === LAYER.teeth) keepLight(solved, painted, i, leastOfTooth);
    if (!isEye) continue;
    const most = (1 + GLOSS[0]) * luma(painted, i * 3) + GLOSS[1];
    const gain = Math.min(1, most / Math.max(1e-3, luma(solved, i * 3)));
    for (let at = i * 3; at < i * 3 + 3; at += 1) solved[at] = gain * solved[at]!;
  }
}

/** Mixes in as much of the painted colour as keeps a splat from being too dark for a tooth; its own hue is then shadow and lip. */
function keepLight(solved: Float32Array, painted: Float32Array, i: number, least: number): void {
  const usual = luma(painted, i * 3), own = luma(solved, i * 3);
  if (own >= least * usual) return;
  const share = (least * usual - own) / (usual - own);
  for (let at = i * 3; at < i * 3 + 3; at += 1) solved[at] = (1 - share) * solved[at]! + share * painted[at]!;
}
