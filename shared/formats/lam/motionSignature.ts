import type { BlendshapeName } from '../../rig/blendshapes.ts';
import type { Rig } from '../../rig/rig.ts';
import type { LamHead } from './lamHead.ts';

/**
 * How a place on a head moves, as a few numbers that two meshes have in common. Lips touch and lids fold, so the nearest place is
 * often the wrong one there; what opens with the jaw or closes with a lid is not to be mistaken.
 */
export const SIGNATURE_SHAPES: readonly BlendshapeName[] = ['jawOpen', 'eyeBlinkLeft', 'eyeBlinkRight', 'mouthUpperUpLeft', 'mouthUpperUpRight'];
/** Metres that a place's whole movement counts for, against distance. */
const FULL_MOTION_METERS = 0.02;
/** Numbers a vertex: three a shape. */
export const SIGNATURE_STRIDE = SIGNATURE_SHAPES.length * 3;

/** Of LAM's vertices, [vertexCount, SIGNATURE_STRIDE]. */
export function lamSignature({ shapes, vertexCount }: LamHead): Float32Array {
  const signature = new Float32Array(vertexCount * SIGNATURE_STRIDE);
  SIGNATURE_SHAPES.forEach((name, shape) => {
    const deltas = shapes.get(name);
    if (deltas) write(signature, shape, deltas, (vertex) => vertex, vertexCount);
  });
  return signature;
}

/** Of the rig's vertices, [vertexCount, SIGNATURE_STRIDE]; only of shapes that LAM's file has. */
export function rigSignature(rig: Rig, { shapes }: LamHead): Float32Array {
  const signature = new Float32Array(rig.vertexCount * SIGNATURE_STRIDE);
  SIGNATURE_SHAPES.forEach((name, shape) => {
    const blendshape = rig.blendshapes.find((candidate) => candidate.name === name);
    if (!blendshape || !shapes.has(name)) return;
    const { vertexIndices, deltas } = blendshape;
    write(signature, shape, deltas, (k) => vertexIndices[k], vertexIndices.length);
  });
  return signature;
}

/** Each shape is scaled by its own largest movement: the two heads need not open their mouths equally far. */
function write(signature: Float32Array, shape: number, deltas: Float32Array, vertexOf: (k: number) => number, count: number): void {
  let largest = 1e-6;
  for (let k = 0; k < count; k++) largest = Math.max(largest, Math.hypot(deltas[k * 3], deltas[k * 3 + 1], deltas[k * 3 + 2]));
  for (let k = 0; k < count; k++) {
    const at = vertexOf(k) * SIGNATURE_STRIDE + shape * 3;
    for (let axis = 0; axis < 3; axis++) signature[at + axis] = (deltas[k * 3 + axis] / largest) * FULL_MOTION_METERS;
  }
}
