/** What moves a rig: one sample of a face. Quaternions are xyzw. */
export interface RigPose {
  /** In the order of `BLENDSHAPE_NAMES`, each in [0, 1], [52]. The eyeballs turn by the eyeLook* weights. */
  readonly blendshapeWeights: Float32Array;
  /** Head rotation relative to the resting shoulders, rig space; shared between the neck and head joints. */
  readonly headRotation: readonly [number, number, number, number];
  /** Displacement of the whole rig, metres, rig space. */
  readonly headPositionMeters: readonly [number, number, number];
}
