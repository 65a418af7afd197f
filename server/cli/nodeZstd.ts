import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { ZstdCodec } from '../../shared/formats/spz/spzLayout.ts';

/** Node's own Zstandard, from 22.15 on. */
export const nodeZstd: ZstdCodec = {
  compress: (bytes) => new Uint8Array(zstdCompressSync(bytes)),
  decompress: (bytes, length) => new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) })),
};
