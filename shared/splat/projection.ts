/**
 * EWA projection of splats (Zwicker et al. 2001, as in 3D Gaussian Splatting), the one formula that the shaders and
 * the CPU rasteriser share; client/render/shaders holds the same in GLSL.
 */

/** A pinhole camera. Looks down its own -z with y up; pixel = (focal·x/-z + cx, cy - focal·y/-z), rows from the top. */
export interface PinholeCamera {
  /** Camera space from rig space: rotation (xyzw), then translation in metres. */
  readonly cameraFromRigRotation: readonly [number, number, number, number];
  readonly cameraFromRigTranslation: readonly [number, number, number];
  readonly focalPixels: number;
  readonly principalPoint: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

/** Nearer splats are not drawn, metres. */
export const NEAR_METERS = 0.02;
/** Variance added to every projected splat so that none falls between pixels, square pixels. */
export const LOW_PASS_PIXELS2 = 0.3;
/** No splat covers more than this, so that no single one turns a pixel opaque for those behind it. */
export const MAX_ALPHA = 0.99;
/** Contributions below this are not drawn. */
export const MIN_ALPHA = 1 / 255;
/** The Jacobian is taken no further out than this many half-images, where it would blow up. */
const JACOBIAN_LIMIT = 1.3;

/** Splats on the image plane. A splat's alpha at pixel offset (dx, dy) is opacity·exp(-½(a·dx² + 2b·dx·dy + c·dy²)). */
export interface ProjectedSplats {
  /** Pixel coordinates of centres, [count, 2]; pixel centres lie at half-integers. */
  readonly centers: Float32Array;
  /** Distance along the camera's axis, metres, [count]; 0 where the splat is not drawn. */
  readonly depths: Float32Array;
  /** Inverse of the image covariance, low-pass included: a, b, c, [count, 3]. */
  readonly conics: Float32Array;
  /** Opacity after compensation for the low-pass, [count]. */
  readonly opacities: Float32Array;
  /** Half extents in x and y beyond which alpha is under `MIN_ALPHA`, pixels, [count, 2]. */
  readonly extents: Float32Array;
}

export function createProjectedSplats(count: number): ProjectedSplats {
  return {
    centers: new Float32Array(count * 2),
    depths: new Float32Array(count),
    conics: new Float32Array(count * 3),
    opacities: new Float32Array(count),
    extents: new Float32Array(count * 2),
  };
}

/**
 * The opacity that keeps a layer of splats as opaque as it was after each splat has grown by the low-pass.
 *
 * Mip-Splatting scales opacity by the ratio of areas, which keeps the *sum* of alphas; but a surface is drawn by
 * `over`, where a layer's opacity is 1 - exp(-τ) with τ = density·2π·area·Li₂(opacity), so scaled alphas let a distant
 * head turn translucent. Here τ is kept instead, with the dilogarithm replaced by o + 0.45·o², which
 * inverts in closed form and keeps τ within 11 % over all ratios.
 *
 * @param areaRatio sqrt(det before / det after the low-pass), in [0, 1].
 */
export function compensateOpacity(opacity: number, areaRatio: number): number {
  const depth = areaRatio * opacity * (1 + 0.45 * opacity);
  return (2 * depth) / (1 + Math.sqrt(1 + 1.8 * depth));
}

/**
 * Projects splats [begin, end).
 *
 * @param centers rig space, metres, [count, 3].
 * @param covariances rig space, square metres, [count, 6], xx, xy, xz, yy, yz, zz.
 * @param opacities [count].
 */
export function projectSplats(
  centers: Float32Array, covariances: Float32Array, opacities: Float32Array,
  camera: PinholeCamera, out: ProjectedSplats, begin = 0, end = opacities.length,
): void {
  const [qx, qy, qz, qw] = camera.cameraFromRigRotation;
  const [tx, ty, tz] = camera.cameraFromRigTranslation;
  const r00 = 1 - 2 * (qy * qy + qz * qz), r01 = 2 * (qx * qy - qz * qw), r02 = 2 * (qx * qz + qy * qw);
  const r10 = 2 * (qx * qy + qz * qw), r11 = 1 - 2 * (qx * qx + qz * qz), r12 = 2 * (qy * qz - qx * qw);
  const r20 = 2 * (qx * qz - qy * qw), r21 = 2 * (qy * qz + qx * qw), r22 = 1 - 2 * (qx * qx + qy * qy);
  const focal = camera.focalPixels;
  const [cx, cy] = camera.principalPoint;
  // The ray slopes at the image's sides, widened; the principal point need not be the centre.
  const left = -(JACOBIAN_LIMIT * camera.width / 2 + (cx - camera.width / 2)) / focal;
  const right = (JACOBIAN_LIMIT * camera.width / 2 - (cx - camera.width / 2)) / focal;
  const bottom = -(JACOBIAN_LIMIT * camera.height / 2 - (cy - camera.height / 2)) / focal;
  const top = (JACOBIAN_LIMIT * camera.height / 2 + (cy - camera.height / 2)) / focal;
  for (let s = begin; s < end; s++) {
    const px = centers[s * 3], py = centers[s * 3 + 1], pz = centers[s * 3 + 2];
    const x = r00 * px + r01 * py + r02 * pz + tx;
    const y = r10 * px + r11 * py + r12 * pz + ty;
    const depth = -(r20 * px + r21 * py + r22 * pz + tz);
    if (!(depth > NEAR_METERS)) {
      out.depths[s] = 0;
      out.opacities[s] = 0;
      continue;
    }
    const inverse = 1 / depth;
    const slopeX = x * inverse, slopeY = y * inverse;
    const pixels = focal * inverse;
    const sx = pixels * Math.min(Math.max(slopeX, left), right);
    const sy = pixels * Math.min(Math.max(slopeY, bottom), top);
    // Rows of J·R: image x grows with camera x, image y against camera y.
    const j00 = pixels * r00 + sx * r20, j01 = pixels * r01 + sx * r21, j02 = pixels * r02 + sx * r22;
    const j10 = -pixels * r10 - sy * r20, j11 = -pixels * r11 - sy * r21, j12 = -pixels * r12 - sy * r22;
    const c = s * 6;
    const vxx = covariances[c], vxy = covariances[c + 1], vxz = covariances[c + 2];
    const vyy = covariances[c + 3], vyz = covariances[c + 4], vzz = covariances[c + 5];
    const ux = vxx * j00 + vxy * j01 + vxz * j02, uy = vxy * j00 + vyy * j01 + vyz * j02, uz = vxz * j00 + vyz * j01 + vzz * j02;
    const wx = vxx * j10 + vxy * j11 + vxz * j12, wy = vxy * j10 + vyy * j11 + vyz * j12, wz = vxz * j10 + vyz * j11 + vzz * j12;
    const rawXx = j00 * ux + j01 * uy + j02 * uz;
    const rawXy = j10 * ux + j11 * uy + j12 * uz;
    const rawYy = j10 * wx + j11 * wy + j12 * wz;
    const xx = rawXx + LOW_PASS_PIXELS2, yy = rawYy + LOW_PASS_PIXELS2;
    const determinant = xx * yy - rawXy * rawXy;
    const rawDeterminant = Math.max(rawXx * rawYy - rawXy * rawXy, 0);
    const opacity = compensateOpacity(opacities[s], Math.sqrt(rawDeterminant / determinant));
    out.depths[s] = depth;
    out.centers[s * 2] = focal * slopeX + cx;
    out.centers[s * 2 + 1] = cy - focal * slopeY;
    out.conics[s * 3] = yy / determinant;
    out.conics[s * 3 + 1] = -rawXy / determinant;
    out.conics[s * 3 + 2] = xx / determinant;
    out.opacities[s] = opacity;
    const reach2 = opacity > MIN_ALPHA ? 2 * Math.log(opacity / MIN_ALPHA) : 0;
    out.extents[s * 2] = Math.sqrt(reach2 * xx);
    out.extents[s * 2 + 1] = Math.sqrt(reach2 * yy);
  }
}
