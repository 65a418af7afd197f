import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { type Blendshape, JOINT_NAMES, type Joint, REGION_NAMES, type Rig } from '../../shared/rig/rig.ts';

/**
 * A small rig for tests that need no real head: an ellipsoid of `rings` × `segments`, with bumps for blendshapes and
 * joints where a head has them. Every vertex moves with some joint and some blendshape.
 */
export function syntheticRig({ rings = 24, segments = 32 } = {}): Rig {
  const vertexCount = (rings + 1) * segments;
  const positions = new Float32Array(vertexCount * 3);
  const uvs = new Float32Array(vertexCount * 2);
  for (let ring = 0; ring <= rings; ring++) {
    for (let segment = 0; segment < segments; segment++) {
      const v = ring * segments + segment;
      // Not quite to the poles: no face degenerates.
      const polar = Math.PI * (0.02 + 0.96 * (ring / rings));
      const azimuth = (2 * Math.PI * segment) / segments;
      positions[v * 3] = 0.075 * Math.sin(polar) * Math.sin(azimuth);
      positions[v * 3 + 1] = 0.11 * Math.cos(polar) - 0.02;
      positions[v * 3 + 2] = 0.09 * Math.sin(polar) * Math.cos(azimuth) - 0.06;
      uvs[v * 2] = segment / segments;
      uvs[v * 2 + 1] = 1 - ring / rings;
    }
  }
  const faces: number[] = [];
  for (let ring = 0; ring < rings; ring++) {
    for (let segment = 0; segment < segments; segment++) {
      const next = (segment + 1) % segments;
      const a = ring * segments + segment, b = ring * segments + next;
      const c = a + segments, d = b + segments;
      faces.push(a, c, d, a, d, b);
    }
  }
  const joints: Joint[] = [
    { name: 'root', parent: -1, position: [0, -0.3, -0.06] },
    ...JOINT_NAMES.map((name, index): Joint => ({
      name, parent: [0, 1, 2, 2, 2][index],
      position: ([[0, -0.14, -0.08], [0, -0.06, -0.07], [0, -0.05, -0.05], [0.03, 0, 0], [-0.03, 0, 0]] as const)[index],
    })),
  ];
  const jointIndices = new Uint8Array(vertexCount * 4);
  const jointWeights = new Float32Array(vertexCount * 4);
  for (let v = 0; v < vertexCount; v++) {
    // From the shoulders' root below to the head above, by height; a patch at the eyes follows the eye joints a little.
    const height = Math.min(1, Math.max(0, (positions[v * 3 + 1] + 0.13) / 0.1));
    const eye = Math.exp(-(((Math.abs(positions[v * 3]) - 0.03) ** 2 + positions[v * 3 + 1] ** 2) / 0.0002)) * (positions[v * 3 + 2] > 0 ? 0.5 : 0);
    jointIndices.set([0, 1, 2, positions[v * 3] > 0 ? 4 : 5], v * 4);
    const head = height * height;
    const weights = [1 - height, height - head, head * (1 - eye), head * eye];
    jointWeights.set(weights, v * 4);
  }
  const blendshapes = BLENDSHAPE_NAMES.map((name, index): Blendshape => {
    const center = ((index * 7919) % vertexCount) * 3;
    const vertexIndices: number[] = [];
    const deltas: number[] = [];
    for (let v = 0; v < vertexCount; v++) {
      const distance = Math.hypot(...[0, 1, 2].map((k) => positions[v * 3 + k] - positions[center + k]));
      if (distance > 0.04) continue;
      const strength = 0.008 * (1 - distance / 0.04);
      vertexIndices.push(v);
      deltas.push(strength * Math.sin(index), strength * Math.cos(index * 2), strength * Math.cos(index));
    }
    return { name, vertexIndices: Uint32Array.from(vertexIndices), deltas: Float32Array.from(deltas) };
  });
  const componentCount = 3;
  const components = new Float32Array(componentCount * vertexCount * 3);
  for (let k = 0; k < componentCount; k++) {
    for (let v = 0; v < vertexCount; v++) components[(k * vertexCount + v) * 3 + k] = positions[v * 3 + k] * 0.05;
  }
  const faceArray = Uint32Array.from(faces);
  return {
    id: 'synthetic', hash: '0123456789abcdef'.repeat(4), vertexCount, faceCount: faceArray.length / 3, positions, uvs, faces: faceArray,
    faceRegions: new Uint8Array(faceArray.length / 3), regionNames: REGION_NAMES, joints, jointIndices, jointWeights, blendshapes,
    identity: {
      componentCount, components, jointComponents: new Float32Array(componentCount * joints.length * 3),
      standardDeviations: new Float32Array(componentCount).fill(0.001),
    },
    landmarks: { faces: new Uint32Array(478), barycentrics: new Float32Array(478 * 3).fill(1 / 3), weights: new Float32Array(478) },
    mirrorVertices: Uint32Array.from({ length: vertexCount }, (_, v) =>
      Math.floor(v / segments) * segments + ((segments - (v % segments)) % segments)),
  };
}
