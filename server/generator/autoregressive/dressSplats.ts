import { REGION_NAMES } from '../../../shared/rig/rig.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import type { DecodedSplats } from '../../inference/gaussianDecoder.ts';
import type { PaintedColors } from '../fittedPortrait.ts';
import { isLid } from '../fittedHead.ts';
import { LAYER, type SplatDraft } from '../splatDraft.ts';

/** The most the decoder changes: beyond it, it errs. */
const MOST_ELONGATION = 0.8;
const MOST_HEIGHT_METERS = 0.002;
const MOST_COLOR = 0.15;
/** Logarithm of length over width below which a splat stays round, and steps of it and of its direction: shapes cost bytes. */
const LEAST_ELONGATION = 0.3;
const ELONGATION_STEP = 0.2;
const ANGLE_STEPS = 16;
const OPACITY_STEPS = 12;
/** Skin never lets through what lies behind it. */
const LEAST_SKIN_OPACITY = 0.9;
const LEAST_HAIR_OPACITY = 0.6;
const MOST_OPACITY = 0.97;

/** Eyes, lids and the mouth's inside are drawn from knowledge of how they move: the decoder leaves them as they are. */
function isDressed(draft: SplatDraft, i: number): boolean {
  const layer = draft.layers[i]!;
  return (layer === LAYER.skin || layer === LAYER.shell) && !isLid(REGION_NAMES[draft.regions[i]!]!);
}

/** Moves hair along its normals by what the decoder says; skin stays smooth. Before `writeSplats`; in place. */
export function liftSplats(draft: SplatDraft, decoded: DecodedSplats): void {
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell) continue;
    const height = limit(decoded.heights[i]!, MOST_HEIGHT_METERS);
    for (let axis = 0; axis < 3; axis += 1) draft.centers[i * 3 + axis] = draft.centers[i * 3 + axis]! + height * draft.normals[i * 3 + axis]!;
  }
}

/** Colours with the decoder's residuals, as far as the portrait does not show them itself, [count, 3]. */
export function dressColors(draft: SplatDraft, painted: PaintedColors, decoded: DecodedSplats): Float32Array {
  const colors = Float32Array.from(painted.colors);
  for (let i = 0; i < draft.count; i += 1) {
    if (!isDressed(draft, i)) continue;
    const share = 1 - Math.min(1, painted.trust[i]!) ** 2;
    for (let at = i * 3; at < i * 3 + 3; at += 1) {
      colors[at] = Math.min(1, Math.max(0, colors[at]! + share * limit(decoded.colors[at]!, MOST_COLOR)));
    }
  }
  return colors;
}

/**
 * Opacity and elongation as decoded, on splats that lie as the draft has them: long along the decoded angle, and as much
 * narrower across. New columns; the rest is shared.
 */
export function dressSplats(draft: SplatDraft, splats: BoundSplats, decoded: DecodedSplats): BoundSplats {
  const opacities = Float32Array.from(splats.opacities);
  const logScales = Float32Array.from(splats.logScales);
  const rotations = Float32Array.from(splats.rotations);
  for (let i = 0; i < draft.count; i += 1) {
    if (!isDressed(draft, i)) continue;
    const least = draft.layers[i] === LAYER.shell ? LEAST_HAIR_OPACITY : LEAST_SKIN_OPACITY;
    // What the writer does not draw at all stays so.
    if (opacities[i]! > 0) opacities[i] = Math.min(MOST_OPACITY, Math.max(least, Math.round(decoded.opacities[i]! * OPACITY_STEPS) / OPACITY_STEPS));
    const asked = decoded.logScales[i * 3]! - decoded.logScales[i * 3 + 1]!;
    if (Math.abs(asked) < LEAST_ELONGATION) continue;
    const elongation = Math.round(limit(asked, MOST_ELONGATION) / ELONGATION_STEP) * ELONGATION_STEP;
    logScales[i * 3] = logScales[i * 3]! + elongation / 2;
    logScales[i * 3 + 1] = logScales[i * 3 + 1]! - elongation / 2;
    turnInPlane(rotations, i * 4, (Math.round((decoded.angles[i]! / Math.PI) * ANGLE_STEPS) / ANGLE_STEPS) * Math.PI);
  }
  return { ...splats, opacities, logScales, rotations };
}

/** The rotation about the splat's own normal first, then what it had. */
function turnInPlane(rotations: Float32Array, at: number, angle: number): void {
  const s = Math.sin(angle / 2), c = Math.cos(angle / 2);
  const [x, y, z, w] = [rotations[at]!, rotations[at + 1]!, rotations[at + 2]!, rotations[at + 3]!];
  rotations[at] = x * c + y * s;
  rotations[at + 1] = y * c - x * s;
  rotations[at + 2] = w * s + z * c;
  rotations[at + 3] = w * c - z * s;
}

function limit(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}
