import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import { prefixScale } from '../../shared/splat/prefixScale.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { foreignness } from './colorSampling.ts';
import { solveColors } from './colorSolve.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import { isLid, type FittedHead } from './fittedHead.ts';
import { besideEyes, isLash } from './lidPaint.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { rasteriseSplats, type SplatContributions } from './splatRasteriser.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';

const SOLVE_MAX_SIDE = 720;
const ITERATIONS = 11;
/** Contributions too small to matter to the solve. */
const MINIMUM_WEIGHT = 0.004;
/** Splats of the prefix that must look right by themselves, how much smaller its view is, and how much a pixel of it counts. */
const PREFIX_SPLATS = 20_480;
const PREFIX_SHRINK = 2;
const PREFIX_WEIGHT = 1;
/** Pull towards the sampled colour by surface: what is painted from knowledge must not be repainted from one view. */
const RIDGE = { skin: 0.12, foldedLid: 25, besideEye: 0.7, lash: 0.05, unseen: 1.2, eye: 0.25, mouth: 0.6, cover: 0.12 } as const;

/** The brightest a lash may be solved: so many times its painted colour, and a little more. */
const LASH_CEILING = [1.3, 0.03] as const;

/**
 * Colours solved jointly so that the fitted view's blend shows the portrait, [count, 3].
 * @param trust how far the portrait was believed for each splat's sampled colour, [count]
 */
export function solveFittedView(
  head: FittedHead, draft: SplatDraft, splats: BoundSplats, portrait: AnalysedPortrait, matte: DistanceField,
  labels: LabelMap, trust: Float32Array,
): Float32Array {
  const { image } = portrait;
  const scale = Math.min(1, SOLVE_MAX_SIDE / Math.max(image.width, image.height));
  const width = Math.round(image.width * scale);
  const height = Math.round(image.height * scale);
  const centers = new Float32Array(splats.count * 3);
  const covariances = new Float32Array(splats.count * 6);
  splatCenters(splats, head.frames, centers);
  splatCovariances(splats, head.frames, covariances);
  const target = shrinkImage(image, width, height);
  const pixelWeights = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [(x + 0.5) / scale, (y + 0.5) / scale];
      const inside = distanceAt(matte, u, v);
      const foreign = labelAt(labels, u, v) === LABEL.hair ? foreignness(labels, matte, u, v) : 0;
      pixelWeights[y * width + x] = Math.min(1, Math.max(0, (inside - 1) / 2)) * (1 - 0.9 * foreign);
    }
  }
  const whole = rasteriseSplats(
    { count: splats.count, centers, covariances, opacities: splats.opacities }, cameraOf(head, width, height, scale),
    { pixels: pixelWeights, minimumWeight: MINIMUM_WEIGHT },
  );
  const prefix = prefixView(head, splats, centers, covariances, { width, height, scale }, target, pixelWeights);
  const contributions = stackViews(whole, prefix.contributions);
  const solved = solveColors({
    contributions, target: concat(target, prefix.target), pixelWeights: concat(pixelWeights, prefix.pixelWeights), sampled: splats.colors,
    ridge: ridges(draft, trust, besideEyes(draft, head.view.project(draft.centers), portrait.landmarks)), iterations: ITERATIONS,
  });
  keepLashesDark(draft, splats.colors, solved);
  return solved;
}

/** Lashes lie over the eye's edge: its white must not be solved into them, it would show as a gap in a shut eye. */
function keepLashesDark(draft: SplatDraft, painted: Float32Array, colors: Float32Array): void {
  for (let i = 0; i < draft.count; i += 1) {
    if (!isLash(draft, i)) continue;
    for (let at = i * 3; at < i * 3 + 3; at += 1) colors[at] = Math.min(colors[at]!, LASH_CEILING[0] * painted[at]! + LASH_CEILING[1]);
  }
}

function cameraOf(head: FittedHead, width: number, height: number, scale: number): PinholeCamera {
  const { camera } = head.view;
  return {
    ...camera, width, height, focalPixels: camera.focalPixels * scale,
    principalPoint: [camera.principalPoint[0] * scale, camera.principalPoint[1] * scale],
  };
}

/**
 * The view once more, smaller, of the avatar's prefix alone as the renderer draws it: without it neighbouring splats
 * solve to colours that are right only together, and a prefix is speckled.
 */
function prefixView(
  head: FittedHead, splats: BoundSplats, centers: Float32Array, covariances: Float32Array,
  full: { width: number; height: number; scale: number }, target: Float32Array, pixelWeights: Float32Array,
): { contributions: SplatContributions; target: Float32Array; pixelWeights: Float32Array } {
  const count = Math.min(PREFIX_SPLATS, splats.count);
  const growth = prefixScale(splats.count, count) ** 2;
  const width = Math.floor(full.width / PREFIX_SHRINK), height = Math.floor(full.height / PREFIX_SHRINK);
  const smallTarget = new Float32Array(width * height * 3);
  const smallWeights = new Float32Array(width * height);
  const share = 1 / PREFIX_SHRINK ** 2;
  for (let y = 0; y < height * PREFIX_SHRINK; y += 1) {
    for (let x = 0; x < width * PREFIX_SHRINK; x += 1) {
      const from = y * full.width + x;
      const to = Math.floor(y / PREFIX_SHRINK) * width + Math.floor(x / PREFIX_SHRINK);
      for (let c = 0; c < 3; c += 1) smallTarget[to * 3 + c] = smallTarget[to * 3 + c]! + share * target[from * 3 + c]!;
      smallWeights[to] = smallWeights[to]! + PREFIX_WEIGHT * share * pixelWeights[from]!;
    }
  }
  const contributions = rasteriseSplats({
    count, centers: centers.subarray(0, count * 3), covariances: covariances.slice(0, count * 6).map((value) => value * growth),
    opacities: splats.opacities.subarray(0, count),
  }, cameraOf(head, width, height, full.scale / PREFIX_SHRINK), { pixels: smallWeights, minimumWeight: MINIMUM_WEIGHT });
  return { contributions, target: smallTarget, pixelWeights: smallWeights };
}

/** Two views as one: the pixels of the second follow those of the first. */
function stackViews(first: SplatContributions, second: SplatContributions): SplatContributions {
  const pixelsBefore = first.width * first.height;
  const entriesBefore = first.pixels.length;
  return {
    width: pixelsBefore + second.width * second.height, height: 1,
    splats: concatIndices(first.splats, second.splats),
    starts: concatIndices(first.starts.subarray(0, first.splats.length), second.starts.map((start) => start + entriesBefore)),
    pixels: concatIndices(first.pixels, second.pixels.map((pixel) => pixel + pixelsBefore)),
    weights: concat(first.weights, second.weights),
    transmittance: concat(first.transmittance, second.transmittance),
  };
}

function concat(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function concatIndices(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function ridges(draft: SplatDraft, trust: Float32Array, beside: Float32Array): Float32Array {
  return Float32Array.from({ length: draft.count }, (_, i) => {
    switch (draft.layers[i]) {
      case LAYER.shell: return RIDGE.cover;
      case LAYER.leftEye: case LAYER.rightEye: return RIDGE.eye;
      case LAYER.skin:
        if (isLash(draft, i)) return RIDGE.lash;
        if (isLid(REGION_NAMES[draft.regions[i]!]!) && trust[i]! < 0.6) return RIDGE.foldedLid;
        return RIDGE.skin + RIDGE.unseen * Math.max(0, 0.6 - trust[i]!) + RIDGE.besideEye * beside[i]!;
      default: return RIDGE.mouth;
    }
  });
}

/** Box-filtered to a smaller size, in [0, 1], [height * width * 3]. */
function shrinkImage(image: AnalysedPortrait['image'], width: number, height: number): Float32Array {
  const out = new Float32Array(width * height * 3);
  const counts = new Float32Array(width * height);
  for (let y = 0; y < image.height; y += 1) {
    const j = Math.min(height - 1, Math.floor((y * height) / image.height));
    for (let x = 0; x < image.width; x += 1) {
      const i = j * width + Math.min(width - 1, Math.floor((x * width) / image.width));
      counts[i] = counts[i]! + 1;
      for (let c = 0; c < 3; c += 1) out[i * 3 + c] = out[i * 3 + c]! + image.data[(y * image.width + x) * 3 + c]! / 255;
    }
  }
  return out.map((value, i) => value / Math.max(1, counts[(i / 3) | 0]!));
}
