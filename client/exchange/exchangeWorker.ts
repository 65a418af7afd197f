import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import type { ExchangeReply, ExchangeRequest, ExportedHead, ImportedHead } from './exchangeMessages.ts';

/**
 * Has one file written or read in a worker of its own: tens of thousands of splats would drop frames on the page. The worker ends with the
 * answer, or as soon as nobody wants it.
 * @throws StippleError; the signal's reason when aborted.
 */
export async function exchange(request: ExchangeRequest, options: { readonly signal?: AbortSignal; readonly transfer?: Transferable[] } = {}): Promise<ExportedHead | ImportedHead> {
  const { signal, transfer = [] } = options;
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./exchange.worker.ts', import.meta.url), { type: 'module', name: 'head exchange' });
  let onAbort = (): void => {};
  try {
    const reply = await new Promise<ExchangeReply>((resolve, reject) => {
      onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.addEventListener('message', ({ data }: MessageEvent<ExchangeReply>) => resolve(data), { once: true });
      worker.addEventListener('error', ({ message }) => reject(new StippleError('INTERNAL', { message: `The file could not be worked on: ${message}` })), { once: true });
      worker.postMessage(request, transfer);
    });
    if (!reply.ok) throw fromWireError(reply.error);
    return reply.head;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    worker.terminate();
  }
}
