import { writeHead } from '../../shared/formats/headFiles.ts';
import type { ZstdCodec } from '../../shared/formats/spz/spzLayout.ts';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { ExportReply, ExportRequest } from './exchangeMessages.ts';

/** Module worker: writes one head as a file and is done. */
globalThis.addEventListener('message', ({ data }: MessageEvent<ExportRequest>) => void write(data));

async function write({ rig, splats, format }: ExportRequest): Promise<void> {
  let reply: ExportReply;
  try {
    const bytes = Uint8Array.from(writeHead(rig, splats, format, format === 'spz' ? await loadZstd() : NO_ZSTD));
    reply = { ok: true, bytes };
  } catch (error) {
    console.error('export', error);
    reply = { ok: false, error: toWireError(error instanceof StippleError ? error : new StippleError('INTERNAL', { message: 'The file could not be written.', cause: error }), 'page') };
  }
  globalThis.postMessage(reply, { transfer: reply.ok ? [reply.bytes.buffer] : [] });
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
