/** A portrait after analysis. Biometric data: never logged, never stored, dropped when the job ends. */
export interface AnalysedPortrait {
  /** Upright sRGB pixels, cropped around the head and bust and scaled so that neither side exceeds 1024, [height, width, 3]. */
  readonly image: PixelImage;
  /** Person matte of the same size, 0 to 255, [height, width]. */
  readonly matte: Uint8Array;
  /** MediaPipe's 478 landmarks in pixels of `image` (z in the same unit, smaller is nearer), [478, 3]. */
  readonly landmarks: Float32Array;
  readonly fit: FittedRig;
  /** Mean over landmarks, in percent of the face's width. */
  readonly reprojectionErrorPercent: number;
  readonly stageMilliseconds: Readonly<Record<string, number>>;
}

export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** RGB, 8 bits a channel, rows from the top. */
  readonly data: Uint8Array;
}

/** The rig fitted to a portrait. Quaternions xyzw; the camera looks down its own -z with y up. */
export interface FittedRig {
  /** In standard deviations of the rig's identity basis. */
  readonly identityCoefficients: Float32Array;
  /** The momentary expression, in the order of `BLENDSHAPE_NAMES`, [52], each in [0, 1]. */
  readonly blendshapeWeights: Float32Array;
  /** As in `RigPose`. */
  readonly headRotation: readonly [number, number, number, number];
  /** Camera space from rig space: rotation, then translation in metres. */
  readonly cameraFromRigRotation: readonly [number, number, number, number];
  readonly cameraFromRigTranslation: readonly [number, number, number];
  /** Pinhole camera of `image`: pixel = (focal·x/-z + cx, cy - focal·y/-z). */
  readonly focalPixels: number;
  readonly principalPoint: readonly [number, number];
}
