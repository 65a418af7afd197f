import type { PinholeCamera } from '../../shared/splat/projection.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';

/** The portrait's camera, ready for use on rig-space points. */
export class FittedView {
  readonly camera: PinholeCamera;
  /** Rig-space directions of the camera's x (right), y (up) and z (towards the viewer). */
  readonly right: readonly [number, number, number];
  readonly up: readonly [number, number, number];
  readonly back: readonly [number, number, number];
  /** The camera's place in rig space, metres. */
  readonly eye: readonly [number, number, number];

  constructor(portrait: Pick<AnalysedPortrait, 'image' | 'fit'>) {
    const { fit, image } = portrait;
    const [x, y, z, w] = fit.cameraFromRigRotation;
    this.right = [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)];
    this.up = [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)];
    this.back = [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)];
    const t = fit.cameraFromRigTranslation;
    const origin = (axis: 0 | 1 | 2): number => -(this.right[axis] * t[0] + this.up[axis] * t[1] + this.back[axis] * t[2]);
    this.eye = [origin(0), origin(1), origin(2)];
    this.camera = {
      cameraFromRigRotation: fit.cameraFromRigRotation, cameraFromRigTranslation: t, focalPixels: fit.focalPixels,
      principalPoint: fit.principalPoint, width: image.width, height: image.height,
    };
  }

  /** Projects points [count, 3] to pixel x, pixel y and depth in metres, [count, 3]; depth ≤ 0 is behind the camera. */
  project(points: Float32Array, out: Float32Array = new Float32Array(points.length)): Float32Array {
    const { right: r, up: u, back: b, camera } = this;
    const t = camera.cameraFromRigTranslation;
    const [cx, cy] = camera.principalPoint;
    for (let i = 0; i < points.length; i += 3) {
      const px = points[i]!, py = points[i + 1]!, pz = points[i + 2]!;
      const depth = -(b[0] * px + b[1] * py + b[2] * pz + t[2]);
      const gain = camera.focalPixels / Math.max(depth, 1e-3);
      out[i] = cx + gain * (r[0] * px + r[1] * py + r[2] * pz + t[0]);
      out[i + 1] = cy - gain * (u[0] * px + u[1] * py + u[2] * pz + t[1]);
      out[i + 2] = depth;
    }
    return out;
  }

  /** Cosine between a unit normal at a point and the direction to the camera. */
  facing(px: number, py: number, pz: number, nx: number, ny: number, nz: number): number {
    const dx = this.eye[0] - px, dy = this.eye[1] - py, dz = this.eye[2] - pz;
    return (nx * dx + ny * dy + nz * dz) / Math.max(Math.hypot(dx, dy, dz), 1e-9);
  }
}
