import { conjugate, fromRotationVector, multiplyQuaternions, rotateVector, toRotationVector } from '../../shared/fit/rotation.ts';
import type { Quaternion, Vector3 } from '../../shared/fit/rotation.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';

/** What a rotation is read off. */
export interface RotationReader {
  /** MediaPipe's landmarks. */
  readonly landmarks: readonly number[];
  /** What a pixel of the landmark model's depth counts beside a pixel in the picture. */
  readonly depthWeight: number;
}

/** Landmarks that the rig's own embedding found to wander on the skin. */
const WANDERING = new Set([58, 88, 93, 95, 132, 137, 177, 227, 234, 288, 318, 323, 324, 361, 454]);

/**
 * The whole face, and a little depth: the reader that came nearest to the truth on heads turned by known angles
 * (`readingFloor.ts`; README.md has the figures).
 */
export const FACE_READER: RotationReader = {
  landmarks: Array.from({ length: 468 }, (_, i) => i).filter((i) => !WANDERING.has(i)), depthWeight: 0.2,
};

/** Landmarks on bone alone, which no expression moves much: forehead, nose, eye corners. Sees two thirds of a nod. */
export const BONE_READER: RotationReader = { landmarks: [
  10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 33, 133, 362, 263, 129, 358, 67, 297, 109, 338, 103, 332, 54, 284,
], depthWeight: 0 };

const ROUNDS = 25;
/** A step of so many radians and metres is the last. */
const ENOUGH = 2e-6;

/**
 * Rotation of a head as its landmarks show it: the rigid motion of the unturned head that brings its landmarks nearest
 * to those seen, in the picture and, with less weight, in depth (Gauss–Newton with Huber weights). xyzw, rig space.
 * @param unturned the avatar's landmarks on its unturned head, metres, [478, 3]
 * @param seen pixels, z likewise and smaller nearer, [478, 3]
 */
export function readRotation(unturned: Float32Array, seen: Float32Array, camera: PinholeCamera, reader = FACE_READER): Quaternion {
  let rotation: Quaternion = [0, 0, 0, 1];
  let shift: Vector3 = [0, 0, 0];
  const { landmarks, depthWeight } = reader;
  const seenDepth = landmarks.reduce((sum, index) => sum + seen[index * 3 + 2]!, 0) / landmarks.length;
  const rows = Array.from({ length: 3 }, () => new Float64Array(6));
  for (let round = 0; round < ROUNDS; round++) {
    const points = landmarks.map((index) => {
      const own = rotateVector(rotation, [unturned[index * 3]!, unturned[index * 3 + 1]!, unturned[index * 3 + 2]!]);
      return { index, own, inCamera: toCamera(camera, own, shift) };
    });
    const meanZ = points.reduce((sum, { inCamera }) => sum + inCamera[2], 0) / points.length;
    const middle: Vector3 = [0, 1, 2].map((k) => points.reduce((sum, { own }) => sum + own[k]!, 0) / points.length) as unknown as Vector3;
    const depthPixels = camera.focalPixels / -meanZ;
    const a = new Float64Array(36);
    const b = new Float64Array(6);
    for (const { index, own, inCamera: p } of points) {
      const f = camera.focalPixels / -p[2];
      const residuals = [
        seen[index * 3]! - (camera.principalPoint[0] + f * p[0]),
        seen[index * 3 + 1]! - (camera.principalPoint[1] - f * p[1]),
        depthWeight * (seen[index * 3 + 2]! - seenDepth + depthPixels * (p[2] - meanZ)),
      ];
      const weight = 1 / Math.max(1, Math.hypot(...residuals) / 2);
      // Columns: three rotations of `own` about the rig's axes, three shifts. Depth is relative to the landmarks' middle.
      const moves = [...spins(own), ...AXES];
      const middles = [...spins(middle), ...AXES];
      for (let k = 0; k < 6; k++) {
        const d = rotateVector(camera.cameraFromRigRotation, moves[k]!);
        const m = rotateVector(camera.cameraFromRigRotation, middles[k]!);
        rows[0]![k] = f * (d[0] + (p[0] * d[2]) / -p[2]);
        rows[1]![k] = -f * (d[1] + (p[1] * d[2]) / -p[2]);
        rows[2]![k] = -depthWeight * depthPixels * (d[2] - m[2]);
      }
      rows.forEach((row, r) => {
        for (let i = 0; i < 6; i++) {
          b[i]! += weight * row[i]! * residuals[r]!;
          for (let j = 0; j < 6; j++) a[i * 6 + j]! += weight * row[i]! * row[j]!;
        }
      });
    }
    const step = solve(a, b);
    rotation = multiplyQuaternions(fromRotationVector([step[0]!, step[1]!, step[2]!]), rotation);
    shift = [shift[0] + step[3]!, shift[1] + step[4]!, shift[2] + step[5]!];
    if (Math.hypot(...step) < ENOUGH) break;
  }
  return rotation;
}

const AXES: readonly Vector3[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

/** How a point moves when turned about each axis. */
function spins([x, y, z]: Vector3): Vector3[] {
  return [[0, -z, y], [z, 0, -x], [-y, x, 0]];
}

function toCamera(camera: PinholeCamera, own: Vector3, shift: Vector3): Vector3 {
  const q = rotateVector(camera.cameraFromRigRotation, [own[0] + shift[0], own[1] + shift[1], own[2] + shift[2]]);
  const t = camera.cameraFromRigTranslation;
  return [q[0] + t[0], q[1] + t[1], q[2] + t[2]];
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
