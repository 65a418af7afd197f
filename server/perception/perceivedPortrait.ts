import type { PixelImage } from './analysedPortrait.ts';

/** What the server has seen in a portrait, before the rig is fitted. Biometric data: never logged, dropped when the job ends. */
export interface PerceivedPortrait {
  /** Upright sRGB pixels around head and bust, neither side above 1024. */
  readonly image: PixelImage;
  /** Person matte of the same size, 0 to 255, [height, width]. */
  readonly matte: Uint8Array;
  /** MediaPipe's landmarks in pixels of `image`, z in the same unit and smaller nearer, [478, 3]. */
  readonly landmarks: Float32Array;
  /** In the order of `BLENDSHAPE_NAMES`, [52]; absent where set-up could not get the blendshape model. */
  readonly blendshapeWeights?: Float32Array;
  readonly crop: PortraitCrop;
  readonly stageMilliseconds: Readonly<Record<string, number>>;
}

/** Where `image` lies in the portrait as sent: pixel of `image` = (pixel of the original − (x, y)) · scale. */
export interface PortraitCrop {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  /** Size of the upright original in pixels. */
  readonly originalWidth: number;
  readonly originalHeight: number;
}
