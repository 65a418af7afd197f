import { z } from 'zod';
import { SplatFileError, type SplatFileFormat } from '../splatFileError.ts';

const index = z.number().int().min(0);
const sparseSchema = z.object({
  count: z.number().int().min(1),
  indices: z.object({ bufferView: index, byteOffset: index.default(0), componentType: z.union([z.literal(5121), z.literal(5123), z.literal(5125)]) }),
  values: z.object({ bufferView: index, byteOffset: index.default(0) }),
});

/** The parts of glTF 2.0 that accessors need. */
export const accessorsSchema = z.object({
  accessors: z.array(z.object({
    bufferView: index.optional(), byteOffset: index.default(0),
    componentType: z.union([z.literal(5120), z.literal(5121), z.literal(5122), z.literal(5123), z.literal(5125), z.literal(5126)]),
    normalized: z.boolean().default(false), count: z.number().int().min(1),
    type: z.enum(['SCALAR', 'VEC2', 'VEC3', 'VEC4', 'MAT2', 'MAT3', 'MAT4']), sparse: sparseSchema.optional(),
  })),
  bufferViews: z.array(z.object({ buffer: z.literal(0), byteOffset: index.default(0), byteLength: z.number().int().min(1), byteStride: z.number().int().min(4).max(252).optional() })),
});
export type GltfAccessors = z.infer<typeof accessorsSchema>;

const COMPONENTS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 } as const;
const COMPONENT_BYTES = { 5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4 } as const;
/** What a normalised integer is divided by. */
const NORMALISERS = { 5120: 127, 5121: 255, 5122: 32_767, 5123: 65_535, 5125: 4_294_967_295, 5126: 1 } as const;
type ComponentType = keyof typeof COMPONENT_BYTES;

/** Reads accessors of the one buffer inside a binary glTF file. */
export class AccessorReader {
  readonly #format: SplatFileFormat;
  readonly #gltf: GltfAccessors;
  readonly #view: DataView;

  constructor(format: SplatFileFormat, gltf: GltfAccessors, binary: Uint8Array) {
    this.#format = format;
    this.#gltf = gltf;
    this.#view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
  }

  /** Elements of an accessor. @throws SplatFileError */
  count(accessor: number): number {
    return this.#at('accessor', this.#gltf.accessors, accessor).count;
  }

  /**
   * An accessor's values, normalised integers as numbers, [count, components].
   * @param components how many an element must have.
   * @throws SplatFileError where it lies outside the file or is of another kind.
   */
  read(name: string, accessor: number, components: number): Float64Array {
    const { bufferView, byteOffset, componentType, normalized, count, type, sparse } = this.#at(name, this.#gltf.accessors, accessor);
    if (COMPONENTS[type] !== components) throw SplatFileError.badField(this.#format, name, `${components} components`, COMPONENTS[type]);
    // What has no data has at least as many bytes of indices, or is refused: nothing large is allocated for a small file.
    if (count > this.#view.byteLength && bufferView === undefined) throw SplatFileError.badField(this.#format, name, 'data', `${count} elements without any`);
    const values = new Float64Array(bufferView === undefined ? count * components : 0);
    const scale = normalized ? 1 / NORMALISERS[componentType] : 1;
    const whole = bufferView === undefined ? values : this.#numbers(name, bufferView, byteOffset, componentType, count, components, scale);
    if (sparse) {
      const { indices, values: replaced } = sparse;
      const places = this.#numbers(`${name} indices`, indices.bufferView, indices.byteOffset, indices.componentType, sparse.count, 1, 1);
      const numbers = this.#numbers(`${name} values`, replaced.bufferView, replaced.byteOffset, componentType, sparse.count, components, scale);
      places.forEach((place, k) => {
        if (place >= count) throw SplatFileError.badField(this.#format, `${name} index`, `below ${count}`, place);
        whole.set(numbers.subarray(k * components, (k + 1) * components), place * components);
      });
    }
    return whole;
  }

  #numbers(name: string, bufferView: number, byteOffset: number, type: ComponentType, count: number, components: number, scale: number): Float64Array {
    const { byteOffset: viewOffset, byteLength, byteStride } = this.#at(`${name} view`, this.#gltf.bufferViews, bufferView);
    const elementBytes = components * COMPONENT_BYTES[type];
    const stride = byteStride ?? elementBytes;
    const needed = byteOffset + (count - 1) * stride + elementBytes;
    if (needed > byteLength || viewOffset + byteLength > this.#view.byteLength) {
      throw SplatFileError.badField(this.#format, name, `within ${Math.min(byteLength, this.#view.byteLength - viewOffset)} bytes`, `${needed} bytes`);
    }
    const values = new Float64Array(count * components);
    for (let element = 0, k = 0; element < count; element++) {
      for (let component = 0; component < components; component++, k++) {
        const value = this.#number(type, viewOffset + byteOffset + element * stride + component * COMPONENT_BYTES[type]) * scale;
        if (!Number.isFinite(value)) throw SplatFileError.badField(this.#format, `${name} element ${element}`, 'a finite number', value);
        values[k] = value;
      }
    }
    return values;
  }

  #number(type: ComponentType, at: number): number {
    switch (type) {
      case 5120: return this.#view.getInt8(at);
      case 5121: return this.#view.getUint8(at);
      case 5122: return this.#view.getInt16(at, true);
      case 5123: return this.#view.getUint16(at, true);
      case 5125: return this.#view.getUint32(at, true);
      case 5126: return this.#view.getFloat32(at, true);
    }
  }

  #at<Item>(name: string, items: readonly Item[], place: number): Item {
    const item = items[place];
    if (item === undefined) throw SplatFileError.badField(this.#format, name, `one of ${items.length}`, place);
    return item;
  }
}
