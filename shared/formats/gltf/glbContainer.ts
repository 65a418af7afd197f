import { strFromU8, strToU8 } from 'fflate';
import { SplatFileError, type SplatFileFormat } from '../splatFileError.ts';

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const MAX_JSON_BYTES = 16_777_216;

/** A binary glTF 2.0 file of a JSON chunk and a binary one, each padded to four bytes. */
export function joinGlb(json: unknown, binary: Uint8Array): Uint8Array {
  const text = strToU8(JSON.stringify(json));
  const textBytes = align(text.length);
  const binaryBytes = align(binary.length);
  const file = new Uint8Array(28 + textBytes + binaryBytes);
  const view = new DataView(file.buffer);
  [MAGIC, 2, file.length, textBytes, JSON_CHUNK].forEach((value, k) => view.setUint32(k * 4, value, true));
  file.fill(0x20, 20, 20 + textBytes);
  file.set(text, 20);
  view.setUint32(20 + textBytes, binaryBytes, true);
  view.setUint32(24 + textBytes, BINARY_CHUNK, true);
  file.set(binary, 28 + textBytes);
  return file;
}

/** The JSON, parsed but not checked, and the binary chunk (empty where there is none). @throws SplatFileError */
export function splitGlb(bytes: Uint8Array, format: SplatFileFormat): { readonly json: unknown; readonly binary: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(0, true) !== MAGIC) throw SplatFileError.badField(format, 'magic', 'binary glTF', `${bytes.length} bytes of something else`);
  if (view.getUint32(4, true) !== 2) throw SplatFileError.badField(format, 'glTF version', '2', view.getUint32(4, true));
  if (view.getUint32(8, true) !== bytes.length) throw SplatFileError.badField(format, 'length', `${view.getUint32(8, true)} bytes`, bytes.length);
  const textBytes = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK || textBytes > Math.min(MAX_JSON_BYTES, bytes.length - 20)) {
    throw SplatFileError.badField(format, 'first chunk', `JSON of at most ${Math.min(MAX_JSON_BYTES, bytes.length - 20)} bytes`, `${textBytes} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(strFromU8(bytes.subarray(20, 20 + textBytes)));
  } catch (cause) {
    throw new SplatFileError(format, 'JSON', 'cannot be parsed', cause);
  }
  const binaryAt = 20 + textBytes;
  if (binaryAt === bytes.length) return { json, binary: new Uint8Array(0) };
  if (binaryAt + 8 > bytes.length) throw SplatFileError.badField(format, 'second chunk', 'a header of 8 bytes', bytes.length - binaryAt);
  const binaryBytes = view.getUint32(binaryAt, true);
  if (view.getUint32(binaryAt + 4, true) !== BINARY_CHUNK || binaryBytes > bytes.length - binaryAt - 8) {
    throw SplatFileError.badField(format, 'second chunk', `binary of at most ${bytes.length - binaryAt - 8} bytes`, `${binaryBytes} bytes`);
  }
  return { json, binary: bytes.subarray(binaryAt + 8, binaryAt + 8 + binaryBytes) };
}

/** Rounded up to a multiple of four. */
export const align = (bytes: number): number => (bytes + 3) & ~3;
