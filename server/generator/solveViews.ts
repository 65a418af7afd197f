import type { PinholeCamera } from '../../shared/splat/projection.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { foreignness } from './colorSampling.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { shrinkImage, type ImageWindow } from './imageShrink.ts';
import { FACE_OVAL, LABEL, labelAt, type LabelMap } from './labelMap.ts';
import type { SplatContributions } from './splatRasteriser.ts';

/** A picture that splats should show: a window of the portrait at its own resolution. */
export interface SolveView {
  readonly camera: PinholeCamera;
  /** In [0, 1], [width * height, 3]. */
  readonly target: Float32Array;
  /** How much each pixel counts, [width * height]; 0 outside the person. */
  readonly pixelWeights: Float32Array;
}

interface SeenPortrait {
  readonly head: FittedHead;
  readonly portrait: AnalysedPortrait;
  readonly matte: DistanceField;
  readonly labels: LabelMap;
}

/** Resolutions, pixels a metre at the face: of the head and of everything around it. */
const HEAD_PIXELS_PER_METER = 1_600;
const BODY_PIXELS_PER_METER = 1_000;
/** Prefixes that must look right by themselves, each at about the resolution at which so few are drawn. */
const PREFIXES = [
  { splats: 20_480, pixelsPerMeter: 900 },
  { splats: 8_192, pixelsPerMeter: 600 },
] as const;
/** At most so many pixels of head, whatever its resolution. */
const MOST_HEAD_PIXELS = 600_000;
/** The head's window around the face oval, in heights of the oval: at its sides, above, below. */
const HEAD_MARGIN = { side: 0.5, top: 0.55, bottom: 0.3 } as const;
/** A pixel counts by its area: one at this resolution counts 1. */
const UNIT_PIXELS_PER_METER = 2_000;
/** What a prefix shows beside the same area shown by all splats. */
const PREFIX_WEIGHT = 0.07;

/** The head, everything around it, and both once more, coarser, for each prefix by itself. */
export function solveViews(seen: SeenPortrait): { head: SolveView; body: SolveView; prefixes: readonly { splats: number; view: SolveView }[] } {
  const { image, landmarks } = seen.portrait;
  const face = FACE_OVAL.map((i): [number, number] => [landmarks[i * 3]!, landmarks[i * 3 + 1]!]);
  const [left, right] = [Math.min(...face.map(([x]) => x)), Math.max(...face.map(([x]) => x))];
  const [top, bottom] = [Math.min(...face.map(([, y]) => y)), Math.max(...face.map(([, y]) => y))];
  const size = Math.max(right - left, bottom - top);
  const x0 = Math.max(0, Math.floor(left - HEAD_MARGIN.side * size)), x1 = Math.min(image.width, Math.ceil(right + HEAD_MARGIN.side * size));
  const y0 = Math.max(0, Math.floor(top - HEAD_MARGIN.top * size)), y1 = Math.min(image.height, Math.ceil(bottom + HEAD_MARGIN.bottom * size));
  const pixelsPerMeter = seen.head.view.camera.focalPixels / Math.max(0.05, seen.head.view.project(new Float32Array(3))[2]!);
  const stepAt = (resolution: number): number => Math.max(1, pixelsPerMeter / resolution);
  const headStep = Math.max(stepAt(HEAD_PIXELS_PER_METER), Math.sqrt(((x1 - x0) * (y1 - y0)) / MOST_HEAD_PIXELS));
  const windowOf = (l: number, t: number, r: number, b: number, step: number): ImageWindow =>
    ({ left: l, top: t, step, width: Math.floor((r - l) / step), height: Math.floor((b - t) / step) });
  const whole = (step: number): ImageWindow => windowOf(0, 0, image.width, image.height, step);
  const weightOf = (step: number): number => ((UNIT_PIXELS_PER_METER * step) / pixelsPerMeter) ** 2;
  const bodyStep = stepAt(BODY_PIXELS_PER_METER);
  const prefix = (step: number): SolveView => viewOf(seen, whole(step), () => PREFIX_WEIGHT * weightOf(step));
  const inHead = (x: number, y: number): boolean => x >= x0 && x < x1 && y >= y0 && y < y1;
  return {
    head: viewOf(seen, windowOf(x0, y0, x1, y1, headStep), () => weightOf(headStep)),
    body: viewOf(seen, whole(bodyStep), (x, y) => (inHead(x, y) ? 0 : weightOf(bodyStep))),
    prefixes: PREFIXES.map(({ splats, pixelsPerMeter: resolution }) => ({ splats, view: prefix(stepAt(resolution)) })),
  };
}

/** A window of the portrait; `weight` of a pixel by its place in the image. */
function viewOf({ head, portrait, matte, labels }: SeenPortrait, window: ImageWindow, weight: (x: number, y: number) => number): SolveView {
  const { width, height, left, top, step } = window;
  const pixelWeights = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const u = left + (x + 0.5) * step, v = top + (y + 0.5) * step;
      const inside = Math.min(1, Math.max(0, (distanceAt(matte, u, v) - 1) / 2));
      if (inside === 0) continue;
      const foreign = labelAt(labels, u, v) === LABEL.hair ? foreignness(labels, matte, u, v) : 0;
      pixelWeights[y * width + x] = weight(u, v) * inside * (1 - 0.9 * foreign);
    }
  }
  const { camera } = head.view;
  return {
    target: shrinkImage(portrait.image, window), pixelWeights,
    camera: {
      ...camera, width, height, focalPixels: camera.focalPixels / step,
      principalPoint: [(camera.principalPoint[0] - left) / step, (camera.principalPoint[1] - top) / step],
    },
  };
}

/** Several views as one: the pixels of each follow those of the views before it. */
export function stackViews(parts: readonly { view: SolveView; contributions: SplatContributions }[]): {
  contributions: SplatContributions; target: Float32Array; pixelWeights: Float32Array;
} {
  const all = parts.map(({ contributions }) => contributions);
  const pixelCount = sum(parts.map(({ view }) => view.pixelWeights.length));
  const entryCount = sum(all.map(({ pixels }) => pixels.length));
  const groupCount = sum(all.map(({ splats }) => splats.length));
  const stacked = {
    splats: new Uint32Array(groupCount), starts: new Uint32Array(groupCount + 1),
    pixels: new Uint32Array(entryCount), weights: new Float32Array(entryCount), transmittance: new Float32Array(pixelCount),
  };
  const target = new Float32Array(pixelCount * 3);
  const pixelWeights = new Float32Array(pixelCount);
  let pixelsBefore = 0, entriesBefore = 0, groupsBefore = 0;
  for (const { view, contributions } of parts) {
    stacked.splats.set(contributions.splats, groupsBefore);
    stacked.weights.set(contributions.weights, entriesBefore);
    stacked.transmittance.set(contributions.transmittance, pixelsBefore);
    for (let i = 0; i < contributions.splats.length; i += 1) stacked.starts[groupsBefore + i] = contributions.starts[i]! + entriesBefore;
    for (let i = 0; i < contributions.pixels.length; i += 1) stacked.pixels[entriesBefore + i] = contributions.pixels[i]! + pixelsBefore;
    target.set(view.target, pixelsBefore * 3);
    pixelWeights.set(view.pixelWeights, pixelsBefore);
    pixelsBefore += view.pixelWeights.length;
    entriesBefore += contributions.pixels.length;
    groupsBefore += contributions.splats.length;
  }
  stacked.starts[groupCount] = entryCount;
  return { contributions: { width: pixelCount, height: 1, ...stacked }, target, pixelWeights };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
