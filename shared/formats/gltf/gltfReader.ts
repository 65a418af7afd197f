import { z } from 'zod';
import { parseWith } from '../../protocol/parse.ts';
import { SH_C0, bindingHeader, checkSplatCount } from '../bindingRules.ts';
import type { ReadHead, SplatBinding } from '../restSplats.ts';
import { SplatFileError } from '../splatFileError.ts';
import { AccessorReader, accessorsSchema } from './gltfAccessors.ts';
import { splitGlb } from './glbContainer.ts';
import { BINDING_ATTRIBUTE } from './gltfWriter.ts';

const bindingSchema = z.object({ rigId: z.string(), rigHash: z.string(), generator: z.string(), identity: z.array(z.number()) });
const fileSchema = accessorsSchema.extend({
  meshes: z.array(z.object({
    primitives: z.array(z.object({
      attributes: z.record(z.string(), z.number().int().min(0)),
      extensions: z.record(z.string(), z.unknown()).optional(),
      extras: z.object({ stipple: bindingSchema.optional() }).optional().catch(undefined),
    })).min(1),
  })).min(1),
});

/**
 * Reads the first primitive with KHR_gaussian_splatting of a binary glTF file, where it stands in its own space: nodes are not
 * applied, and view-dependent colour is left out.
 * @throws SplatFileError
 */
export function readGltf(bytes: Uint8Array): ReadHead {
  const { json, binary } = splitGlb(bytes, 'glTF');
  const gltf = parseWith(fileSchema, json, 'glTF file', 'AVATAR_INVALID');
  const primitive = gltf.meshes.flatMap(({ primitives }) => primitives).find(({ extensions }) => extensions?.['KHR_gaussian_splatting'] !== undefined);
  if (!primitive) throw SplatFileError.badField('glTF', 'primitives', 'one with KHR_gaussian_splatting', 'none');
  const { attributes, extras } = primitive;
  const accessors = new AccessorReader('glTF', gltf, binary);
  const attribute = (name: string): number => {
    const accessor = attributes[name];
    if (accessor === undefined) throw SplatFileError.badField('glTF', name, 'an attribute', 'none');
    return accessor;
  };
  const count = accessors.count(attribute('POSITION'));
  checkSplatCount('glTF', count);
  const column = (name: string, components: number): Float64Array => {
    const values = accessors.read(name, attribute(name), components);
    if (values.length !== count * components) throw SplatFileError.badField('glTF', name, `${count} elements`, values.length / components);
    return values;
  };
  const opacities = Float32Array.from(column('KHR_gaussian_splatting:OPACITY', 1), clampToUnit);
  const logScales = Float32Array.from(column('KHR_gaussian_splatting:SCALE', 3), (scale) => {
    if (!(scale >= 0)) throw SplatFileError.badField('glTF', 'SCALE', 'at least 0', scale);
    return Math.log(Math.max(scale, 1e-8));
  });
  const colors = Float32Array.from(column('KHR_gaussian_splatting:SH_DEGREE_0_COEF_0', 3), (value) => clampToUnit(0.5 + SH_C0 * value));
  const splats = {
    count, opacities, logScales, colors,
    centers: Float32Array.from(column('POSITION', 3)), rotations: Float32Array.from(column('KHR_gaussian_splatting:ROTATION', 4)),
  };
  const said = extras?.stipple;
  if (said === undefined || attributes[BINDING_ATTRIBUTE] === undefined) return { splats, binding: undefined };
  return { splats, binding: readBinding(said, column(BINDING_ATTRIBUTE, 3), count) };
}

function readBinding(said: z.infer<typeof bindingSchema>, bound: Float64Array, count: number): SplatBinding {
  const header = bindingHeader('glTF', said.rigId, said.rigHash, said.generator, said.identity);
  const bindings = new Uint16Array(count);
  const barycentrics = new Float32Array(count * 2);
  for (let s = 0; s < count; s++) {
    const face = bound[s * 3];
    if (!(Number.isInteger(face) && face >= 0 && face <= 65_535)) throw SplatFileError.badField('glTF', `face of splat ${s}`, 'an integer from 0 to 65535', face);
    bindings[s] = face;
    barycentrics[s * 2] = bound[s * 3 + 1];
    barycentrics[s * 2 + 1] = bound[s * 3 + 2];
  }
  return { header, bindings, barycentrics };
}

const clampToUnit = (value: number): number => Math.min(1, Math.max(0, value));
