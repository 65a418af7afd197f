/** A piece of the rig under construction: a fixed mesh whose vertices follow MakeHuman's mesh. */
export interface RigPart {
  readonly name: 'body' | 'leftEyeball' | 'rightEyeball' | 'upperTeeth' | 'lowerTeeth' | 'tongue' | 'shell';
  readonly vertexCount: number;
  /** Vertex indices within the part, counter-clockwise seen from outside, [faceCount, 3]. */
  readonly faces: Uint32Array;
  /** [vertexCount, 2], v up. */
  readonly uvs: Float32Array;
  /**
   * Writes the part's vertices for a shaped MakeHuman mesh ([baseVertexCount, 3], metres), [vertexCount, 3], to `out`
   * from vertex `start` on. Affine in `source`, so that targets may be pushed through one by one.
   */
  shape(source: Float32Array, out: Float32Array, start: number): void;
}

/** Two triangles for each quad: across the shorter diagonal, and mirrored quads across mirrored diagonals. */
export function triangulate(quads: Uint32Array, positions: Float32Array): Uint32Array {
  const faces = new Uint32Array((quads.length / 4) * 6);
  const squaredLength = (a: number, b: number): number => {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) sum += (positions[a * 3 + axis]! - positions[b * 3 + axis]!) ** 2;
    return sum;
  };
  for (let quad = 0; quad < quads.length / 4; quad++) {
    const [a, b, c, d] = quads.subarray(quad * 4, quad * 4 + 4) as unknown as [number, number, number, number];
    // Near ties must fall alike on both sides of the face: symmetric positions give the same lengths to the last bit
    // only up to rounding, hence the margin.
    const cut = squaredLength(a, c) <= squaredLength(b, d) * (1 + 1e-5) ? [a, b, c, a, c, d] : [a, b, d, b, c, d];
    faces.set(cut, quad * 6);
  }
  return faces;
}
