import type { EncodableRig } from '../../models/rig/encodeRig.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';

/** Steps that divide every number of `tinyRig`, so that nothing is lost on the way. */
export const TINY_STEPS = { position: 2 ** -14, shape: 2 ** -14, components: [2 ** -14, 2 ** -14] } as const;

/** An octahedron with all that a rig has: exactly symmetric, two components, one of each parity. */
export function tinyRig(): EncodableRig {
  const q = TINY_STEPS.position;
  const [t, x, m] = [100 * q, 200 * q, 300 * q];
  const positions = Float32Array.of(0, x, 0, 0, -x, 0, m, 0, 0, -m, 0, 0, 0, 0, t, 0, 0, -t);
  const mirrorVertices = Uint32Array.of(0, 1, 3, 2, 4, 5);
  const faces = Uint32Array.of(0, 4, 2, 0, 3, 4, 0, 2, 5, 0, 5, 3, 1, 2, 4, 1, 4, 3, 1, 5, 2, 1, 3, 5);
  const landmarkFaces = Uint32Array.from({ length: 478 }, (_, landmark) => landmark % 8);
  return {
    id: 'tiny-rig', vertexCount: 6, faceCount: 8, positions, faces, mirrorVertices,
    uvs: Float32Array.of(0.5, 1, 0.5, 0, 0.25, 0.5, 0.75, 0.5, 0.5, 0.5, 0, 0.5),
    faceRegions: Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 3), regionNames: REGION_NAMES,
    joints: [
      { name: 'root', parent: -1, position: [0, 0, 0] }, { name: 'neck', parent: 0, position: [0, -0.125, 0] },
      { name: 'head', parent: 1, position: [0, -0.0625, 0] }, { name: 'jaw', parent: 2, position: [0, 0, 0] },
      { name: 'leftEye', parent: 2, position: [0.03125, 0, 0] }, { name: 'rightEye', parent: 2, position: [-0.03125, 0, 0] },
    ],
    jointIndices: Uint8Array.from({ length: 24 }, (_, slot) => slot % 4),
    jointWeights: Float32Array.from({ length: 24 }, (_, slot) => [51, 102, 102, 0][slot % 4]! / 255),
    blendshapes: BLENDSHAPE_NAMES.map((name) => {
      if (name.endsWith('Left')) return { name, vertexIndices: Uint32Array.of(2, 4), deltas: Float32Array.of(q, 2 * q, 3 * q, 4 * q, -5 * q, 6 * q) };
      if (name.endsWith('Right')) return { name, vertexIndices: Uint32Array.of(3, 4), deltas: Float32Array.of(-q, 2 * q, 3 * q, -4 * q, -5 * q, 6 * q) };
      return { name, vertexIndices: Uint32Array.of(1, 2, 3), deltas: Float32Array.of(0, -q, q, 7 * q, 8 * q, 9 * q, -7 * q, 8 * q, 9 * q) };
    }),
    identity: {
      componentCount: 2,
      components: Float32Array.from([
        ...[0, 1, 2, 0, -1, 3, 4, 5, 6, -4, 5, 6, 0, 2, 2, 0, 3, 3], ...[1, 0, 0, 2, 0, 0, 3, 4, 5, 3, -4, -5, 1, 0, 0, 1, 0, 0],
      ], (steps) => steps * q),
      jointComponents: Float32Array.from({ length: 36 }, (_, i) => i / 1024),
      standardDeviations: Float32Array.of(0.0625, 0.03125),
    },
    componentParities: [0, 1],
    landmarks: {
      faces: landmarkFaces, barycentrics: Float32Array.from({ length: 478 * 3 }, (_, i) => [13107, 26214, 26214][i % 3]! / 65535),
      weights: new Float32Array(478).fill(1),
    },
  };
}
