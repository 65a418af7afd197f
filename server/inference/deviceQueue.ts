import PQueue from 'p-queue';
import type { ExecutionProvider } from './executionProvider.ts';

/** One generation at a time on each device of this process: two at once would only be slower, and need twice the memory. */
const queues: Partial<Record<ExecutionProvider, PQueue>> = {};

/**
 * Waits for the device, first come, first served.
 * @returns gives the device back; calling it again does nothing.
 * @throws the signal's reason when aborted while waiting.
 */
export async function acquireDevice(device: ExecutionProvider, signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted();
  const queue = (queues[device] ??= new PQueue({ concurrency: 1 }));
  // Aborting ends the waiting only: a running task that is aborted would let the next one in while it still computes.
  const waiting = new AbortController();
  const stopWaiting = (): void => waiting.abort(signal.reason);
  signal.addEventListener('abort', stopWaiting, { once: true });
  return new Promise<() => void>((resolve, reject) => {
    const turn = (): Promise<void> => new Promise<void>((giveBack) => {
      signal.removeEventListener('abort', stopWaiting);
      resolve(giveBack);
    });
    queue.add(turn, { signal: waiting.signal }).catch(reject);
  });
}

/** How many generations have the device or wait for it. */
export function deviceLoad(device: ExecutionProvider): number {
  const queue = queues[device];
  return queue === undefined ? 0 : queue.size + queue.pending;
}
