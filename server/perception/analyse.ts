import { fitRig } from '../../shared/fit/rigFit.ts';
import type { LandmarkModel } from '../../shared/fit/landmarkModel.ts';
import type { AnalysedPortrait } from './analysedPortrait.ts';
import { perceivePortrait } from './perceivePortrait.ts';
import type { PerceivedPortrait } from './perceivedPortrait.ts';
import type { Perception } from './perception.ts';

/**
 * The focal length cannot be observed beyond about 1.5 image widths and diverges when freed; portraits are taken with
 * lenses around this, in widths of the picture's longer side.
 */
export const FOCAL_OF_LONGER_SIDE = 1.8;

export interface AnalyseOptions {
  readonly perception: Perception;
  /** `buildLandmarkModel` of the rig to fit. */
  readonly landmarkModel: LandmarkModel;
  readonly signal?: AbortSignal;
}

/**
 * Everything a generator needs to know about a portrait: what it shows, and the rig fitted to it.
 * @throws {PortraitError} when no head can be made of it; the signal's reason when aborted.
 */
export async function analysePortrait(bytes: Uint8Array, options: AnalyseOptions): Promise<AnalysedPortrait> {
  const perceived = await perceivePortrait(bytes, options.perception, options.signal === undefined ? {} : { signal: options.signal });
  options.signal?.throwIfAborted();
  return fitPerceivedPortrait(perceived, options.landmarkModel);
}

/** Fits the rig to a portrait that has been looked at already. */
export function fitPerceivedPortrait(perceived: PerceivedPortrait, landmarkModel: LandmarkModel): AnalysedPortrait {
  const startMs = performance.now();
  const { crop, image, matte, landmarks } = perceived;
  const camera = {
    focalPixels: FOCAL_OF_LONGER_SIDE * Math.max(crop.originalWidth, crop.originalHeight) * crop.scale,
    principalPoint: [(crop.originalWidth / 2 - crop.x) * crop.scale, (crop.originalHeight / 2 - crop.y) * crop.scale] as const,
  };
  const fitted = fitRig(landmarkModel, {
    landmarks, camera, ...(perceived.blendshapeWeights === undefined ? {} : { blendshapeEstimate: perceived.blendshapeWeights }),
  });
  return {
    image, matte, landmarks,
    fit: {
      identityCoefficients: fitted.identityCoefficients,
      blendshapeWeights: fitted.blendshapeWeights,
      headRotation: fitted.headRotation,
      cameraFromRigRotation: fitted.cameraFromRigRotation,
      cameraFromRigTranslation: fitted.cameraFromRigTranslation,
      ...camera,
    },
    reprojectionErrorPercent: fitted.reprojectionErrorPercent,
    stageMilliseconds: { ...perceived.stageMilliseconds, fit: performance.now() - startMs },
  };
}
