import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { splatCenters, splatCovariances } from '../../shared/splat/covariance.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { foreignness } from './colorSampling.ts';
import { solveColors } from './colorSolve.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import { isLid, type FittedHead } from './fittedHead.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { rasteriseSplats } from './splatRasteriser.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';

const SOLVE_MAX_SIDE = 800;
const ITERATIONS = 14;
/** Pull towards the sampled colour by surface: what is painted from knowledge must not be repainted from one view. */
const RIDGE = { skin: 0.12, foldedLid: 4, lash: 1, unseen: 1.2, eye: 1.2, mouth: 1.2, cover: 0.12 } as const;

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
  const { camera } = head.view;
  const contributions = rasteriseSplats({ count: splats.count, centers, covariances, opacities: splats.opacities }, {
    ...camera, width, height, focalPixels: camera.focalPixels * scale,
    principalPoint: [camera.principalPoint[0] * scale, camera.principalPoint[1] * scale],
  });
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
  return solveColors({ contributions, target, pixelWeights, sampled: splats.colors, ridge: ridges(draft, trust), iterations: ITERATIONS });
}

function ridges(draft: SplatDraft, trust: Float32Array): Float32Array {
  return Float32Array.from({ length: draft.count }, (_, i) => {
    switch (draft.layers[i]) {
      case LAYER.shell: return RIDGE.cover;
      case LAYER.leftEye: case LAYER.rightEye: return RIDGE.eye;
      case LAYER.skin:
        if (draft.lifts[i]! > 0) return RIDGE.lash;
        return isLid(REGION_NAMES[draft.regions[i]!]!) && trust[i]! < 0.6 ? RIDGE.foldedLid : RIDGE.skin + RIDGE.unseen * Math.max(0, 0.6 - trust[i]!);
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
