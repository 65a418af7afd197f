import { BufferAttribute, InstancedBufferGeometry } from 'three';
import { SPLATS_PER_INSTANCE } from '../shaders/splatShaders.ts';

/**
 * Triangles for the splat shader: corner x and y, and the triangle's number in its instance. Each holds the unit circle:
 * a splat is a handful of pixels, so what a primitive costs outweighs the pixels that a square would save.
 */
export function splatTriangles(): InstancedBufferGeometry {
  const corners = new Float32Array(SPLATS_PER_INSTANCE * 3 * 3);
  const half = Math.sqrt(3);
  for (let triangle = 0; triangle < SPLATS_PER_INSTANCE; triangle++) {
    corners.set([-half, -1, triangle, half, -1, triangle, 0, 2, triangle], triangle * 9);
  }
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(corners, 3));
  geometry.instanceCount = 0;
  return geometry;
}
