import type { Rig } from '../rig/rig.ts';
import { neutralHead } from '../rig/skinning.ts';
import type { AvatarHeader, BoundSplats } from '../splat/boundSplats.ts';
import { splatCenters } from '../splat/covariance.ts';
import { FACE_FRAME_STRIDE, FaceFrames, offsetOfPoint } from '../splat/splatFrame.ts';

/** Splats as other formats know them: where they are on the neutral head, in the rig's space, and nothing of what moves them. */
export interface RestSplats {
  readonly count: number;
  /** Metres, [count, 3]. */
  readonly centers: Float32Array;
  /** Natural logarithm of the standard deviations along the splat's own axes, metres, [count, 3]. */
  readonly logScales: Float32Array;
  /** From the splat's axes to the rig's space, xyzw, unit length, [count, 4]. */
  readonly rotations: Float32Array;
  /** In [0, 1], [count]. */
  readonly opacities: Float32Array;
  /** sRGB-encoded, in [0, 1], [count, 3]. */
  readonly colors: Float32Array;
}

/** What moves splats: the rest of `BoundSplats`. Formats of others carry it as an addition. */
export interface SplatBinding {
  readonly header: AvatarHeader;
  /** Rig face, [count]. */
  readonly bindings: Uint16Array;
  /** Weights of the face's second and third vertex, [count, 2]. */
  readonly barycentrics: Float32Array;
}

/** A head as read from another format; `binding` is absent where the file says nothing of it. */
export interface ReadHead {
  readonly splats: RestSplats;
  readonly binding: SplatBinding | undefined;
}

/** Arrays for `count` splats at rest, all zero. */
export function allocateRestSplats(count: number): RestSplats {
  return {
    count,
    centers: new Float32Array(count * 3), logScales: new Float32Array(count * 3), rotations: new Float32Array(count * 4),
    opacities: new Float32Array(count), colors: new Float32Array(count * 3),
  };
}

/** The frames of a person's neutral head: what splats at rest are bound in. */
export function neutralFrames(rig: Rig, identityCoefficients: ArrayLike<number>): FaceFrames {
  return new FaceFrames(rig, neutralHead(rig, identityCoefficients).positions);
}

/** Puts bound splats on their own neutral head. Scales, opacities and colours are shared with `splats`, not copied. */
export function restSplats(rig: Rig, splats: BoundSplats): RestSplats {
  const { count, logScales, opacities, colors } = splats;
  const frames = neutralFrames(rig, splats.header.identityCoefficients);
  const centers = new Float32Array(count * 3);
  splatCenters(splats, frames, centers);
  const rotations = new Float32Array(count * 4);
  const faceTurn = new Float64Array(4);
  for (let s = 0; s < count; s++) {
    faceRotation(frames, splats.bindings[s], faceTurn);
    multiply(faceTurn, splats.rotations, s * 4, rotations, s * 4);
  }
  return { count, centers, logScales, rotations, opacities, colors };
}

/**
 * Binds splats at rest: the inverse of `restSplats`, up to the rounding of 32-bit floats. Where a face's normal lies in
 * the plane of its vertices' normals (a sliver folded over) no offset reaches the centre, and the splat stays on its face.
 */
export function bindSplats(rig: Rig, rest: RestSplats, binding: SplatBinding): BoundSplats {
  const { count, centers, logScales, opacities, colors } = rest;
  const { header, bindings, barycentrics } = binding;
  const frames = neutralFrames(rig, header.identityCoefficients);
  const offsets = new Float32Array(count * 3);
  const rotations = new Float32Array(count * 4);
  const faceTurn = new Float64Array(4);
  for (let s = 0; s < count; s++) {
    const face = bindings[s];
    offsetOfPoint(frames, face, barycentrics[s * 2], barycentrics[s * 2 + 1], centers[s * 3], centers[s * 3 + 1], centers[s * 3 + 2], offsets, s * 3);
    faceRotation(frames, face, faceTurn);
    faceTurn[0] = -faceTurn[0];
    faceTurn[1] = -faceTurn[1];
    faceTurn[2] = -faceTurn[2];
    multiply(faceTurn, rest.rotations, s * 4, rotations, s * 4);
  }
  return { count, header, bindings, barycentrics, offsets, logScales, rotations, opacities, colors };
}

/** The quaternion of a face's axes t, b, n, xyzw. */
function faceRotation({ frames }: FaceFrames, face: number, out: Float64Array): void {
  rotationOfAxes(frames, face * FACE_FRAME_STRIDE, out);
}

/**
 * The quaternion, xyzw, of the rotation whose columns are axes[at…at+2], axes[at+3…at+5] and axes[at+6…at+8], by
 * Shepperd's method: from the largest component, so that nothing small is divided by.
 */
export function rotationOfAxes(axes: ArrayLike<number>, at: number, out: Float64Array): void {
  const m00 = axes[at], m10 = axes[at + 1], m20 = axes[at + 2];
  const m01 = axes[at + 3], m11 = axes[at + 4], m21 = axes[at + 5];
  const m02 = axes[at + 6], m12 = axes[at + 7], m22 = axes[at + 8];
  const trace = m00 + m11 + m22;
  if (trace >= m00 && trace >= m11 && trace >= m22) {
    set(out, m21 - m12, m02 - m20, m10 - m01, 1 + trace);
  } else if (m00 >= m11 && m00 >= m22) {
    set(out, 1 + 2 * m00 - trace, m10 + m01, m02 + m20, m21 - m12);
  } else if (m11 >= m22) {
    set(out, m10 + m01, 1 + 2 * m11 - trace, m21 + m12, m02 - m20);
  } else {
    set(out, m02 + m20, m21 + m12, 1 + 2 * m22 - trace, m10 - m01);
  }
}

function set(out: Float64Array, x: number, y: number, z: number, w: number): void {
  const scale = 1 / Math.max(Math.sqrt(x * x + y * y + z * z + w * w), 1e-18);
  out[0] = x * scale;
  out[1] = y * scale;
  out[2] = z * scale;
  out[3] = w * scale;
}

/** out[outAt…] = a · b[at…], brought to unit length. */
export function multiply(a: Float64Array, b: Float32Array, at: number, out: Float32Array, outAt: number): void {
  const ax = a[0], ay = a[1], az = a[2], aw = a[3];
  const bx = b[at], by = b[at + 1], bz = b[at + 2], bw = b[at + 3];
  const x = aw * bx + ax * bw + ay * bz - az * by;
  const y = aw * by - ax * bz + ay * bw + az * bx;
  const z = aw * bz + ax * by - ay * bx + az * bw;
  const w = aw * bw - ax * bx - ay * by - az * bz;
  const scale = 1 / Math.max(Math.sqrt(x * x + y * y + z * z + w * w), 1e-18);
  out[outAt] = x * scale;
  out[outAt + 1] = y * scale;
  out[outAt + 2] = z * scale;
  out[outAt + 3] = w * scale;
}
