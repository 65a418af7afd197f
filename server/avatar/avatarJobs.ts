import PQueue from 'p-queue';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { PointPreview } from '../generator/previewSender.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { roomClockMs } from '../roomClock.ts';
import { randomId } from '../tokens/tokens.ts';
import type { AvatarStore } from './avatarStore.ts';
import { GenerationWorker } from './generationWorker.ts';

export interface AvatarJobsOptions {
  readonly queueLength: number;
  readonly processes: number;
  readonly timeoutMs: number;
  readonly perOwner: number;
  readonly keepStatusMs: number;
  readonly orphanMs: number;
  readonly pipelineModule: string;
  readonly generator: string;
  readonly store: AvatarStore;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A place in the queue; either used or released. */
export interface JobReservation {
  readonly ownerId: string;
  /** Queues the portrait, taking ownership of its bytes. */
  submit(portrait: Uint8Array): JobStatus;
  /** Gives the place back; after `submit` it does nothing. */
  release(): void;
}

/** The newest preview of a head in the making. */
export interface JobPoints extends PointPreview {
  readonly jobId: string;
  /** Room clock when the whole portrait had come. */
  readonly uploadedAtMs: number;
}

interface Job {
  readonly jobId: string;
  readonly ownerId: string;
  readonly controller: AbortController;
  readonly ended: Promise<JobStatus>;
  readonly end: (status: JobStatus) => void;
  /** The uploaded file, in memory alone; wiped and let go when the job ends. */
  portrait: Uint8Array | undefined;
  status: JobStatus;
  lastToldMs: number;
  readonly uploadedAtMs: number;
  /** Let go when the job ends. */
  points: JobPoints | undefined;
}

/** Progress of one job is told at most this often; changes of stage and state at once. */
const PROGRESS_INTERVAL_MS = 100;

/** The bounded queue of heads to be made, and the processes that make them. */
export class AvatarJobs {
  readonly #options: AvatarJobsOptions;
  readonly #workers: GenerationWorker[];
  readonly #queue: PQueue;
  readonly #jobs = new Map<string, Job>();
  readonly #waiting: Job[] = [];
  readonly #reservations = new Set<JobReservation>();
  readonly #orphanTimers = new Map<string, NodeJS.Timeout>();
  #onStatus: (ownerId: string, status: JobStatus) => void = () => {};
  #onPoints: (ownerId: string, points: JobPoints) => void = () => {};
  #closed = false;

  constructor(options: AvatarJobsOptions) {
    this.#options = options;
    this.#queue = new PQueue({ concurrency: options.processes });
    this.#workers = Array.from({ length: options.processes }, () => new GenerationWorker(options));
  }

  /** Every change of every job's status goes to this listener. */
  onStatus(listener: (ownerId: string, status: JobStatus) => void): void {
    this.#onStatus = listener;
  }

  /** Every preview of a head in the making goes to this listener, each newer than the one before. */
  onPoints(listener: (ownerId: string, points: JobPoints) => void): void {
    this.#onPoints = listener;
  }

  /** What makes heads, and why it is another than the wanted one; undefined until a process has started. */
  get used(): GenerationWorker['used'] {
    return this.#workers.find((worker) => worker.used !== undefined)?.used;
  }

  /** Starts the processes; a failure is logged, kept as `problem`, and tried again by the next job. */
  async warmUp(): Promise<void> {
    await Promise.allSettled(this.#workers.map((worker) => worker.start()));
  }

  /** Why no head can be made now, or undefined. */
  get problem(): string | undefined {
    const problems = this.#workers.map((worker) => worker.problem);
    return problems.includes(undefined) ? undefined : problems[0];
  }

  /**
   * Holds a place in the queue while a portrait is on its way, so that no more uploads are in memory than may wait.
   * @throws StippleError JOB_QUEUE_FULL, JOB_LIMIT_REACHED, SERVER_SHUTTING_DOWN
   */
  reserve(ownerId: string): JobReservation {
    if (this.#closed) throw new StippleError('SERVER_SHUTTING_DOWN');
    const owners = [...this.#reservations].map((reservation) => reservation.ownerId);
    for (const job of this.#jobs.values()) if (isActive(job.status)) owners.push(job.ownerId);
    const own = owners.filter((owner) => owner === ownerId).length;
    if (own >= this.#options.perOwner) throw new StippleError('JOB_LIMIT_REACHED', { details: { jobs: own } });
    if (owners.length >= this.#options.queueLength + this.#options.processes) {
      throw new StippleError('JOB_QUEUE_FULL', { details: { jobs: owners.length } });
    }
    const reservation: JobReservation = {
      ownerId,
      submit: (portrait) => {
        if (!this.#reservations.delete(reservation)) throw new Error('expected a reservation that is still held');
        if (this.#closed) throw new StippleError('SERVER_SHUTTING_DOWN');
        return this.#submit(ownerId, portrait);
      },
      release: () => { this.#reservations.delete(reservation); },
    };
    this.#reservations.add(reservation);
    return reservation;
  }

  #submit(ownerId: string, portrait: Uint8Array): JobStatus {
    const jobId = randomId();
    let end: Job['end'] = () => {};
    const ended = new Promise<JobStatus>((resolve) => { end = resolve; });
    const job: Job = {
      jobId, ownerId, portrait, ended, end,
      controller: new AbortController(), status: { jobId, state: 'queued', position: this.#waiting.length + 1 }, lastToldMs: 0,
      uploadedAtMs: roomClockMs(), points: undefined,
    };
    this.#jobs.set(jobId, job);
    this.#waiting.push(job);
    this.#countWaiting();
    this.#options.log.info({ jobId, bytes: portrait.byteLength, waiting: this.#waiting.length }, 'avatar job queued');
    void this.#queue.add(() => this.#run(job));
    return job.status;
  }

  /** @throws StippleError JOB_UNKNOWN, also for another owner's job. */
  status(ownerId: string, jobId: string): JobStatus {
    return this.#require(ownerId, jobId).status;
  }

  /** The newest preview while the job runs, if there is one yet. */
  points(jobId: string): JobPoints | undefined {
    return this.#jobs.get(jobId)?.points;
  }

  /** Resolves when the job has ended. @throws StippleError JOB_UNKNOWN */
  async ended(ownerId: string, jobId: string): Promise<JobStatus> {
    return this.#require(ownerId, jobId).ended;
  }

  /** Ends a job; one that has ended already stays as it is. @throws StippleError JOB_UNKNOWN */
  async cancel(ownerId: string, jobId: string): Promise<JobStatus> {
    const job = this.#require(ownerId, jobId);
    this.#abort(job, new StippleError('JOB_CANCELLED'));
    return job.ended;
  }

  /** The owner has no connection any more: its jobs are cancelled unless one comes back in time. */
  ownerGone(ownerId: string): void {
    if (![...this.#jobs.values()].some((job) => job.ownerId === ownerId && isActive(job.status))) return;
    const timer = setTimeout(() => {
      this.#orphanTimers.delete(ownerId);
      for (const job of this.#jobs.values()) {
        if (job.ownerId === ownerId) this.#abort(job, new StippleError('JOB_CANCELLED', { message: 'Making this head was cancelled: its owner went away.' }));
      }
    }, this.#options.orphanMs);
    timer.unref();
    clearTimeout(this.#orphanTimers.get(ownerId));
    this.#orphanTimers.set(ownerId, timer);
  }

  ownerBack(ownerId: string): void {
    clearTimeout(this.#orphanTimers.get(ownerId));
    this.#orphanTimers.delete(ownerId);
  }

  /** Cancels everything and ends the processes. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#orphanTimers.values()) clearTimeout(timer);
    for (const job of this.#jobs.values()) this.#abort(job, new StippleError('SERVER_SHUTTING_DOWN'));
    for (const worker of this.#workers) worker.close();
    await this.#queue.onIdle();
  }

  async #run(job: Job): Promise<void> {
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#countWaiting();
    if (!isActive(job.status)) return;
    const { metrics, store, timeoutMs, log } = this.#options;
    const worker = this.#workers.find((candidate) => !candidate.busy)!;
    metrics.jobsRunning.inc();
    const startMs = performance.now();
    const timer = setTimeout(() => job.controller.abort(new StippleError('JOB_TIMED_OUT')), timeoutMs);
    timer.unref();
    this.#tell(job, { jobId: job.jobId, state: 'running', stage: 'start', fraction: 0 });
    try {
      const made = await worker.make({
        jobId: job.jobId, portrait: job.portrait!, seed: seedOf(job.jobId), signal: job.controller.signal,
        onProgress: ({ stage, fraction, pointsSoFar, pointsExpected }) => {
          const before = job.status.state === 'running' ? job.status.fraction : 0;
          this.#tell(job, {
            jobId: job.jobId, state: 'running', stage, fraction: Math.max(before, fraction),
            ...(pointsSoFar === undefined ? {} : { pointsSoFar }), ...(pointsExpected === undefined ? {} : { pointsExpected }),
          });
        },
        onPoints: (preview) => {
          if (!isActive(job.status) || preview.batch <= (job.points?.batch ?? -1)) return;
          job.points = { ...preview, jobId: job.jobId, uploadedAtMs: job.uploadedAtMs };
          if (preview.batch === 0) metrics.firstPointsSeconds.observe((roomClockMs() - job.uploadedAtMs) / 1000);
          this.#onPoints(job.ownerId, job.points);
        },
      });
      job.controller.signal.throwIfAborted();
      const avatar = await store.put(job.ownerId, made);
      const milliseconds = Math.round(performance.now() - startMs);
      metrics.jobSeconds.observe(milliseconds / 1000);
      this.#end(job, { jobId: job.jobId, state: 'done', avatar, milliseconds });
    } catch (error) {
      const reason: unknown = job.controller.signal.aborted ? job.controller.signal.reason : error;
      if (!(reason instanceof StippleError)) log.error({ jobId: job.jobId, ...describeError(reason) }, 'avatar job failed');
      const known = reason instanceof StippleError ? reason : new StippleError('AVATAR_GENERATION_FAILED');
      const cancelled = known.code === 'JOB_CANCELLED' || known.code === 'SERVER_SHUTTING_DOWN';
      this.#end(job, { jobId: job.jobId, state: cancelled ? 'cancelled' : 'failed', error: toWireError(known, job.jobId) });
    } finally {
      clearTimeout(timer);
      metrics.jobsRunning.dec();
    }
  }

  #abort(job: Job, reason: StippleError): void {
    if (!isActive(job.status)) return;
    job.controller.abort(reason);
    const index = this.#waiting.indexOf(job);
    if (index < 0) return;
    // Still waiting: nobody else will end it.
    this.#waiting.splice(index, 1);
    this.#countWaiting();
    this.#end(job, { jobId: job.jobId, state: 'cancelled', error: toWireError(reason, job.jobId) });
  }

  #end(job: Job, status: Extract<JobStatus, { state: 'done' | 'failed' | 'cancelled' }>): void {
    job.portrait?.fill(0);
    job.portrait = undefined;
    job.points = undefined;
    this.#tell(job, status);
    this.#options.metrics.jobs.inc({ outcome: status.state === 'failed' ? status.error.code : status.state });
    this.#options.log.info({
      jobId: job.jobId, state: status.state,
      ...(status.state === 'done' ? { milliseconds: status.milliseconds, splats: status.avatar.splats, bytes: status.avatar.bytes } : { code: status.error.code }),
    }, 'avatar job ended');
    job.end(status);
    setTimeout(() => this.#jobs.delete(job.jobId), this.#options.keepStatusMs).unref();
  }

  #tell(job: Job, status: JobStatus): void {
    const before = job.status;
    job.status = status;
    const nowMs = performance.now();
    const sameStage = before.state === 'running' && status.state === 'running' && before.stage === status.stage;
    if (sameStage && nowMs - job.lastToldMs < PROGRESS_INTERVAL_MS) return;
    job.lastToldMs = nowMs;
    this.#onStatus(job.ownerId, status);
  }

  #countWaiting(): void {
    this.#options.metrics.jobsWaiting.set(this.#waiting.length);
    this.#waiting.forEach((job, index) => {
      const position = index + 1;
      if (job.status.state === 'queued' && job.status.position !== position) this.#tell(job, { jobId: job.jobId, state: 'queued', position });
    });
  }

  #require(ownerId: string, jobId: string): Job {
    const job = this.#jobs.get(jobId);
    if (job === undefined || job.ownerId !== ownerId) throw new StippleError('JOB_UNKNOWN');
    return job;
  }
}

function isActive(status: JobStatus): boolean {
  return status.state === 'queued' || status.state === 'running';
}

/** A seed of 31 bits from the job's random id, so that a job can be repeated from its log line. */
function seedOf(jobId: string): number {
  return Buffer.from(jobId, 'base64url').readUInt32LE(0) & 0x7fffffff;
}
