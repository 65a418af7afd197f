/** A safetensors file taken apart; half floats become numbers. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[]; readonly data: Float64Array }>;
}

export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes))) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  const tensors = new Map<string, { dtype: string; shape: number[]; data: Float64Array }>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const start = 8 + headerBytes + entry.data_offsets[0];
    const size = { U8: 1, F16: 2, U32: 4, F32: 4 }[entry.dtype]!;
    const count = (entry.data_offsets[1] - entry.data_offsets[0]) / size;
    const read = (i: number): number => {
      switch (entry.dtype) {
        case 'U8': return view.getUint8(start + i);
        case 'U32': return view.getUint32(start + 4 * i, true);
        case 'F32': return view.getFloat32(start + 4 * i, true);
        default: return fromHalf(view.getUint16(start + 2 * i, true));
      }
    };
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data: Float64Array.from({ length: count }, (_, i) => read(i)) });
  }
  return { metadata: header['__metadata__'] as unknown as Record<string, string>, tensors };
}

/** The number that an IEEE half float stands for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return exponent === 31 ? (mantissa === 0 ? sign * Infinity : NaN) : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
