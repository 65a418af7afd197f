/**
 * A splat's covariance stays the same when its axes are relabelled (24 ways that keep them right-handed) or when it
 * spins about an axis across which two scales are equal. The orientation nearest the identity is the cheapest to store
 * and keeps w of its quaternion above 0.85.
 */

interface Relabelling {
  readonly quaternion: readonly [number, number, number, number];
  /** New scale k is old scale axes[k]. */
  readonly axes: readonly [number, number, number];
}

const H = Math.SQRT1_2;
const RELABELLINGS: readonly Relabelling[] = [
  [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0],
  [H, 0, 0, H], [-H, 0, 0, H], [0, H, 0, H], [0, -H, 0, H], [0, 0, H, H], [0, 0, -H, H],
  [H, H, 0, 0], [H, -H, 0, 0], [H, 0, H, 0], [H, 0, -H, 0], [0, H, H, 0], [0, H, -H, 0],
  [0.5, 0.5, 0.5, 0.5], [-0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, 0.5], [0.5, 0.5, -0.5, 0.5],
  [-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, 0.5], [0.5, -0.5, -0.5, 0.5], [-0.5, -0.5, -0.5, 0.5],
].map((q) => ({ quaternion: q as [number, number, number, number], axes: imagesOfAxes(q) }));

function imagesOfAxes([x, y, z, w]: readonly number[]): [number, number, number] {
  const columns = [
    [1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)],
    [2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)],
    [2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)],
  ];
  return columns.map((column) => column.findIndex((value) => Math.abs(value) > 0.5)) as [number, number, number];
}

/** An orientation and its scale codes, changed in place by `canonicalise`. */
export interface Orientation {
  /** xyzw, unit length. */
  readonly rotation: Float64Array;
  /** Codes of the three scales. */
  readonly scales: Int32Array;
}

/** Rewrites an orientation to the equivalent one nearest the identity. Returns nothing; allocates nothing. */
export function canonicalise(orientation: Orientation): void {
  const { rotation: q, scales } = orientation;
  if (scales[0] === scales[1] && scales[1] === scales[2]) {
    q.fill(0);
    q[3] = 1;
    return;
  }
  if (q[0] === 0 && q[1] === 0 && q[2] === 0) return;
  if (scales[0] === scales[1]) removeTwist(q, 2);
  else if (scales[1] === scales[2]) removeTwist(q, 0);
  else if (scales[0] === scales[2]) removeTwist(q, 1);
  let best = 0;
  let bestW = -1;
  for (let k = 0; k < RELABELLINGS.length; k++) {
    const g = RELABELLINGS[k].quaternion;
    const w = Math.abs(q[3] * g[3] - q[0] * g[0] - q[1] * g[1] - q[2] * g[2]);
    if (w > bestW + 1e-9) {
      bestW = w;
      best = k;
    }
  }
  const { quaternion: g, axes } = RELABELLINGS[best];
  let x = q[3] * g[0] + q[0] * g[3] + q[1] * g[2] - q[2] * g[1];
  let y = q[3] * g[1] - q[0] * g[2] + q[1] * g[3] + q[2] * g[0];
  let z = q[3] * g[2] + q[0] * g[1] - q[1] * g[0] + q[2] * g[3];
  let w = q[3] * g[3] - q[0] * g[0] - q[1] * g[1] - q[2] * g[2];
  if (w < 0) {
    x = -x;
    y = -y;
    z = -z;
    w = -w;
  }
  q[0] = x;
  q[1] = y;
  q[2] = z;
  q[3] = w;
  const a = scales[axes[0]], b = scales[axes[1]], c = scales[axes[2]];
  scales[0] = a;
  scales[1] = b;
  scales[2] = c;
}

/** Keeps of q = swing · twist (about a local axis) only the swing: the covariance does not see the twist. */
function removeTwist(q: Float64Array, axis: number): void {
  const length = Math.hypot(q[axis], q[3]);
  if (length < 1e-9) return;
  // swing = q · conjugate(twist) with twist = (q[axis] on the axis, q[3]) / length.
  const s = -q[axis] / length;
  const c = q[3] / length;
  const tx = axis === 0 ? s : 0, ty = axis === 1 ? s : 0, tz = axis === 2 ? s : 0;
  const x = q[3] * tx + q[0] * c + q[1] * tz - q[2] * ty;
  const y = q[3] * ty - q[0] * tz + q[1] * c + q[2] * tx;
  const z = q[3] * tz + q[0] * ty - q[1] * tx + q[2] * c;
  const w = q[3] * c - q[0] * tx - q[1] * ty - q[2] * tz;
  q[0] = x;
  q[1] = y;
  q[2] = z;
  q[3] = w;
}
