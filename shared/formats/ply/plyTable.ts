import { strFromU8 } from 'fflate';
import { checkSplatCount } from '../bindingRules.ts';
import { SplatFileError } from '../splatFileError.ts';

/** The longest header that is read: long enough for every spherical harmonic and our comments. */
const MAX_HEADER_BYTES = 65_536;
const END = 'end_header';

type ScalarType = 'f32' | 'f64' | 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32';
const TYPES: Readonly<Record<string, ScalarType>> = {
  float: 'f32', float32: 'f32', double: 'f64', float64: 'f64', uchar: 'u8', uint8: 'u8', char: 'i8', int8: 'i8',
  ushort: 'u16', uint16: 'u16', short: 'i16', int16: 'i16', uint: 'u32', uint32: 'u32', int: 'i32', int32: 'i32',
};
const BYTES: Readonly<Record<ScalarType, number>> = { f32: 4, f64: 8, u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4 };

/** The vertices of a binary little-endian PLY file, by column. */
export interface PlyTable {
  readonly count: number;
  /** Without the word `comment`. */
  readonly comments: readonly string[];
  has(property: string): boolean;
  /** A property of all vertices, [count]. @throws SplatFileError where it is missing or holds what is not a finite number. */
  column(property: string): Float32Array;
}

/**
 * Reads the header and finds the columns of `element vertex`, which must come first.
 * @throws SplatFileError
 */
export function readPlyTable(bytes: Uint8Array): PlyTable {
  const head = strFromU8(bytes.subarray(0, MAX_HEADER_BYTES), true);
  if (!/^ply\r?\n/.test(head)) throw SplatFileError.badField('PLY', 'magic', 'a first line "ply"', JSON.stringify(head.slice(0, 4)));
  const end = new RegExp(`\\n${END}\\r?\\n`).exec(head);
  if (!end) throw SplatFileError.badField('PLY', 'header', `a line "${END}" within ${MAX_HEADER_BYTES} bytes`, 'none');
  const comments: string[] = [];
  const offsets = new Map<string, { offset: number; type: ScalarType }>();
  let element = '';
  let format = '';
  let count = -1;
  let stride = 0;
  for (const line of head.slice(0, end.index).split(/\r?\n/).slice(1)) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === 'comment') comments.push(line.trim().slice('comment'.length).trim());
    else if (keyword === 'format') format = words[0] ?? '';
    else if (keyword === 'element') {
      if (element === '' && words[0] !== 'vertex') throw SplatFileError.badField('PLY', 'first element', 'vertex', words[0] ?? 'nothing');
      element = words[0] ?? '';
      if (element === 'vertex') count = Number(words[1]);
    } else if (keyword === 'property' && element === 'vertex') {
      const type = Object.hasOwn(TYPES, words[0] ?? '') ? TYPES[words[0]] : undefined;
      if (type === undefined || words[1] === undefined) throw SplatFileError.badField('PLY', 'property', 'a scalar type and a name', words.join(' '));
      offsets.set(words[1], { offset: stride, type });
      stride += BYTES[type];
    }
  }
  if (format !== 'binary_little_endian') throw SplatFileError.badField('PLY', 'format', 'binary_little_endian', format);
  checkSplatCount('PLY', count);
  const begin = end.index + end[0].length;
  if (bytes.length < begin + count * stride) throw SplatFileError.badField('PLY', 'length', `${begin + count * stride} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, count * stride);
  return {
    count, comments,
    has: (property) => offsets.has(property),
    column: (property) => {
      const found = offsets.get(property);
      if (!found) throw SplatFileError.badField('PLY', property, 'a property of the vertices', 'none');
      const column = new Float32Array(count);
      for (let row = 0; row < count; row++) {
        const value = readScalar(view, row * stride + found.offset, found.type);
        if (!Number.isFinite(value)) throw SplatFileError.badField('PLY', `${property} of splat ${row}`, 'a finite number', value);
        column[row] = value;
      }
      return column;
    },
  };
}

function readScalar(view: DataView, at: number, type: ScalarType): number {
  switch (type) {
    case 'f32': return view.getFloat32(at, true);
    case 'f64': return view.getFloat64(at, true);
    case 'u8': return view.getUint8(at);
    case 'i8': return view.getInt8(at);
    case 'u16': return view.getUint16(at, true);
    case 'i16': return view.getInt16(at, true);
    case 'u32': return view.getUint32(at, true);
    case 'i32': return view.getInt32(at, true);
  }
}
