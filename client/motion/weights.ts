import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';

const INDEX_OF = new Map<string, number>(BLENDSHAPE_NAMES.map((name, index) => [name, index]));

/** Place of a shape in `blendshapeWeights`. */
export function blendshapeIndex(name: BlendshapeName): number {
  return INDEX_OF.get(name)!;
}

/** Adds to weights by name, keeping each within [0, 1]. */
export function addWeights(weights: Float32Array, additions: Partial<Record<BlendshapeName, number>>): void {
  for (const [name, value] of Object.entries(additions)) {
    const index = INDEX_OF.get(name)!;
    weights[index] = Math.min(1, Math.max(0, weights[index]! + value));
  }
}
