import type { PinholeCamera } from '../../../shared/splat/projection.ts';

/** Field of view of the usual look at a head, focal length in picture heights: a portrait lens. */
const FOCAL_HEIGHTS = 2.4;

export interface OrbitOptions {
  readonly width: number;
  readonly height: number;
  /** Positive looks at the subject's left side (from +x). */
  readonly yawRadians?: number;
  /** Positive looks from above. */
  readonly pitchRadians?: number;
  /** What the picture is centred on, rig space, metres; the middle of a head. */
  readonly target?: readonly [number, number, number];
  /** Height of what the picture shows at the target's depth, metres. */
  readonly spanMeters?: number;
}

/** A camera on a sphere about a head, upright, looking at the target. */
export function orbitCamera(options: OrbitOptions): PinholeCamera {
  const { width, height, yawRadians = 0, pitchRadians = 0, target = [0, -0.03, -0.04], spanMeters = 0.42 } = options;
  const focalPixels = FOCAL_HEIGHTS * height;
  const distance = FOCAL_HEIGHTS * spanMeters;
  // Camera from rig: turn the rig by -yaw about y, then by pitch about x.
  const [sy, cy] = [Math.sin(-yawRadians / 2), Math.cos(-yawRadians / 2)];
  const [sx, cx] = [Math.sin(pitchRadians / 2), Math.cos(pitchRadians / 2)];
  const rotation = [sx * cy, cx * sy, sx * sy, cx * cy] as const;
  const turned = rotate(rotation, target);
  return {
    cameraFromRigRotation: rotation,
    cameraFromRigTranslation: [-turned[0], -turned[1], -turned[2] - distance],
    focalPixels, principalPoint: [width / 2, height / 2], width, height,
  };
}

function rotate([x, y, z, w]: readonly [number, number, number, number], [px, py, pz]: readonly [number, number, number]): [number, number, number] {
  const tx = 2 * (y * pz - z * py), ty = 2 * (z * px - x * pz), tz = 2 * (x * py - y * px);
  return [px + w * tx + y * tz - z * ty, py + w * ty + z * tx - x * tz, pz + w * tz + x * ty - y * tx];
}
