import { networkInterfaces } from 'node:os';
import { createWorker, setLogEventListeners } from 'mediasoup';
import type { types } from 'mediasoup';
import { StippleError } from '../../shared/protocol/errors.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { ChannelGate } from './channelGate.ts';
import { MotionTicker } from './motionTicker.ts';
import { RoomRouter } from './roomRouter.ts';

export interface WorkerPoolOptions {
  readonly workerBin: string;
  readonly workers: number;
  readonly announcedAddress: string | undefined;
  readonly rtcPort: number | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface PooledWorker {
  readonly index: number;
  readonly worker: types.Worker;
  readonly webRtcServer: types.WebRtcServer;
  readonly gate: ChannelGate;
  /** On this worker now. */
  readonly rooms: Set<RoomRouter>;
  routers: number;
}

const DEFAULT_RTC_PORT = 40_000;
const RESPAWN_DELAYS_MS = [0, 500, 2_000, 5_000, 15_000];

/** mediasoup workers, one a core, each with a WebRtcServer; rooms go to the one with the fewest. A dead one is replaced. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Map<number, PooledWorker>();
  readonly #gates = new Set<ChannelGate>();
  /** Ticks the rooms of all workers. */
  readonly ticker = new MotionTicker(this.#gates);
  #closed = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** @throws StippleError SFU_UNAVAILABLE when a worker cannot be started, saying why. */
  static async create(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    // mediasoup has one log for the whole process; peers that go away in mid-handshake are its daily warnings.
    setLogEventListeners({
      onwarn: (namespace, line) => options.log.debug({ namespace, line: line.slice(0, 300) }, 'relay'),
      onerror: (namespace, line) => options.log.warn({ namespace, line: line.slice(0, 300) }, 'relay'),
    });
    try {
      await Promise.all(Array.from({ length: options.workers }, (_, index) => pool.#start(index)));
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  /** Whether a room can be opened now. */
  get available(): boolean {
    return this.#workers.size > 0;
  }

  get size(): number {
    return this.#workers.size;
  }

  /** Process ids of the workers that live, for tests and diagnostics. */
  get pids(): number[] {
    return [...this.#workers.values()].map(({ worker }) => worker.pid);
  }

  /**
   * A router on the worker with the fewest, and rather not on one that has any of `beside`.
   * @throws StippleError SFU_UNAVAILABLE while no worker lives.
   */
  async createRouter(beside: readonly RoomRouter[] = []): Promise<RoomRouter> {
    const shared = ({ rooms }: PooledWorker): number => beside.filter((router) => rooms.has(router)).length;
    const chosen = [...this.#workers.values()].sort((a, b) => shared(a) - shared(b) || a.routers - b.routers)[0];
    if (chosen === undefined) throw new StippleError('SFU_UNAVAILABLE');
    chosen.routers++;
    try {
      const router = await RoomRouter.create(chosen.worker, chosen.webRtcServer, chosen.gate, this.#options.metrics);
      chosen.rooms.add(router);
      router.onClosed(() => {
        chosen.routers--;
        chosen.rooms.delete(router);
      });
      return router;
    } catch (error) {
      chosen.routers--;
      throw new StippleError('SFU_UNAVAILABLE', { cause: error });
    }
  }

  /** Reads the workers' CPU time into the metrics. */
  async sampleUsage(): Promise<void> {
    await Promise.all([...this.#workers.values()].map(async ({ index, worker, gate }) => {
      const usage = await gate.hold(worker.getResourceUsage()).catch(() => undefined);
      if (usage) this.#options.metrics.workerCpuSeconds.set({ worker: String(index) }, (usage.ru_utime + usage.ru_stime) / 1000);
    }));
  }

  /** What the workers hold: nothing once all rooms are closed. */
  async dump(): Promise<{ routers: number; webRtcTransports: number }> {
    const pooled = [...this.#workers.values()];
    const workers = await Promise.all(pooled.map(({ worker }) => worker.dump()));
    const servers = await Promise.all(pooled.map(({ webRtcServer }) => webRtcServer.dump()));
    return {
      routers: workers.reduce((sum, dump) => sum + dump.routerIds.length, 0),
      webRtcTransports: servers.reduce((sum, dump) => sum + dump.webRtcTransportIds.length, 0),
    };
  }

  close(): void {
    this.#closed = true;
    for (const { worker } of this.#workers.values()) worker.close();
    this.#workers.clear();
  }

  async #start(index: number): Promise<void> {
    const { log, metrics, workerBin } = this.#options;
    let worker: types.Worker;
    let gate: ChannelGate;
    try {
      ({ worker, gate } = await ChannelGate.around(() => createWorker({ workerBin, logLevel: 'warn' })));
    } catch (error) {
      throw new StippleError('SFU_UNAVAILABLE', {
        message: `the mediasoup worker did not start: ${(error as Error).message} (MEDIASOUP_WORKER_BIN names the binary)`, cause: error,
      });
    }
    let webRtcServer: types.WebRtcServer;
    try {
      webRtcServer = await this.#listen(worker, index);
    } catch (error) {
      worker.close();
      throw error;
    }
    if (this.#closed) {
      worker.close();
      return;
    }
    this.#workers.set(index, { index, worker, webRtcServer, gate, rooms: new Set(), routers: 0 });
    this.#gates.add(gate);
    worker.on('died', (error) => {
      this.#workers.delete(index);
      this.#gates.delete(gate);
      metrics.workerDeaths.inc();
      log.error({ worker: index, pid: worker.pid, ...describeError(error) }, 'relay worker died');
      this.#respawn(index, 0);
    });
  }

  #respawn(index: number, attempt: number): void {
    const delayMs = RESPAWN_DELAYS_MS[Math.min(attempt, RESPAWN_DELAYS_MS.length - 1)]!;
    setTimeout(() => {
      if (this.#closed) return;
      this.#start(index).then(
        () => this.#options.log.info({ worker: index }, 'relay worker replaced'),
        (error: unknown) => {
          this.#options.log.error({ worker: index, attempt, ...describeError(error) }, 'relay worker could not be replaced');
          this.#respawn(index, attempt + 1);
        },
      );
    }, delayMs).unref();
  }

  async #listen(worker: types.Worker, index: number): Promise<types.WebRtcServer> {
    const { rtcPort, announcedAddress, log } = this.#options;
    const port = rtcPort === 0 ? 0 : (rtcPort ?? DEFAULT_RTC_PORT) + index;
    try {
      return await worker.createWebRtcServer({ listenInfos: listenInfos(port, announcedAddress) });
    } catch (error) {
      if (rtcPort !== undefined) {
        throw new StippleError('SFU_UNAVAILABLE', { message: `the relay cannot listen on port ${port}: ${(error as Error).message}`, cause: error });
      }
      log.warn({ port }, 'relay port is taken; using any free ports');
      return worker.createWebRtcServer({ listenInfos: listenInfos(0, announcedAddress) });
    }
  }
}

/**
 * Where a WebRtcServer listens. With an announced address: on everything, announcing that one. Without: on loopback
 * (so that a machine without a network works) and on each IPv4 address of this machine (so that a phone beside it does).
 */
function listenInfos(port: number, announcedAddress: string | undefined): types.TransportListenInfo[] {
  const withPort = port === 0 ? {} : { port };
  const places = announcedAddress === undefined
    ? localAddresses().map((ip) => ({ ip }))
    : [{ ip: '0.0.0.0', announcedAddress }];
  return places.flatMap((place) => [
    { protocol: 'udp' as const, ...place, ...withPort },
    { protocol: 'tcp' as const, ...place, ...withPort },
  ]);
}

function localAddresses(): string[] {
  const outward = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal)
    .map((address) => address.address);
  return ['127.0.0.1', ...new Set(outward)].slice(0, 8);
}
