/** Small rotation algebra of the fit. Quaternions are xyzw, matrices row-major [3, 3]. */
export type Quaternion = readonly [number, number, number, number];
export type Vector3 = readonly [number, number, number];

export function multiplyQuaternions(a: Quaternion, b: Quaternion): Quaternion {
  return [
    a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
    a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
    a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
    a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
  ];
}

export function conjugate(q: Quaternion): Quaternion {
  return [-q[0], -q[1], -q[2], q[3]];
}

export function normalizeQuaternion(q: Quaternion): Quaternion {
  const length = Math.hypot(q[0], q[1], q[2], q[3]);
  const sign = q[3] < 0 ? -1 / length : 1 / length;
  return [q[0] * sign, q[1] * sign, q[2] * sign, q[3] * sign];
}

/** Quaternion of a rotation vector (axis times radians). */
export function fromRotationVector(v: Vector3): Quaternion {
  const angle = Math.hypot(v[0], v[1], v[2]);
  const scale = angle < 1e-9 ? 0.5 : Math.sin(angle / 2) / angle;
  return [v[0] * scale, v[1] * scale, v[2] * scale, Math.cos(angle / 2)];
}

/** Rotation vector of a unit quaternion, angle in [0, π]. */
export function toRotationVector(quaternion: Quaternion): Vector3 {
  const q = normalizeQuaternion(quaternion);
  const sine = Math.hypot(q[0], q[1], q[2]);
  const scale = sine < 1e-9 ? 2 : (2 * Math.atan2(sine, q[3])) / sine;
  return [q[0] * scale, q[1] * scale, q[2] * scale];
}

/** The share (0 to 1) of a rotation, about the same axis: slerp from the identity. */
export function shareOfRotation(q: Quaternion, share: number): Quaternion {
  const v = toRotationVector(q);
  return fromRotationVector([v[0] * share, v[1] * share, v[2] * share]);
}

export function rotateVector(q: Quaternion, v: Vector3): Vector3 {
  const m = toMatrix(q);
  return [
    m[0]! * v[0] + m[1]! * v[1] + m[2]! * v[2],
    m[3]! * v[0] + m[4]! * v[1] + m[5]! * v[2],
    m[6]! * v[0] + m[7]! * v[1] + m[8]! * v[2],
  ];
}

/** Row-major [3, 3]. */
export function toMatrix(q: Quaternion): Float64Array {
  const [x, y, z, w] = q;
  return Float64Array.of(
    1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
    2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
    2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
  );
}
