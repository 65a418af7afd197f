import { conjugate, fromRotationVector, multiplyQuaternions, rotateVector, toRotationVector } from '../../shared/fit/rotation.ts';
import type { Quaternion, Vector3 } from '../../shared/fit/rotation.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';

/** Landmarks on bone, which no expression moves much: forehead, nose, eye corners. */
const RIGID = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 33, 133, 362, 263, 129, 358, 67, 297, 109, 338, 103, 332, 54, 284] as const;
const ROUNDS = 25;

/**
 * Rotation of a head as its landmarks show it: the rigid motion of the neutral head that brings its landmarks nearest
 * to those seen (Gauss–Newton on reprojection with Huber weights). xyzw, rig space.
 * @param neutral the avatar's landmarks on its neutral head, metres, [478, 3]
 * @param seen pixels, [478, 3]
 */
export function readRotation(neutral: Float32Array, seen: Float32Array, camera: PinholeCamera): Quaternion {
  let rotation: Quaternion = [0, 0, 0, 1];
  let shift: Vector3 = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const a = new Float64Array(36);
    const b = new Float64Array(6);
    for (const index of RIGID) {
      const own = rotateVector(rotation, [neutral[index * 3]!, neutral[index * 3 + 1]!, neutral[index * 3 + 2]!]);
      const q = rotateVector(camera.cameraFromRigRotation, [own[0] + shift[0], own[1] + shift[1], own[2] + shift[2]]);
      const t = camera.cameraFromRigTranslation;
      const p: Vector3 = [q[0] + t[0], q[1] + t[1], q[2] + t[2]];
      const f = camera.focalPixels / -p[2];
      const rx = seen[index * 3]! - (camera.principalPoint[0] + f * p[0]);
      const ry = seen[index * 3 + 1]! - (camera.principalPoint[1] - f * p[1]);
      const weight = 1 / Math.max(1, Math.hypot(rx, ry) / 2);
      // Columns: three rotations of `own` about the rig's axes, three shifts.
      const jx = new Float64Array(6);
      const jy = new Float64Array(6);
      const moves: Vector3[] = [[0, -own[2], own[1]], [own[2], 0, -own[0]], [-own[1], own[0], 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
      moves.forEach((move, k) => {
        const d = rotateVector(camera.cameraFromRigRotation, move);
        jx[k] = f * (d[0] + (p[0] * d[2]) / -p[2]);
        jy[k] = -f * (d[1] + (p[1] * d[2]) / -p[2]);
      });
      for (let i = 0; i < 6; i++) {
        b[i]! += weight * (jx[i]! * rx + jy[i]! * ry);
        for (let j = 0; j < 6; j++) a[i * 6 + j]! += weight * (jx[i]! * jx[j]! + jy[i]! * jy[j]!);
      }
    }
    const step = solve(a, b);
    rotation = multiplyQuaternions(fromRotationVector([step[0]!, step[1]!, step[2]!]), rotation);
    shift = [shift[0] + step[3]!, shift[1] + step[4]!, shift[2] + step[5]!];
    if (Math.hypot(...step) < 1e-7) break;
  }
  return rotation;
}

/** Angle between two rotations, degrees. */
export function angleBetween(a: Quaternion, b: Quaternion): number {
  return (Math.hypot(...toRotationVector(multiplyQuaternions(conjugate(a), b))) * 180) / Math.PI;
}

/** Gaussian elimination with a touch of damping, 6 × 6. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  const n = 6;
  for (let i = 0; i < n; i++) a[i * n + i]! *= 1 + 1e-6;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r * n + i]!) > Math.abs(a[pivot * n + i]!)) pivot = r;
    if (pivot !== i) {
      for (let k = 0; k < n; k++) [a[i * n + k], a[pivot * n + k]] = [a[pivot * n + k]!, a[i * n + k]!];
      [b[i], b[pivot]] = [b[pivot]!, b[i]!];
    }
    for (let r = i + 1; r < n; r++) {
      const factor = a[r * n + i]! / a[i * n + i]!;
      for (let k = i; k < n; k++) a[r * n + k]! -= factor * a[i * n + k]!;
      b[r]! -= factor * b[i]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i]! -= a[i * n + k]! * b[k]!;
    b[i]! /= a[i * n + i]!;
  }
  return b;
}
