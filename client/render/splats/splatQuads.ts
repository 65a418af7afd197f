import { BufferAttribute, InstancedBufferGeometry } from 'three';
import { QUADS_PER_INSTANCE } from '../shaders/splatShaders.ts';

/** Quads for the splat shader: corner x and y in ±1, and the quad's number in its instance. */
export function splatQuads(): InstancedBufferGeometry {
  const corners = new Float32Array(QUADS_PER_INSTANCE * 4 * 3);
  const indices = new Uint16Array(QUADS_PER_INSTANCE * 6);
  for (let quad = 0; quad < QUADS_PER_INSTANCE; quad++) {
    corners.set([-1, -1, quad, 1, -1, quad, 1, 1, quad, -1, 1, quad], quad * 12);
    const first = quad * 4;
    indices.set([first, first + 1, first + 2, first, first + 2, first + 3], quad * 6);
  }
  const geometry = new InstancedBufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(corners, 3));
  geometry.setIndex(new BufferAttribute(indices, 1));
  geometry.instanceCount = 0;
  return geometry;
}
