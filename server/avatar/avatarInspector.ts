import { Worker } from 'node:worker_threads';
import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { InspectedAvatar, InspectionReply, InspectionRequest, InspectionThreadData } from './inspectionMessages.ts';

export interface AvatarInspectorOptions {
  readonly rigFile: string;
  /** Files that may be on their way or waiting at once; bounds the memory they take. */
  readonly placesAtOnce: number;
  readonly timeoutMs: number;
  readonly log: Logger;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(avatar: InspectedAvatar): void;
  reject(error: StippleError): void;
}

/** Far above what the rig and the largest file take; a thread that wants more ends alone. */
const THREAD_HEAP_MB = 256;

/** Reads the avatar files that people bring in a thread of its own, started with the first one. */
export class AvatarInspector {
  readonly #options: AvatarInspectorOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #nextId = 0;
  #placesTaken = 0;
  #closed = false;

  constructor(options: AvatarInspectorOptions) {
    this.#options = options;
  }

  /**
   * Holds a place while a file is on its way and inspected.
   * @returns gives the place back.
   * @throws StippleError JOB_QUEUE_FULL, SERVER_SHUTTING_DOWN
   */
  reserve(): () => void {
    if (this.#closed) throw new StippleError('SERVER_SHUTTING_DOWN');
    if (this.#placesTaken >= this.#options.placesAtOnce) {
      throw new StippleError('JOB_QUEUE_FULL', { message: 'Many avatars are being brought just now; try again in a moment.', details: { avatars: this.#placesTaken } });
    }
    this.#placesTaken++;
    let released = false;
    return () => {
      if (!released) this.#placesTaken--;
      released = true;
    };
  }

  /**
   * Reads a whole file and compares it with the name it came under.
   * @throws StippleError AVATAR_INVALID, RIG_UNKNOWN, REQUEST_TIMED_OUT, INTERNAL
   */
  inspect(bytes: Uint8Array, hash: string): Promise<InspectedAvatar> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StippleError('SERVER_SHUTTING_DOWN');
      const id = this.#nextId++;
      // A thread that does not answer is ended; what else waits for it can come again.
      const timer = setTimeout(() => this.#end(new StippleError('REQUEST_TIMED_OUT')), this.#options.timeoutMs);
      this.#waiting.set(id, { timer, resolve, reject });
      this.#startedThread().postMessage({ id, hash, bytes } satisfies InspectionRequest);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end(new StippleError('SERVER_SHUTTING_DOWN'));
  }

  #startedThread(): Worker {
    if (this.#thread) return this.#thread;
    const { rigFile, log } = this.#options;
    const thread = new Worker(new URL('./inspectionThread.ts', import.meta.url), {
      name: 'avatar inspection', workerData: { rigFile } satisfies InspectionThreadData,
      // Neither the command line nor the environment, where secrets are.
      execArgv: [], env: {}, resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    thread.unref();
    thread.on('message', (reply: InspectionReply) => this.#settle(reply));
    thread.on('error', (error) => {
      log.error(describeError(error), 'avatar inspection ended');
      if (this.#thread === thread) void this.#end(new StippleError('INTERNAL'));
    });
    this.#thread = thread;
    return thread;
  }

  #settle(reply: InspectionReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    clearTimeout(waiting?.timer);
    if (reply.ok) {
      waiting?.resolve(reply.avatar);
      return;
    }
    if (reply.bug !== undefined) this.#options.log.error({ stack: reply.bug }, 'inspecting an avatar failed');
    waiting?.reject(fromWireError(reply.error));
  }

  /** Ends the thread and all that waits for it; the next file starts another. */
  async #end(reason: StippleError): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
    await thread?.terminate();
  }
}
