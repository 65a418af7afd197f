import { REGION_NAMES } from '../../../shared/rig/rig.ts';
import { FACE_FRAME_STRIDE } from '../../../shared/splat/splatFrame.ts';
import { mix, type DraftSurface } from '../draftSurface.ts';
import type { FittedHead } from '../fittedHead.ts';
import type { SplatDraft } from '../splatDraft.ts';
import type { SplatParents } from './pointDraft.ts';
import { changeAt, clamp, depthBehind, LOOK_NAMES, lookAt, scaledChange, type Place, type PortraitEvidence } from './portraitEvidence.ts';
import { REGION_GROUPS, regionGroup } from './regionGroups.ts';

/** What of `lookAt` a splat is told: all but where in the picture it lies, which its position says. */
const LOOK_COUNT = LOOK_NAMES.indexOf('pixelX');
const WIDE_METERS = 0.008;
const USUAL_SIGMA_METERS = 0.001;
const HEIGHT_SCALE_METERS = 0.004;
const BEHIND_METERS = 0.02;

/** Columns of `childFeatures`, all in about [-1, 1]. */
export const CHILD_FEATURE_NAMES = [
  'inferredRed', 'inferredGreen', 'inferredBlue', 'trust',
  ...LOOK_NAMES.filter((_, i) => i < LOOK_COUNT),
  'fineChange', 'wideChange', 'axisCosine', 'axisSine', 'depthBehind',
  'normalRight', 'normalUp', 'normalBack', 'sigma', 'pointSpacing', 'pointDistance', 'height', 'hairCover',
  ...REGION_GROUPS.map((group) => `${group}Region` as const),
  'headHairRed', 'headHairGreen', 'headHairBlue', 'headSkinRed', 'headSkinGreen', 'headSkinBlue',
] as const;
export const CHILD_FEATURE_COUNT = CHILD_FEATURE_NAMES.length;

/** What the template's rules say of each splat's colour. */
export interface InferredColors {
  /** sRGB in [0, 1], [count, 3]. */
  readonly colors: Float32Array;
  /** How far they were seen in the portrait, in [0, 1], [count]. */
  readonly trust: Float32Array;
}

/**
 * What the Gaussian decoder is told about each splat but its position: what the portrait shows there, what the
 * template's rules infer, and how it lies to its point. [count, CHILD_FEATURE_COUNT]
 * @param surface the one the draft lies on (`PointDraft.raised`)
 * @param evidence of that surface, see `evidenceOn`
 */
export function childFeatures(
  surface: DraftSurface, draft: SplatDraft, points: SplatParents, inferred: InferredColors, evidence: PortraitEvidence,
): Float32Array {
  const { head, covering } = surface;
  const { view, rig } = head;
  const out = new Float32Array(draft.count * CHILD_FEATURE_COUNT);
  const look = new Float32Array(LOOK_NAMES.length);
  const pixel = new Float32Array(3);
  const axes = new Float32Array(2);
  const { hairColor, skinColor } = evidence.labels;
  for (let i = 0; i < draft.count; i += 1) {
    let at = i * CHILD_FEATURE_COUNT;
    const put = (value: number): void => { out[at] = value; at += 1; };
    for (let c = 0; c < 3; c += 1) put(2 * inferred.colors[i * 3 + c]! - 1);
    put(inferred.trust[i]!);
    const normal = draft.normals.subarray(i * 3, i * 3 + 3);
    const place: Place = { point: draft.centers.subarray(i * 3, i * 3 + 3), normal, pixel };
    lookAt(evidence, place, draft.sigmas[i]!, look, 0);
    for (let c = 0; c < LOOK_COUNT; c += 1) put(look[c]!);
    put(changeAlong(evidence, head, place, draft.faces[i]!, 3 * draft.sigmas[i]!, axes));
    put(changeAt(evidence, place, WIDE_METERS));
    put(axes[0]!);
    put(axes[1]!);
    put(clamp(depthBehind(evidence, place) / BEHIND_METERS));
    for (const direction of [view.right, view.up, view.back]) {
      put(direction[0] * normal[0]! + direction[1] * normal[1]! + direction[2] * normal[2]!);
    }
    put(clamp(Math.log2(draft.sigmas[i]! / USUAL_SIGMA_METERS) / 3));
    const spacing = points.spacingsMeters[i]!;
    const hasPoint = Number.isFinite(spacing);
    put(hasPoint ? clamp(Math.log2(spacing / (3 * USUAL_SIGMA_METERS)) / 3) : 1);
    put(hasPoint ? clamp(points.distancesMeters[i]! / spacing) : 1);
    put(clamp(Math.asinh(points.heightsMeters[i]! / HEIGHT_SCALE_METERS) / 4));
    put(mix(rig, draft.faces[i]!, draft.barycentrics, i, covering.hair, 1, 0));
    const group = regionGroup(REGION_NAMES[draft.regions[i]!]!);
    for (let g = 0; g < REGION_GROUPS.length; g += 1) put(g === group ? 1 : 0);
    for (const value of hairColor) put(2 * value - 1);
    for (const value of skinColor) put(2 * value - 1);
  }
  return out;
}

const tensor = new Float32Array(3);

/**
 * How much colours change around a place along the axes of its face's frame: returns their size as `scaledChange`, and
 * writes coherence times cosine and sine of twice the angle, in that frame, at which they change most.
 */
function changeAlong(
  { gradients }: PortraitEvidence, { frames, view }: FittedHead, { pixel }: Place, face: number, footprintMeters: number, out: Float32Array,
): number {
  const pixelsAMeter = view.camera.focalPixels / Math.max(pixel[2]!, 0.05);
  gradients.sample(pixel[0]!, pixel[1]!, footprintMeters * pixelsAMeter, tensor, 0);
  const f = frames.frames;
  const o = face * FACE_FRAME_STRIDE;
  const along = (axis: readonly [number, number, number], at: number): number => axis[0] * f[at]! + axis[1] * f[at + 1]! + axis[2] * f[at + 2]!;
  const tx = pixelsAMeter * along(view.right, o), ty = -pixelsAMeter * along(view.up, o);
  const bx = pixelsAMeter * along(view.right, o + 3), by = -pixelsAMeter * along(view.up, o + 3);
  const [xx, xy, yy] = [tensor[0]!, tensor[1]!, tensor[2]!];
  const tt = tx * tx * xx + 2 * tx * ty * xy + ty * ty * yy;
  const bb = bx * bx * xx + 2 * bx * by * xy + by * by * yy;
  const tb = tx * bx * xx + (tx * by + ty * bx) * xy + ty * by * yy;
  const sum = tt + bb;
  out[0] = sum > 1e-6 ? (tt - bb) / sum : 0;
  out[1] = sum > 1e-6 ? (2 * tb) / sum : 0;
  return scaledChange(Math.sqrt(Math.max(0, sum)));
}
