import { SH_C0, identitySteps } from '../bindingRules.ts';
import type { RestSplats, SplatBinding } from '../restSplats.ts';
import { align, joinGlb } from './glbContainer.ts';

const FLOAT = 5126;
const UNSIGNED_BYTE = 5121;
const POINTS = 0;
const VERTICES = 34_962;

/** Where the binding is: rig face, u and v of each splat, and in the primitive's `extras.stipple` what rig it is and whose head. */
export const BINDING_ATTRIBUTE = '_STIPPLE_BINDING';

/**
 * Writes the neutral head as binary glTF with KHR_gaussian_splatting: linear scales, rotations xyzw, opacity in [0, 1], colour as
 * the degree-0 coefficient, in display-referred sRGB. glTF's axes (y up, z towards the viewer, metres) are the rig's. A viewer
 * without the extension shows coloured points.
 */
export function writeGltf(splats: RestSplats, binding: SplatBinding): Uint8Array {
  const { count, centers, logScales, rotations, opacities, colors } = splats;
  const { header, bindings, barycentrics } = binding;
  const bytesOfColors = new Uint8Array(count * 4);
  for (let s = 0; s < count; s++) {
    for (let k = 0; k < 3; k++) bytesOfColors[s * 4 + k] = Math.round(colors[s * 3 + k] * 255);
    bytesOfColors[s * 4 + 3] = Math.round(opacities[s] * 255);
  }
  const bound = new Float32Array(count * 3);
  for (let s = 0; s < count; s++) bound.set([bindings[s], barycentrics[s * 2], barycentrics[s * 2 + 1]], s * 3);
  const columns = [
    { name: 'POSITION', type: 'VEC3', data: centers, bounds: boundsOf(centers) },
    { name: 'COLOR_0', type: 'VEC4', data: bytesOfColors, normalized: true },
    { name: 'KHR_gaussian_splatting:SCALE', type: 'VEC3', data: logScales.map(Math.exp) },
    { name: 'KHR_gaussian_splatting:ROTATION', type: 'VEC4', data: rotations },
    { name: 'KHR_gaussian_splatting:OPACITY', type: 'SCALAR', data: opacities },
    { name: 'KHR_gaussian_splatting:SH_DEGREE_0_COEF_0', type: 'VEC3', data: colors.map((color) => (color - 0.5) / SH_C0) },
    { name: BINDING_ATTRIBUTE, type: 'VEC3', data: bound },
  ];
  const offsets: number[] = [];
  let binaryBytes = 0;
  for (const { data } of columns) {
    offsets.push(binaryBytes);
    binaryBytes += align(data.byteLength);
  }
  const binary = new Uint8Array(binaryBytes);
  columns.forEach(({ data }, index) => binary.set(littleEndianBytes(data), offsets[index]));
  return joinGlb({
    asset: { version: '2.0', generator: 'Stipple' },
    extensionsUsed: ['KHR_gaussian_splatting'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name: 'head' }],
    meshes: [{
      name: 'head',
      primitives: [{
        mode: POINTS,
        attributes: Object.fromEntries(columns.map(({ name }, accessor) => [name, accessor])),
        extensions: {
          KHR_gaussian_splatting: { kernel: 'ellipse', colorSpace: 'srgb_rec709_display', projection: 'perspective', sortingMethod: 'cameraDistance' },
        },
        extras: { stipple: { rigId: header.rigId, rigHash: header.rigHash, generator: header.generator, identity: [...identitySteps(header)] } },
      }],
    }],
    accessors: columns.map(({ type, data, bounds, normalized }, bufferView) => ({
      bufferView, type, count, componentType: data instanceof Uint8Array ? UNSIGNED_BYTE : FLOAT, ...(normalized ? { normalized } : {}), ...bounds,
    })),
    bufferViews: columns.map(({ data }, index) => ({ buffer: 0, byteOffset: offsets[index], byteLength: data.byteLength, target: VERTICES })),
    buffers: [{ byteLength: binaryBytes }],
  }, binary);
}

function littleEndianBytes(data: Float32Array | Uint8Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const view = new DataView(new ArrayBuffer(data.length * 4));
  data.forEach((value, k) => view.setFloat32(k * 4, value, true));
  return new Uint8Array(view.buffer);
}

function boundsOf(centers: Float32Array): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity], max = [-Infinity, -Infinity, -Infinity];
  centers.forEach((value, k) => {
    min[k % 3] = Math.min(min[k % 3], value);
    max[k % 3] = Math.max(max[k % 3], value);
  });
  return { min, max };
}
