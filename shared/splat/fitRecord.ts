import { z } from 'zod';
import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';
import type { RigPose } from '../rig/rigPose.ts';
import type { PinholeCamera } from './projection.ts';

const finite = z.number().refine(Number.isFinite);
const quaternion = z.tuple([finite, finite, finite, finite]);

/**
 * How the portrait an avatar was made from saw it: written beside an avatar as FILE.fit.json for looking at, never sent.
 * Fields as in `FittedRig`, and the portrait's size in pixels.
 */
export const fitRecordSchema = z.object({
  identityCoefficients: z.array(finite).max(255),
  blendshapeWeights: z.array(finite).length(BLENDSHAPE_COUNT),
  headRotation: quaternion,
  cameraFromRigRotation: quaternion,
  cameraFromRigTranslation: z.tuple([finite, finite, finite]),
  focalPixels: finite.positive(),
  principalPoint: z.tuple([finite, finite]),
  imageWidth: z.number().int().min(1).max(16_384),
  imageHeight: z.number().int().min(1).max(16_384),
});
export type FitRecord = z.infer<typeof fitRecordSchema>;

/** The camera that took the portrait. */
export function cameraOfFit(fit: FitRecord): PinholeCamera {
  const { cameraFromRigRotation, cameraFromRigTranslation, focalPixels, principalPoint, imageWidth, imageHeight } = fit;
  return { cameraFromRigRotation, cameraFromRigTranslation, focalPixels, principalPoint, width: imageWidth, height: imageHeight };
}

/** The expression and head turn of the portrait. */
export function poseOfFit(fit: FitRecord): RigPose {
  return { blendshapeWeights: Float32Array.from(fit.blendshapeWeights), headRotation: fit.headRotation, headPositionMeters: [0, 0, 0] };
}
