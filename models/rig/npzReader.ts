import { unzipSync } from 'fflate';

/** One array of a NumPy archive. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Floating point as numbers, text as strings. */
  readonly values: Float32Array | Int32Array | readonly string[];
}

/**
 * Reads the named arrays of an .npz file: float16, float32, int32 and fixed-length text, little-endian, in C order.
 * @throws Error naming the array and what is wrong with it.
 */
export function readNpz(bytes: Uint8Array, names: readonly string[]): Map<string, NpyArray> {
  const files = unzipSync(bytes, { filter: ({ name }) => names.includes(name.replace(/\.npy$/, '')) });
  return new Map(names.map((name) => {
    const file = files[`${name}.npy`];
    if (file === undefined) throw new Error(`no array '${name}' in the archive`);
    return [name, readNpy(file, name)];
  }));
}

function readNpy(file: Uint8Array, name: string): NpyArray {
  if (String.fromCharCode(...file.subarray(1, 6)) !== 'NUMPY') throw new Error(`array '${name}': not an .npy file`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const wide = file[6]! >= 2;
  const headerBytes = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + headerBytes;
  const header = String.fromCharCode(...file.subarray(wide ? 12 : 10, start));
  const type = /'descr': '([^']+)'/.exec(header)?.[1] ?? '';
  if (!header.includes("'fortran_order': False")) throw new Error(`array '${name}': expected C order`);
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').filter((part) => part.trim() !== '').map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const data = file.slice(start);
  const expect = (bytesEach: number): void => {
    if (data.length !== count * bytesEach) throw new Error(`array '${name}': expected ${count * bytesEach} bytes, got ${data.length}`);
  };
  if (type === '<f4') { expect(4); return { shape, values: new Float32Array(data.buffer) }; }
  if (type === '<i4') { expect(4); return { shape, values: new Int32Array(data.buffer) }; }
  if (type === '<f2') {
    expect(2);
    return { shape, values: Float32Array.from(new Uint16Array(data.buffer), halfToNumber) };
  }
  const characters = /^<U(\d+)$/.exec(type)?.[1];
  if (characters !== undefined) {
    const length = Number(characters);
    expect(4 * length);
    const codes = new Uint32Array(data.buffer);
    return { shape, values: Array.from({ length: count }, (_, row) =>
      String.fromCodePoint(...codes.subarray(row * length, (row + 1) * length)).replaceAll('\0', '')) };
  }
  throw new Error(`array '${name}': type '${type}' is not supported`);
}

/** IEEE 754 half precision. */
function halfToNumber(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
