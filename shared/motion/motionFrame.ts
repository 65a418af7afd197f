/** One sample of a face as it is shared with the room: what the motion codec carries (PROTOCOL.md chapter MOTION). */
export interface MotionFrame {
  /** The room clock (`connection:clock`) when the camera took the picture, milliseconds modulo 2^32. */
  readonly captureTimestampMs: number;
  /** False while the sender sees no face and repeats or idles. */
  readonly tracked: boolean;
  /** In the order of `BLENDSHAPE_NAMES`, each in [0, 1], [52]. */
  readonly blendshapeWeights: Float32Array;
  /** xyzw, unit length, as in `RigPose`. */
  readonly headRotation: readonly [number, number, number, number];
  /** As in `RigPose`, metres. */
  readonly headPositionMeters: readonly [number, number, number];
}

/** Label and sub-protocol of the data channel that carries motion frames. */
export const MOTION_CHANNEL_LABEL = 'motion';
export const MOTION_CHANNEL_PROTOCOL = 'stipple.motion.v2';
