import { ModelConvertError } from './convertError.ts';

/** Builds `face_landmarker.task` from the assets of npm's `@mediapipe/face_mesh`. */
export function buildFaceLandmarker(_assets: Uint8Array, _loader: string): Uint8Array {
  throw ModelConvertError.unreadable('building the bundle is not written yet');
}
