import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeHead, readHead, writeHead } from '../../shared/formats/headFiles.ts';
import { headFormatOf } from '../../shared/formats/headFormat.ts';
import type { ZstdCodec } from '../../shared/formats/spz/spzLayout.ts';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { ExchangeReply, ExchangeRequest, ExportedHead, ExportRequest, ImportedHead, ImportRequest } from './exchangeMessages.ts';

/** Module worker: writes one head as a file, or makes an avatar of one file, and is done. */
globalThis.addEventListener('message', ({ data }: MessageEvent<ExchangeRequest>) => void answer(data));

async function answer(request: ExchangeRequest): Promise<void> {
  let reply: ExchangeReply;
  try {
    reply = { ok: true, head: request.kind === 'export' ? await write(request) : await read(request) };
  } catch (error) {
    if (!(error instanceof StippleError)) console.error(request.kind, error);
    const message = request.kind === 'export' ? 'The file could not be written.' : 'The file could not be read.';
    reply = { ok: false, error: toWireError(error instanceof StippleError ? error : new StippleError('INTERNAL', { message, cause: error }), 'page') };
  }
  globalThis.postMessage(reply, { transfer: reply.ok ? [reply.head.bytes.buffer] : [] });
}

async function write({ rig, splats, format }: ExportRequest): Promise<ExportedHead> {
  return { kind: 'export', bytes: Uint8Array.from(writeHead(rig, splats, format, format === 'spz' ? await loadZstd() : NO_ZSTD)) };
}

async function read({ rig, bytes }: ImportRequest): Promise<ImportedHead> {
  const { splats, format } = readHead(rig, bytes, headFormatOf(bytes) === 'SPZ' ? await loadZstd() : NO_ZSTD);
  // A .stipple stays what it is, to the byte, and keeps its name.
  const made = format === 'Stipple' ? bytes : Uint8Array.from(encodeHead(rig, splats));
  return { kind: 'import', bytes: made, hash: bytesToHex(sha256(made)), format };
}

/** Its wasm is fetched for SPZ only. */
async function loadZstd(): Promise<ZstdCodec> {
  const { init, compress, decompress } = await import('@bokuweb/zstd-wasm');
  await init();
  return {
    compress: (bytes) => compress(bytes, 12),
    decompress: (bytes, length) => {
      const plain = decompress(bytes);
      if (plain.length > length) throw new RangeError(`more than ${length} bytes`);
      return plain;
    },
  };
}

const NO_ZSTD: ZstdCodec = {
  compress: () => { throw new Error('this format needs no Zstandard'); },
  decompress: () => { throw new Error('this format needs no Zstandard'); },
};
