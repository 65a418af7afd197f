import type { HeadFileFormat } from '../../shared/formats/headFiles.ts';
import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import type { ExportReply, ExportRequest } from './exchangeMessages.ts';

/**
 * Writes a head for other programs, in a worker of its own: tens of thousands of splats would drop frames on the page.
 * @throws StippleError
 */
export async function exportHead({ rig, splats }: LoadedAvatar, format: HeadFileFormat): Promise<Uint8Array<ArrayBuffer>> {
  const worker = new Worker(new URL('./exchange.worker.ts', import.meta.url), { type: 'module', name: 'head export' });
  try {
    const reply = await new Promise<ExportReply>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<ExportReply>) => resolve(data), { once: true });
      worker.addEventListener('error', ({ message }) => reject(new StippleError('INTERNAL', { message: `The file could not be written: ${message}` })), { once: true });
      worker.postMessage({ rig, splats, format } satisfies ExportRequest);
    });
    if (!reply.ok) throw fromWireError(reply.error);
    return reply.bytes;
  } finally {
    worker.terminate();
  }
}

/** Hands bytes to the browser as a download. */
export function saveAs(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
