/**
 * The head rig: a template head, neck and bust that every avatar rides on.
 *
 * Space: metres, right-handed, y up, z out of the face, +x towards the subject's left; the origin is the
 * midpoint between the eyeball centres of the mean head. Faces wind counter-clockwise seen from outside.
 */
export interface Rig {
  readonly id: string;
  /** Lower-case hex SHA-256 of the rig's binary file. */
  readonly hash: string;
  readonly vertexCount: number;
  readonly faceCount: number;
  /** Mean neutral head, metres, [vertexCount, 3]. */
  readonly positions: Float32Array;
  /**
   * Texture coordinates, [vertexCount, 2], v up; one a vertex, so a few body faces straddle seams. Each part has its own
   * space. Eyeballs: (0.5, 0.5) is the pupil, the distance from it grows with the angle from the gaze axis to 0.5 at the
   * back; the iris is the disc of radius 0.0625. Teeth: u along the arch from the subject's right (0) to the left (1), v
   * from the gum's rim (0) over the gum line (0.4) to the cutting edge (1). Shell: u around from the front (0) over the
   * subject's left (0.25) and the back (0.5), v from the chest (0) to the crown (1). Body and tongue: MakeHuman's.
   */
  readonly uvs: Float32Array;
  /** Vertex indices, [faceCount, 3]. */
  readonly faces: Uint32Array;
  /** Index into `regionNames`, [faceCount]. */
  readonly faceRegions: Uint8Array;
  readonly regionNames: readonly RegionName[];
  readonly joints: readonly Joint[];
  /** Joint indices and weights (sum 1), [vertexCount, 4]. */
  readonly jointIndices: Uint8Array;
  readonly jointWeights: Float32Array;
  /** In the order of `BLENDSHAPE_NAMES`. */
  readonly blendshapes: readonly Blendshape[];
  readonly identity: IdentityBasis;
  readonly landmarks: LandmarkEmbedding;
  /** Vertex across the sagittal plane, [vertexCount]; a vertex on the plane maps to itself. */
  readonly mirrorVertices: Uint32Array;
}

/** Names of face regions. `shell` is the head-and-bust surface that hair and clothes ride on. */
export const REGION_NAMES = [
  'face', 'scalp', 'neck', 'bust', 'leftEar', 'rightEar',
  'leftUpperLid', 'leftLowerLid', 'rightUpperLid', 'rightLowerLid', 'leftBrow', 'rightBrow',
  'nose', 'nostrils', 'upperLip', 'lowerLip', 'mouthCavity', 'upperTeeth', 'lowerTeeth', 'tongue',
  'leftEyeball', 'rightEyeball', 'shell',
] as const;
export type RegionName = (typeof REGION_NAMES)[number];

export const JOINT_NAMES = ['neck', 'head', 'jaw', 'leftEye', 'rightEye'] as const;
export type JointName = (typeof JOINT_NAMES)[number] | 'root';

/** A joint; index 0 is `root`, which never moves and holds the shoulders. */
export interface Joint {
  readonly name: JointName;
  /** Index of the parent joint, -1 for the root. */
  readonly parent: number;
  /** Rest position on the mean head, metres, in rig space (joints rest unrotated). */
  readonly position: readonly [number, number, number];
}

/** Sparse vertex displacements of one blendshape at weight 1, metres. */
export interface Blendshape {
  readonly name: string;
  readonly vertexIndices: Uint32Array;
  /** [vertexIndices.length, 3] */
  readonly deltas: Float32Array;
}

/** Linear identity space: neutral = positions + sum_k coefficient_k * standardDeviation_k * component_k. */
export interface IdentityBasis {
  readonly componentCount: number;
  /** Displacement per standard deviation, metres, [componentCount, vertexCount, 3]; coefficients are in standard deviations. */
  readonly components: Float32Array;
  /** Joint displacement per standard deviation, metres, [componentCount, joints.length, 3]. */
  readonly jointComponents: Float32Array;
  /** Standard deviation of each component over random heads before whitening, metres RMS; for reference and priors. */
  readonly standardDeviations: Float32Array;
}

/** Where each of MediaPipe's 478 face landmarks lies on the rig. */
export interface LandmarkEmbedding {
  /** Rig face, [478]. */
  readonly faces: Uint32Array;
  /** Barycentric weights of the face's three vertices, [478, 3]. */
  readonly barycentrics: Float32Array;
  /** Confidence in [0, 1], [478]; 0 for landmarks that do not sit on skin reliably. */
  readonly weights: Float32Array;
}
