import type { AnalysedPortrait } from '../../perception/analysedPortrait.ts';
import { foreignness, portraitDepth, smoothStep } from '../colorSampling.ts';
import { isVisible, type DepthBuffer } from '../depthBuffer.ts';
import { distanceAt, type DistanceField } from '../distanceField.ts';
import type { DraftSurface } from '../draftSurface.ts';
import type { FittedHead } from '../fittedHead.ts';
import type { LabelMap } from '../labelMap.ts';
import { PortraitSampler } from '../portraitSampler.ts';
import { GradientPyramid } from './gradientPyramid.ts';
import { pictureCrop, type PictureCrop } from './picture.ts';

/** What a portrait can be asked about places on its fitted surface. Made once a portrait. */
export interface PortraitEvidence {
  readonly head: FittedHead;
  readonly labels: LabelMap;
  readonly matte: DistanceField;
  readonly sampler: PortraitSampler;
  readonly gradients: GradientPyramid;
  readonly depth: DepthBuffer;
  readonly crop: PictureCrop;
  /** Distance of the eyes' outer sides from each other in the portrait, pixels: the unit of distances in it. */
  readonly faceWidthPixels: number;
}

const FACING = [0.12, 0.5] as const;
const EDGE_PIXELS = [2, 5] as const;
const DEPTH_TOLERANCE_METERS = 0.004;
/** Colour changes a metre that are neither many nor few, and the octaves around it that are told apart. */
const USUAL_CHANGE = 60;
const CHANGE_OCTAVES = 4;
/** The same for pixels a metre. */
const USUAL_RESOLUTION = 1_500;
const FAR_FACE_WIDTHS = 0.5;

export function portraitEvidence(surface: DraftSurface, portrait: AnalysedPortrait, labels: LabelMap, matte: DistanceField): PortraitEvidence {
  const { head, covering } = surface;
  const { image, landmarks } = portrait;
  return {
    head, labels, matte, sampler: new PortraitSampler(image), gradients: new GradientPyramid(image, matte),
    depth: portraitDepth(head, covering, image.width, image.height), crop: pictureCrop(head),
    faceWidthPixels: Math.max(8, Math.hypot(landmarks[234 * 3]! - landmarks[454 * 3]!, landmarks[234 * 3 + 1]! - landmarks[454 * 3 + 1]!)),
  };
}

/** The same portrait looked at through another surface of the same head. */
export function evidenceOn(evidence: PortraitEvidence, { head, covering }: DraftSurface): PortraitEvidence {
  return { ...evidence, depth: portraitDepth(head, covering, head.view.camera.width, head.view.camera.height) };
}

/** What `lookAt` writes, in order. Colours and shares are stretched to [-1, 1]. */
export const LOOK_NAMES = [
  'red', 'green', 'blue', 'background', 'skin', 'hair', 'clothes', 'matteDistance', 'foreignness', 'facing', 'visible', 'confidence',
  'resolution', 'pixelX', 'pixelY', 'inPicture',
] as const;

/** A place on the surface: a point and a unit normal, rig space, in the portrait's pose. */
export interface Place {
  readonly point: Float32Array;
  readonly normal: Float32Array;
  /** Pixel x, pixel y and depth in metres, [3]: written by `lookAt`. */
  readonly pixel: Float32Array;
}

/**
 * What the portrait shows at a place, averaged over `footprintMeters`: LOOK_NAMES' values to out[at…], in about [-1, 1].
 * Fills in `place.pixel`.
 */
export function lookAt(evidence: PortraitEvidence, place: Place, footprintMeters: number, out: Float32Array, at: number): void {
  const { head: { view }, labels, matte, sampler, depth, crop, faceWidthPixels } = evidence;
  const { point, normal, pixel } = place;
  view.project(point, pixel);
  const [x, y, z] = [pixel[0]!, pixel[1]!, pixel[2]!];
  const pixelsAMeter = view.camera.focalPixels / Math.max(z, 0.05);
  sampler.sample(x, y, footprintMeters * pixelsAMeter, out, at);
  for (let c = 0; c < 3; c += 1) out[at + c] = 2 * out[at + c]! - 1;
  labelShares(labels, x, y, out, at + 3);
  const inside = distanceAt(matte, x, y);
  out[at + 7] = clamp(inside / (FAR_FACE_WIDTHS * faceWidthPixels));
  out[at + 8] = foreignness(labels, matte, x, y);
  const facing = view.facing(point[0]!, point[1]!, point[2]!, normal[0]!, normal[1]!, normal[2]!);
  out[at + 9] = facing;
  const inImage = x >= 1 && y >= 1 && x <= view.camera.width - 2 && y <= view.camera.height - 2;
  const visible = inImage && facing > 0 && isVisible(depth, x, y, z, DEPTH_TOLERANCE_METERS) ? 1 : 0;
  out[at + 10] = visible;
  out[at + 11] = visible * smoothStep(FACING, facing) * smoothStep(EDGE_PIXELS, inside);
  out[at + 12] = clamp(Math.log2(pixelsAMeter / USUAL_RESOLUTION) / 2);
  const u = (2 * (x - crop.x)) / crop.side - 1, v = (2 * (y - crop.y)) / crop.side - 1;
  out[at + 13] = clamp(u);
  out[at + 14] = clamp(v);
  out[at + 15] = Math.abs(u) < 1 && Math.abs(v) < 1 && inImage ? 1 : 0;
}

const tensor = new Float32Array(3);

/** Root mean square of the colour's change a metre around a place that `lookAt` saw, by its logarithm, in [-1, 1]. */
export function changeAt({ gradients, head: { view } }: PortraitEvidence, { pixel }: Place, footprintMeters: number): number {
  const pixelsAMeter = view.camera.focalPixels / Math.max(pixel[2]!, 0.05);
  gradients.sample(pixel[0]!, pixel[1]!, footprintMeters * pixelsAMeter, tensor, 0);
  return scaledChange(Math.sqrt(tensor[0]! + tensor[2]!) * pixelsAMeter);
}

/** How far a place that `lookAt` saw lies behind the nearest surface there, metres; 0 outside of the picture. */
export function depthBehind({ depth }: PortraitEvidence, { pixel }: Place): number {
  const i = Math.floor(pixel[0]! * depth.scale), j = Math.floor(pixel[1]! * depth.scale);
  if (i < 0 || j < 0 || i >= depth.width || j >= depth.height) return 0;
  const nearest = depth.depth[j * depth.width + i]!;
  return Number.isFinite(nearest) ? pixel[2]! - nearest : 0;
}

/** A colour's change a metre as a feature in [-1, 1], by its logarithm. */
export function scaledChange(changeAMeter: number): number {
  return clamp(Math.log2(Math.max(changeAMeter, 1e-3) / USUAL_CHANGE) / CHANGE_OCTAVES);
}

/** Shares of the four labels around an image position, to out[at..at+3]; beyond the image all is background. */
function labelShares(map: LabelMap, x: number, y: number, out: Float32Array, at: number): void {
  out.fill(0, at, at + 4);
  const fx = x * map.scale - 0.5, fy = y * map.scale - 0.5;
  const i = Math.floor(fx), j = Math.floor(fy);
  for (let corner = 0; corner < 4; corner += 1) {
    const column = i + (corner & 1), row = j + (corner >> 1);
    const weight = (corner & 1 ? fx - i : 1 - fx + i) * (corner >> 1 ? fy - j : 1 - fy + j);
    const outside = column < 0 || row < 0 || column >= map.width || row >= map.height;
    const label = outside ? 0 : map.labels[row * map.width + column]!;
    out[at + label] = out[at + label]! + weight;
  }
}

export function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
