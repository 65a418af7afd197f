/**
 * The few quaternion operations the browser's pose path needs. Quaternions are xyzw, unit length, and turn
 * vectors by v' = q·v·q*. Everything is a plain tuple, so poses can be compared, copied and sent as they are.
 */
export type Quaternion = readonly [x: number, y: number, z: number, w: number];
export type Vector3 = readonly [x: number, y: number, z: number];

export const IDENTITY_ROTATION: Quaternion = [0, 0, 0, 1];

/** Hamilton product: first `b`, then `a`. */
export function multiply(a: Quaternion, b: Quaternion): Quaternion {
  const [ax, ay, az, aw] = a;
  const [bx, by, bz, bw] = b;
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

/** Inverse of a unit quaternion. */
export function conjugate(q: Quaternion): Quaternion {
  return [-q[0], -q[1], -q[2], q[3]];
}

/** Scales to unit length with w >= 0; a zero quaternion becomes the identity. */
export function normalize(q: Quaternion): Quaternion {
  const length = Math.hypot(q[0], q[1], q[2], q[3]);
  if (!(length > 1e-9)) return IDENTITY_ROTATION;
  const k = (q[3] < 0 ? -1 : 1) / length;
  return [q[0] * k, q[1] * k, q[2] * k, q[3] * k];
}

/** Spherical interpolation along the shorter arc, t in [0, 1]. */
export function slerp(a: Quaternion, b: Quaternion, t: number): Quaternion {
  let cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const sign = cosine < 0 ? -1 : 1;
  cosine *= sign;
  let ka = 1 - t;
  let kb = t * sign;
  // Below this angle (about 0.8°) the straight line is exact to within float noise and cannot divide by zero.
  if (cosine < 0.9999) {
    const angle = Math.acos(cosine);
    const inverseSine = 1 / Math.sin(angle);
    ka = Math.sin((1 - t) * angle) * inverseSine;
    kb = Math.sin(t * angle) * inverseSine * sign;
  }
  return normalize([ka * a[0] + kb * b[0], ka * a[1] + kb * b[1], ka * a[2] + kb * b[2], ka * a[3] + kb * b[3]]);
}

/**
 * From yaw about y (positive: the subject's nose moves towards the subject's left), then pitch about x
 * (positive: nose down), then roll about z; radians, applied as yaw·pitch·roll.
 */
export function fromYawPitchRoll(yawRadians: number, pitchRadians: number, rollRadians: number): Quaternion {
  const about = (axis: 0 | 1 | 2, angle: number): Quaternion => {
    const q: [number, number, number, number] = [0, 0, 0, Math.cos(angle / 2)];
    q[axis] = Math.sin(angle / 2);
    return q;
  };
  return normalize(multiply(multiply(about(1, yawRadians), about(0, pitchRadians)), about(2, rollRadians)));
}

/** Rotation angle between two rotations, radians in [0, π]. */
export function angleBetween(a: Quaternion, b: Quaternion): number {
  const cosine = Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]);
  return 2 * Math.acos(Math.min(1, cosine));
}

export function rotateVector(q: Quaternion, v: Vector3): Vector3 {
  const [x, y, z, w] = q;
  const tx = 2 * (y * v[2] - z * v[1]);
  const ty = 2 * (z * v[0] - x * v[2]);
  const tz = 2 * (x * v[1] - y * v[0]);
  return [
    v[0] + w * tx + y * tz - z * ty,
    v[1] + w * ty + z * tx - x * tz,
    v[2] + w * tz + x * ty - y * tx,
  ];
}

/**
 * Rotation part of a column-major 4x4 matrix whose upper 3x3 may carry a uniform scale (MediaPipe's facial
 * transformation matrices do). Shepperd's method: the largest diagonal term decides the branch.
 */
export function fromColumnMajorMatrix(m: ArrayLike<number>): Quaternion {
  const scale = Math.cbrt(Math.abs(
    m[0]! * (m[5]! * m[10]! - m[9]! * m[6]!) - m[4]! * (m[1]! * m[10]! - m[9]! * m[2]!) + m[8]! * (m[1]! * m[6]! - m[5]! * m[2]!),
  )) || 1;
  const at = (row: number, column: number): number => m[column * 4 + row]! / scale;
  const trace = at(0, 0) + at(1, 1) + at(2, 2);
  if (trace > 0) {
    const s = Math.sqrt(trace + 1) * 2;
    return normalize([(at(2, 1) - at(1, 2)) / s, (at(0, 2) - at(2, 0)) / s, (at(1, 0) - at(0, 1)) / s, s / 4]);
  }
  if (at(0, 0) > at(1, 1) && at(0, 0) > at(2, 2)) {
    const s = Math.sqrt(1 + at(0, 0) - at(1, 1) - at(2, 2)) * 2;
    return normalize([s / 4, (at(0, 1) + at(1, 0)) / s, (at(0, 2) + at(2, 0)) / s, (at(2, 1) - at(1, 2)) / s]);
  }
  if (at(1, 1) > at(2, 2)) {
    const s = Math.sqrt(1 + at(1, 1) - at(0, 0) - at(2, 2)) * 2;
    return normalize([(at(0, 1) + at(1, 0)) / s, s / 4, (at(1, 2) + at(2, 1)) / s, (at(0, 2) - at(2, 0)) / s]);
  }
  const s = Math.sqrt(1 + at(2, 2) - at(0, 0) - at(1, 1)) * 2;
  return normalize([(at(0, 2) + at(2, 0)) / s, (at(1, 2) + at(2, 1)) / s, s / 4, (at(1, 0) - at(0, 1)) / s]);
}
