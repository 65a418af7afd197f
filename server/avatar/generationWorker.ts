import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { PointPreview } from '../generator/previewSender.ts';
import type { MadeAvatar, MakeProgress } from './avatarPipeline.ts';
import { reportSchema } from './generationMessages.ts';
import type { GenerationCommand, GenerationReport } from './generationMessages.ts';

export interface MakeRequest {
  readonly jobId: string;
  readonly portrait: Uint8Array;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MakeProgress) => void;
  readonly onPoints: (preview: PointPreview) => void;
}

/** How long a process has to obey an abort before it is killed and replaced. */
const ABORT_GRACE_MS = 1_500;

/** Niceness: yields to sockets and the relay without starving beside other work on the machine. */
const LOWER_PRIORITY = 5;

interface RunningMake {
  readonly child: ChildProcess;
  readonly request: MakeRequest;
  resolve(made: MadeAvatar): void;
  reject(error: unknown): void;
}

/** The server's side of one generation process: starts it when needed, one job at a time, replaces it when it dies. */
export class GenerationWorker {
  readonly #pipelineModule: string;
  readonly #generator: string;
  readonly #log: Logger;
  #child: ChildProcess | undefined;
  #starting: Promise<ChildProcess> | undefined;
  #make: RunningMake | undefined;
  #busy = false;
  #problem: StippleError | undefined;
  #closed = false;

  #used: { generator: string; fallback: StippleError | undefined } | undefined;

  constructor(options: { pipelineModule: string; generator: string; log: Logger }) {
    this.#pipelineModule = options.pipelineModule;
    this.#generator = options.generator;
    this.#log = options.log;
  }

  /** Why heads cannot be made now, or undefined when they can. */
  get problem(): string | undefined {
    if (this.#problem) return this.#problem.message;
    return this.#child && !this.#starting ? undefined : 'the head generator is starting';
  }

  /** What makes heads here, and why it is another than the wanted one; undefined until the process has started once. */
  get used(): { generator: string; fallback: StippleError | undefined } | undefined {
    return this.#used;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Starts the process and waits until its models are loaded. @throws StippleError what it said went wrong. */
  async start(): Promise<void> {
    await this.#ready();
  }

  /** @throws StippleError the pipeline's own, JOB_CANCELLED when aborted, AVATAR_GENERATION_FAILED when the process dies. */
  async make(request: MakeRequest): Promise<MadeAvatar> {
    if (this.#busy) throw new Error('expected an idle generation process');
    this.#busy = true;
    try {
      const child = await this.#ready();
      if (request.signal.aborted) throw new StippleError('JOB_CANCELLED');
      return await this.#command(child, request);
    } finally {
      this.#busy = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#child?.kill('SIGKILL');
  }

  #command(child: ChildProcess, request: MakeRequest): Promise<MadeAvatar> {
    return new Promise<MadeAvatar>((resolve, reject) => {
      const onAbort = (): void => {
        this.#send(child, { type: 'abort', jobId: request.jobId });
        // Long computations without a pause do not hear the message.
        setTimeout(() => { if (this.#make?.request === request) child.kill('SIGKILL'); }, ABORT_GRACE_MS).unref();
      };
      const end = (): void => {
        request.signal.removeEventListener('abort', onAbort);
        this.#make = undefined;
      };
      this.#make = {
        child, request,
        resolve: (made) => { end(); resolve(made); },
        reject: (error) => { end(); reject(error); },
      };
      request.signal.addEventListener('abort', onAbort, { once: true });
      this.#send(child, { type: 'make', jobId: request.jobId, seed: request.seed, portrait: request.portrait });
    });
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#closed) throw new StippleError('SERVER_SHUTTING_DOWN');
    if (this.#starting) return this.#starting;
    if (this.#child) return this.#child;
    const starting = this.#spawn().finally(() => { if (this.#starting === starting) this.#starting = undefined; });
    this.#starting = starting;
    return starting;
  }

  #spawn(): Promise<ChildProcess> {
    const { STIPPLE_SECRET: _secret, ...environment } = process.env;
    const child = fork(fileURLToPath(new URL('./generationProcess.ts', import.meta.url)), [this.#pipelineModule, this.#generator], {
      execArgv: [], env: environment, serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    lowerPriority(child);
    let loaded = false;
    return new Promise<ChildProcess>((resolve, reject) => {
      child.on('message', (message) => {
        const parsed = reportSchema.safeParse(message);
        if (!parsed.success) {
          this.#log.error({ pid: child.pid }, 'generation process sent something unreadable');
          child.kill('SIGKILL');
          return;
        }
        const { data } = parsed;
        if (data.type === 'ready') {
          loaded = true;
          this.#problem = undefined;
          const fallback = data.fallback && fromWireError(data.fallback);
          this.#used = { generator: data.generator, fallback };
          if (fallback) {
            this.#log.warn({ wanted: this.#generator, used: data.generator, code: fallback.code, message: fallback.message },
              `the ${this.#generator} generator cannot be used; heads are made by the ${data.generator} generator`);
          }
          this.#log.info({ pid: child.pid, generator: data.generator }, 'generation process ready');
          resolve(child);
        } else if (data.type === 'broken') {
          this.#problem = fromWireError(data.error);
          // It is about to end: the next job starts another.
          if (this.#child === child) this.#child = undefined;
          this.#log.error({ pid: child.pid, code: data.error.code, message: data.error.message }, 'generation process did not start');
          reject(this.#problem);
        } else {
          this.#handle(data);
        }
      });
      child.on('error', (error) => {
        this.#log.error(describeError(error), 'generation process failed');
        reject(new StippleError('AVATAR_GENERATION_FAILED', { cause: error }));
      });
      child.on('exit', (code, signal) => {
        if (this.#child === child) this.#child = undefined;
        const make = this.#make?.child === child ? this.#make : undefined;
        const error = new StippleError('AVATAR_GENERATION_FAILED', { message: 'The process that makes heads ended unexpectedly.' });
        reject(this.#problem ?? error);
        if (make) make.reject(make.request.signal.aborted ? new StippleError('JOB_CANCELLED') : error);
        if (this.#closed) return;
        if (!loaded) {
          this.#problem ??= error;
          return;
        }
        if (!make?.request.signal.aborted) this.#log.error({ pid: child.pid, exitCode: code, signal }, 'generation process ended');
        // Warm again for the next job; a process that did not even start is tried again by that job.
        this.#ready().catch(() => {});
      });
    });
  }

  #handle(message: Exclude<GenerationReport, { type: 'ready' | 'broken' }>): void {
    const make = this.#make;
    if (make === undefined || make.request.jobId !== message.jobId) return;
    if (message.type === 'progress') {
      make.request.onProgress(message);
    } else if (message.type === 'points') {
      make.request.onPoints({ batch: message.batch, pointsSoFar: message.pointsSoFar, pointsExpected: message.pointsExpected, bytes: message.bytes });
    } else if (message.type === 'made') {
      make.resolve({ bytes: message.bytes, splats: message.splats, generator: message.generator });
    } else {
      if (message.bug !== undefined) this.#log.error({ jobId: message.jobId, stack: message.bug }, 'making a head failed');
      make.reject(fromWireError(message.error));
    }
  }

  #send(child: ChildProcess, command: GenerationCommand): void {
    if (!child.connected) return;
    child.send(command, (error) => {
      if (error) this.#log.warn(describeError(error), 'generation process did not take a command');
    });
  }
}

/** Sockets and the relay come first: on a small machine a head in the making only takes what they leave. */
function lowerPriority(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, LOWER_PRIORITY);
  } catch {
    // Not allowed here; it then runs at the same priority.
  }
}
