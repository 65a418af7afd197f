import type { NeutralBounds } from './codec/avatarLayout.ts';
import type { SplatGeometry } from './covariance.ts';
import { splatCenters } from './covariance.ts';
import type { FaceFrames } from './splatFrame.ts';

/** Bounds of the splats' centres in a pose, metres; for a file's header the pose is the neutral head. */
export function splatBounds(splats: SplatGeometry, frames: FaceFrames): NeutralBounds {
  const centers = new Float32Array(splats.count * 3);
  splatCenters(splats, frames, centers);
  const bounds: [number, number, number, number, number, number] = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (let at = 0; at < centers.length; at++) {
    const axis = at % 3;
    if (centers[at] < bounds[axis]) bounds[axis] = centers[at];
    if (centers[at] > bounds[axis + 3]) bounds[axis + 3] = centers[at];
  }
  return splats.count === 0 ? [0, 0, 0, 0, 0, 0] : bounds;
}
