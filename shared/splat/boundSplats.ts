/**
 * Splats bound to a rig: what a generator makes, the asset stores and the renderer animates.
 *
 * A splat's frame is its bound face's: origin p = Σ barycentric·vertex, axes t = normalised edge v1-v0,
 * n = the face's unit normal, b = n × t (columns t, b, n). Its centre is p + t·o.x + b·o.y + m·o.z, where
 * m is the normalised barycentric mix of the three vertices' normals, so that far offsets (hair) stay
 * continuous across faces. Its covariance follows the face's deformation: see `splatFrame.ts`.
 */
export interface BoundSplats {
  readonly count: number;
  readonly header: AvatarHeader;
  /** Rig face, [count]. */
  readonly bindings: Uint16Array;
  /** Weights of the face's second and third vertex, u, v >= 0, u + v <= 1, [count, 2]. */
  readonly barycentrics: Float32Array;
  /** Metres in the face's frame, [count, 3]. */
  readonly offsets: Float32Array;
  /** Natural logarithm of the standard deviations along the splat's own axes, metres, [count, 3]. */
  readonly logScales: Float32Array;
  /** From the splat's axes to the face's frame, xyzw, unit length, [count, 4]. */
  readonly rotations: Float32Array;
  /** In [0, 1], [count]. */
  readonly opacities: Float32Array;
  /** sRGB-encoded, in [0, 1], [count, 3]. Blending happens in this encoding, as in Gaussian splatting. */
  readonly colors: Float32Array;
}

export interface AvatarHeader {
  readonly rigId: string;
  readonly rigHash: string;
  /** 'template' or 'autoregressive' (or an importer's name), at most 32 ASCII characters. */
  readonly generator: string;
  /** In standard deviations, at most 255 of them. */
  readonly identityCoefficients: Float32Array;
}

/** One batch of points on its way out of a generator. */
export interface PointBatch {
  /** Sized so that with what stands already they close the surface, as far as so few can. */
  readonly splats: BoundSplats;
  /** True: a head by itself, in place of everything before. Otherwise the batch adds to what stands. */
  readonly whole: boolean;
  /** Points written so far, this batch included (0: a sketch from the fit alone), and the expected total where it is known. */
  readonly pointsSoFar: number;
  readonly pointsExpected: number | undefined;
}
