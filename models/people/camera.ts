export type Vector3 = readonly [number, number, number];

/** A pinhole camera: pixel = (focal·x/-z + cx, cy - focal·y/-z) of camera space. */
export interface Camera {
  readonly width: number;
  readonly height: number;
  readonly focalPixels: number;
  readonly principalPoint: readonly [number, number];
  readonly position: Vector3;
  /** Rows of the rotation from world to camera: right, up, backward. */
  readonly axes: readonly [Vector3, Vector3, Vector3];
}

export function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function normalize(a: Vector3): Vector3 {
  const length = Math.hypot(a[0], a[1], a[2]);
  return [a[0] / length, a[1] / length, a[2] / length];
}

export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/**
 * A camera that looks at `target` from `distance` metres, `yaw` to the subject's left and `pitch` upward (radians),
 * so far that `heightMeters` at the target fill the picture.
 */
export function orbitCamera(options: {
  target: Vector3; distance: number; yaw: number; pitch: number; roll?: number; heightMeters: number; width: number; height: number;
}): Camera {
  const { target, distance, yaw, pitch, width, height } = options;
  const backward: Vector3 = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
  const level = normalize(cross([0, 1, 0], backward));
  const upright = cross(backward, level);
  const c = Math.cos(options.roll ?? 0);
  const s = Math.sin(options.roll ?? 0);
  const right: Vector3 = [c * level[0] + s * upright[0], c * level[1] + s * upright[1], c * level[2] + s * upright[2]];
  return {
    width, height,
    focalPixels: (height * distance) / options.heightMeters,
    principalPoint: [width / 2, height / 2],
    position: [target[0] + backward[0] * distance, target[1] + backward[1] * distance, target[2] + backward[2] * distance],
    axes: [right, cross(backward, right), backward],
  };
}

/** Pixel x, pixel y and 1/distance along the view of each point, [pointCount, 3]; points behind the camera get 0. */
export function project(camera: Camera, positions: Float32Array): Float32Array {
  const out = new Float32Array(positions.length);
  const [right, up, backward] = camera.axes;
  const [px, py, pz] = camera.position;
  const [cx, cy] = camera.principalPoint;
  for (let i = 0; i < positions.length; i += 3) {
    const x = positions[i]! - px;
    const y = positions[i + 1]! - py;
    const z = positions[i + 2]! - pz;
    const depth = -(backward[0] * x + backward[1] * y + backward[2] * z);
    if (depth < 0.01) continue;
    const scale = camera.focalPixels / depth;
    out[i] = cx + scale * (right[0] * x + right[1] * y + right[2] * z);
    out[i + 1] = cy - scale * (up[0] * x + up[1] * y + up[2] * z);
    out[i + 2] = 1 / depth;
  }
  return out;
}
