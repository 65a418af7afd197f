import zlib from 'node:zlib';
import type { ZstdCodec } from '../../shared/formats/spz/spzLayout.ts';
import { StippleError } from '../../shared/protocol/errors.ts';

/** Node's own Zstandard, from 22.15 on; an older Node writes and reads every format but SPZ 4. */
export const nodeZstd: ZstdCodec = {
  compress: (bytes) => {
    requireZstd();
    return new Uint8Array(zlib.zstdCompressSync(bytes));
  },
  decompress: (bytes, length) => {
    requireZstd();
    return new Uint8Array(zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }));
  },
};

/** @throws StippleError where Node has none. */
function requireZstd(): void {
  if (typeof zlib.zstdCompressSync === 'function') return;
  throw new StippleError('INVALID_REQUEST', { message: `SPZ needs Node 22.15 or newer, this is ${process.version}; PLY and glTF do not, nor does --format spz3` });
}
