import { REGION_NAMES } from '../../shared/rig/rig.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import type { Covering } from './covering.ts';
import { isVisible, rasteriseDepth, type DepthBuffer } from './depthBuffer.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { distanceIn, FACE_OVAL, insidePolygon, LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { PortraitSampler } from './portraitSampler.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** What the portrait says about each splat's colour, and how much that is worth. */
export interface SampledColors {
  /** [count, 3] */
  readonly colors: Float32Array;
  /** In [0, 1], [count]; 0 where the portrait does not see the splat. */
  readonly confidence: Float32Array;
  /** Pixel position in the portrait, and depth in metres, [count, 3]. */
  readonly pixels: Float32Array;
  /** Label in the portrait there, [count]. */
  readonly labels: Uint8Array;
}

/** The matte's edge is mixed with the background: nothing is taken from its outermost pixels. */
const EDGE_PIXELS = [2, 5] as const;
const SIDE_EDGE_PIXELS = [3, 9] as const;
/** Skin behind this depth is ear, neck or side of the head, metres. */
const SIDE_DEPTH_METERS = -0.03;
/** How deep inside the matte hair may be thin, and how far from the hair's colours background is. */
const FLYAWAY_PIXELS = [15, 45] as const;
const UNLIKE_SKIN = [2.5, 4.5] as const;
const SKIN_RIM_PIXELS = [10, 24] as const;
const FOREIGN_HAIR = [1.6, 3] as const;
const LIKE_BACKGROUND = [-0.2, 0.8] as const;
const FACING = [0.12, 0.5] as const;
const DEPTH_TOLERANCE_METERS = 0.004;
const DEPTH_MAX_SIDE = 768;

export function sampleColors(
  head: FittedHead, covering: Covering, draft: SplatDraft, portrait: AnalysedPortrait, labels: LabelMap, matte: DistanceField,
): SampledColors {
  const { view } = head;
  const { width, height } = portrait.image;
  const buffer = portraitDepth(head, covering, width, height);
  const sampler = new PortraitSampler(portrait.image);
  const oval = FACE_OVAL.map((i): [number, number] => [portrait.landmarks[i * 3]!, portrait.landmarks[i * 3 + 1]!]);
  const pixels = view.project(draft.centers);
  const colors = new Float32Array(draft.count * 3);
  const confidence = new Float32Array(draft.count);
  const splatLabels = new Uint8Array(draft.count);
  for (let i = 0; i < draft.count; i += 1) {
    const x = pixels[i * 3]!, y = pixels[i * 3 + 1]!, depth = pixels[i * 3 + 2]!;
    sampler.sample(x, y, (0.8 * draft.sigmas[i]! * view.camera.focalPixels) / Math.max(depth, 0.05), colors, i * 3);
    splatLabels[i] = labelAt(labels, x, y);
    if (x < 1 || y < 1 || x > width - 2 || y > height - 2) continue;
    if (!isVisible(buffer, x, y, depth, DEPTH_TOLERANCE_METERS)) continue;
    const facing = view.facing(draft.centers[i * 3]!, draft.centers[i * 3 + 1]!, draft.centers[i * 3 + 2]!,
      draft.normals[i * 3]!, draft.normals[i * 3 + 1]!, draft.normals[i * 3 + 2]!);
    confidence[i] = smoothStep(FACING, facing) * smoothStep(EDGE_PIXELS, distanceAt(matte, x, y));
    // Ears and the sides of the head lie at the matte's edge, where background shines through.
    if (draft.layers[i] === LAYER.skin && draft.metric[i * 3 + 2]! < SIDE_DEPTH_METERS && REGION_NAMES[draft.regions[i]!] !== 'bust') {
      const right = splatLabels[i] === LABEL.skin || (splatLabels[i] === LABEL.clothes && REGION_NAMES[draft.regions[i]!] === 'neck');
      confidence[i] = right ? confidence[i]! * smoothStep(SIDE_EDGE_PIXELS, distanceAt(matte, x, y)) : 0;
    }
    if (draft.layers[i] === LAYER.skin && REGION_NAMES[draft.regions[i]!] !== 'bust') {
      confidence[i] = confidence[i]! * (1 - backgroundOnSkin(labels, matte, x, y));
      if (REGION_NAMES[draft.regions[i]!]!.endsWith('Ear')) {
        confidence[i] = confidence[i]! * (1 - smoothStep(UNLIKE_SKIN, distanceIn(labels, labels.skinDistances, x, y)));
      }
    }
    // Hair that hangs before cheeks and neck belongs to the shell in front of them, not to their skin.
    if (draft.layers[i] === LAYER.skin && splatLabels[i] === LABEL.hair && !insidePolygon(oval, x, y)) confidence[i] = 0;
    // Flyaway hair lets the background through well inside the matte.
    if (draft.layers[i] === LAYER.shell && splatLabels[i] !== LABEL.clothes) {
      confidence[i] = confidence[i]! * (1 - foreignness(labels, matte, x, y));
    }
    if (draft.layers[i] === LAYER.shell && splatLabels[i] === LABEL.clothes) confidence[i] = 0;
  }
  return { colors, confidence, pixels, labels: splatLabels };
}

/** The nearest surface at each pixel of the portrait, hair where there is any. */
export function portraitDepth({ rig, view }: FittedHead, covering: Covering, width: number, height: number): DepthBuffer {
  const drawn = (face: number): boolean => {
    if (REGION_NAMES[rig.faceRegions[face]!] !== 'shell') return true;
    const [a, b, c] = [0, 1, 2].map((corner) => covering.hair[rig.faces[face * 3 + corner]!]!);
    return a! + b! + c! > 1.5;
  };
  return rasteriseDepth(view.project(covering.surface), rig.faces, drawn, width, height, Math.min(1, DEPTH_MAX_SIDE / Math.max(width, height)));
}

/** How surely a pixel inside the matte's rim shows the background between hairs, in [0, 1]. */
export function foreignness(labels: LabelMap, matte: DistanceField, x: number, y: number): number {
  const nearEdge = 1 - smoothStep(FLYAWAY_PIXELS, distanceAt(matte, x, y));
  if (nearEdge === 0) return 0;
  const hair = distanceIn(labels, labels.hairDistances, x, y);
  const background = distanceIn(labels, labels.backgroundDistances, x, y);
  return nearEdge * Math.max(smoothStep(FOREIGN_HAIR, hair), smoothStep(LIKE_BACKGROUND, hair - background));
}

/** How surely a pixel near the matte's rim is background where skin should be, in [0, 1]. */
function backgroundOnSkin(labels: LabelMap, matte: DistanceField, x: number, y: number): number {
  const nearEdge = 1 - smoothStep(SKIN_RIM_PIXELS, distanceAt(matte, x, y));
  if (nearEdge === 0) return 0;
  const skin = distanceIn(labels, labels.skinDistances, x, y);
  return nearEdge * smoothStep(LIKE_BACKGROUND, skin - distanceIn(labels, labels.backgroundDistances, x, y));
}

export function smoothStep([low, high]: readonly [number, number], value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
