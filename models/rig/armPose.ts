import type { BaseMesh } from '../makehuman/baseMesh.ts';
import { jointPosition } from '../makehuman/baseMesh.ts';
import { mirrorMap } from './mirror.ts';

/** MakeHuman's arms stand off the body by about 45 degrees; people in portraits let them hang. */
const DROP_RADIANS = (36 * Math.PI) / 180;
const ARM_BONES = /^(?:upperarm|lowerarm|wrist|metacarpal|finger).*\.L/;

/**
 * Lets the arms of a shaped base mesh hang: each arm's vertices turn about the shoulder joint by their share of its
 * bones. Affine in the mesh, since angle and shares are fixed.
 */
export function armsDown(base: BaseMesh): (source: Float32Array) => Float32Array {
  const bones = new Set(base.boneNames.flatMap((name, index) => (ARM_BONES.test(name) ? [index] : [])));
  const left: { vertex: number; share: number }[] = [];
  // MakeHuman's weights differ a little between the sides: the left ones count for both, and none on the midline.
  const mirrored = mirrorMap(base.positions, () => '');
  for (let vertex = 0; vertex < base.vertexCount; vertex++) {
    if (base.positions[vertex * 3]! <= 0 || mirrored[vertex] === vertex) continue;
    let share = 0;
    for (let slot = vertex * 4; slot < vertex * 4 + 4; slot++) if (bones.has(base.skinBones[slot]!)) share += base.skinWeights[slot]!;
    if (share > 0.001) left.push({ vertex, share: Math.min(1, share) });
  }
  const sides = [
    { rows: left, joint: 'upperarm01.L____head', angle: -DROP_RADIANS },
    { rows: left.map(({ vertex, share }) => ({ vertex: mirrored[vertex]!, share })), joint: 'upperarm01.R____head', angle: DROP_RADIANS },
  ];
  return (source) => {
    const out = source.slice();
    for (const { rows, joint, angle } of sides) {
      const [px, py] = jointPosition(base, source, joint);
      const c = Math.cos(angle) - 1, s = Math.sin(angle);
      for (const { vertex, share } of rows) {
        const x = source[vertex * 3]! - px, y = source[vertex * 3 + 1]! - py;
        out[vertex * 3]! += share * (c * x - s * y);
        out[vertex * 3 + 1]! += share * (s * x + c * y);
      }
    }
    return out;
  };
}
