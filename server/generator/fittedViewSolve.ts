import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import { grownLogScales } from '../../shared/splat/prefixGrowth.ts';
import type { FaceFrames } from '../../shared/splat/splatFrame.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { solveColors } from './colorSolve.ts';
import type { DistanceField } from './distanceField.ts';
import { isLid, type FittedHead } from './fittedHead.ts';
import { besideEyes, isLash } from './lidPaint.ts';
import type { LabelMap } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { settleColors } from './solvedColors.ts';
import { solveViews, stackViews, type SolveView } from './solveViews.ts';
import { rasteriseSplats, type PosedSplats, type SplatContributions } from './splatRasteriser.ts';
import { luma } from './luma.ts';
import type { CoatedSplats } from './undercoat.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';

const ITERATIONS = 10;
/** Once lashes are what they may be. */
const LAST_ITERATIONS = 2;
/** Contributions too small to matter to the solve. */
const MINIMUM_WEIGHT = 0.004;
/**
 * Pull towards the sampled colour by surface: what is painted from knowledge must not be repainted from one view, and
 * what the view hardly sees would be repainted with what the surfaces before it leave over.
 */
const RIDGE = { seen: 0.02, unseenSkin: 0.8, unseenCover: 0.4, foldedLid: 25, besideEye: 0.7, lash: 0.05, eye: 0.25, mouth: 0.6 } as const;
/** Trust under which a splat counts as hardly seen. */
const SEEN_TRUST = 0.5;

/** The brightest a lash may be solved: so many times its painted colour, and a little more. */
const LASH_CEILING = [1.3, 0.03] as const;

/**
 * Colours solved jointly so that the fitted view's blend shows the portrait, [count, 3]; those of the undercoat stay as they are.
 * @param coated the draft's splats over their undercoat
 * @param trust how far the portrait was believed for the sampled colour of each of the draft's, [draft.count]
 */
export function solveFittedView(
  head: FittedHead, draft: SplatDraft, { splats, coatCount }: CoatedSplats, portrait: AnalysedPortrait, matte: DistanceField,
  labels: LabelMap, trust: Float32Array,
): Float32Array {
  const { count } = splats;
  const ofDraft = (colors: Float32Array): Float32Array => colors.subarray(coatCount * 3);
  const centers = new Float32Array(count * 3);
  const covariances = new Float32Array(count * 6);
  splatCenters(splats, head.frames, centers);
  splatCovariances(splats, head.frames, covariances);
  const posed = { count, centers, covariances, opacities: splats.opacities };
  const views = solveViews({ head, portrait, matte, labels });
  const shown = (view: SolveView, drawn: PosedSplats): { view: SolveView; contributions: SplatContributions } =>
    ({ view, contributions: rasteriseSplats(drawn, view.camera, { pixels: view.pixelWeights, minimumWeight: MINIMUM_WEIGHT }) });
  const stacked = stackViews([
    shown(views.head, posed), shown(views.body, posed),
    ...views.prefixes.map(({ splats: most, view }) => shown(view, prefixOf(posed, splats, head.frames, most))),
  ]);
  const ridge = new Float32Array(count);
  const pixels = head.view.project(draft.centers);
  ridge.set(ridges(draft, trust, besideEyes(draft, pixels, portrait.landmarks)), coatCount);
  const system = { ...stacked, sampled: splats.colors, ridge };
  const held = new Uint8Array(count).fill(1, 0, coatCount);
  const solved = solveColors({ ...system, iterations: ITERATIONS, held });
  keepLashesDark(draft, ofDraft(splats.colors), ofDraft(solved));
  const settle = (colors: Float32Array): void => settleColors(draft, pixels, portrait.landmarks, ofDraft(splats.colors), ofDraft(colors));
  settle(solved);
  // What lashes and teeth may not show, others now do.
  for (let i = 0; i < draft.count; i += 1) held[coatCount + i] = Number(isLash(draft, i) || draft.layers[i] === LAYER.teeth);
  const colors = solveColors({ ...system, iterations: LAST_ITERATIONS, start: solved, held });
  settle(colors);
  return colors;
}

/**
 * An avatar's prefix alone, as the renderer draws it. Without a view of it neighbouring splats solve to colours that
 * are right only together, and a prefix is speckled.
 */
function prefixOf(posed: PosedSplats, splats: BoundSplats, frames: FaceFrames, most: number): PosedSplats {
  const count = Math.min(most, posed.count);
  const covariances = new Float32Array(count * 6);
  splatCovariances({ ...splats, logScales: grownLogScales(splats, count) }, frames, covariances, 0, count);
  return { count, covariances, centers: posed.centers.subarray(0, count * 3), opacities: posed.opacities.subarray(0, count) };
}

/**
 * Lashes lie over the eye's edge: its white and its iris must not be solved into them, they would show as gaps and green
 * or blue specks in a shut eye. They keep their painted hue, and about its darkness.
 */
function keepLashesDark(draft: SplatDraft, painted: Float32Array, colors: Float32Array): void {
  for (let i = 0; i < draft.count; i += 1) {
    if (!isLash(draft, i)) continue;
    const own = Math.max(0.01, luma(painted, i * 3));
    const brightness = Math.min(luma(colors, i * 3), LASH_CEILING[0] * own + LASH_CEILING[1]) / own;
    for (let at = i * 3; at < i * 3 + 3; at += 1) colors[at] = Math.min(1, painted[at]! * brightness);
  }
}

function ridges(draft: SplatDraft, trust: Float32Array, beside: Float32Array): Float32Array {
  return Float32Array.from({ length: draft.count }, (_, i) => {
    const unseen = Math.max(0, SEEN_TRUST - trust[i]!);
    switch (draft.layers[i]) {
      case LAYER.shell: return RIDGE.seen + RIDGE.unseenCover * unseen;
      case LAYER.leftEye: case LAYER.rightEye: return RIDGE.eye;
      case LAYER.skin:
        if (isLash(draft, i)) return RIDGE.lash;
        if (isLid(REGION_NAMES[draft.regions[i]!]!) && trust[i]! < 0.6) return RIDGE.foldedLid;
        return RIDGE.seen + RIDGE.unseenSkin * unseen + RIDGE.besideEye * beside[i]!;
      default: return RIDGE.mouth;
    }
  });
}
