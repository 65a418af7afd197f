import { type PerspectiveCamera, Vector3 } from 'three';

/** How a face appears on the stage. */
export interface StageSight {
  /** Its height, chin to crown, CSS pixels. */
  readonly facePixels: number;
  /** The same as a share of the stage's height. */
  readonly faceShare: number;
  /** At least a part of it is inside the view. */
  readonly onScreen: boolean;
}

/** Chin to crown, metres. */
const FACE_METERS = 0.24;
const projected = new Vector3();

/** @param position of the point between the eyes, metres. The camera's matrices must be up to date. */
export function sightOf(position: Vector3, camera: PerspectiveCamera, viewHeightPixels: number): StageSight {
  const distance = Math.max(0.1, position.distanceTo(camera.position));
  const faceShare = FACE_METERS / (2 * distance * Math.tan((camera.fov / 2) * Math.PI / 180));
  projected.copy(position).project(camera);
  const { x, y, z } = projected;
  const onScreen = z < 1 && Math.abs(x) < 1 + faceShare / camera.aspect && Math.abs(y) < 1 + faceShare;
  return { facePixels: faceShare * viewHeightPixels, faceShare, onScreen };
}
