import diagnosticsChannel from 'node:diagnostics_channel';
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** What is used of a pipe's handle. */
interface PipeHandle {
  readStart(): number;
  readStop(): number;
}

/** File descriptors of a mediasoup worker's channel: this process writes to the first and reads from the second. */
const TO_WORKER_FD = 3;
const FROM_WORKER_FD = 4;

/**
 * The pipe between this process and a mediasoup worker, opened and closed at will. Frames come from each participant at a
 * time of its own, and waking this process for each costs ten times what reading it does; with the gate closed they wait
 * in the pipe until the next tick, which reads them all at once. It also lets a tick's messages out in one write.
 *
 * mediasoup has no such switch. Where the pipe cannot be found or held, the gate stays open, and all works as before.
 */
export class ChannelGate {
  readonly #toWorker: Writable | undefined;
  readonly #handle: PipeHandle | undefined;
  #holds = 0;
  #open = true;

  private constructor(child: ChildProcess | undefined) {
    const streams: readonly unknown[] = child?.stdio ?? [];
    this.#toWorker = streams[TO_WORKER_FD] as Writable | undefined;
    const handle = (streams[FROM_WORKER_FD] as (Readable & { _handle?: Partial<PipeHandle> }) | undefined)?._handle;
    if (typeof handle?.readStart === 'function' && typeof handle.readStop === 'function') this.#handle = handle as PipeHandle;
  }

  /** Runs `start`, which makes a worker, and finds its pipe. */
  static async around<T extends { readonly pid: number }>(start: () => Promise<T>): Promise<{ worker: T; gate: ChannelGate }> {
    const children: ChildProcess[] = [];
    const note = (message: unknown): void => { children.push((message as { process: ChildProcess }).process); };
    diagnosticsChannel.subscribe('child_process', note);
    try {
      const worker = await start();
      return { worker, gate: new ChannelGate(children.find(({ pid }) => pid === worker.pid)) };
    } finally {
      diagnosticsChannel.unsubscribe('child_process', note);
    }
  }

  /** Lets messages of the worker in, from the next round of the event loop on. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#handle?.readStart();
  }

  /** Keeps them out, unless something holds the gate open. */
  close(): void {
    if (!this.#open || this.#holds > 0) return;
    this.#open = false;
    this.#handle?.readStop();
  }

  /** Keeps the gate open until what waits for the worker's answer has ended. */
  async hold<T>(waiting: Promise<T>): Promise<T> {
    this.#holds++;
    this.open();
    try {
      return await waiting;
    } finally {
      this.#holds--;
    }
  }

  /** Gathers what `send` sends to the worker into one write. */
  together(send: () => void): void {
    this.#toWorker?.cork();
    try {
      send();
    } finally {
      this.#toWorker?.uncork();
    }
  }
}
