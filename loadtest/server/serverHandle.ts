import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildRequests } from '../childRequests.ts';
import { readProcessUsage } from '../measure/processUsage.ts';
import type { ServerHoldings, ServerMethods, ServerReady } from './serverProcess.ts';
import type { TransportBytes } from './transportMeter.ts';

export interface ServerOptions {
  /** How motion is passed on: the product's way, or one data consumer a pair. */
  readonly relay: 'bundle' | 'plain';
  /** mediasoup workers; undefined: the product's default. */
  readonly workers: number | undefined;
  readonly maxParticipants: number;
  readonly maxRooms: number;
}

/** CPU and memory of server and workers at a moment. */
export interface ServerUsage {
  readonly serverCpuMicroseconds: number;
  readonly workerCpuMicroseconds: number;
  readonly serverRssBytes: number;
  /** All workers together. */
  readonly workerRssBytes: number;
}

/** Empty rooms and dropped seats go at once, so that what is left after the last leave can be looked at. */
const EMPTY_ROOM_MS = 1_000;
const REJOIN_WINDOW_MS = 2_000;
const STOP_GRACE_MS = 8_000;

/** The server under test, as the tool sees it: a process of its own on a free port of this machine. */
export class ServerHandle {
  readonly url: string;
  readonly roomClockOffsetMs: number;
  readonly #requests: ChildRequests<ServerMethods>;
  readonly #dataFolder: string;
  readonly #workerPids: readonly number[];

  private constructor(requests: ChildRequests<ServerMethods>, ready: ServerReady, dataFolder: string) {
    this.#requests = requests;
    this.url = ready.url;
    this.roomClockOffsetMs = ready.roomClockOffsetMs;
    this.#workerPids = ready.workerPids;
    this.#dataFolder = dataFolder;
  }

  static async start({ relay, workers, maxParticipants, maxRooms }: ServerOptions): Promise<ServerHandle> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'stipple-loadtest-'));
    const child = fork(join(import.meta.dirname, 'serverProcess.ts'), { serialization: 'advanced', execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const requests = new ChildRequests<ServerMethods>(child, 'the server');
    try {
      const ready = await requests.ask('start', {
        environment: {
          PORT: '0', STIPPLE_PORT: '0', HOST: '127.0.0.1', STIPPLE_DATA: dataFolder, STIPPLE_MOTION_RELAY: relay,
          LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error', STIPPLE_MAX_PARTICIPANTS: String(maxParticipants), STIPPLE_MAX_ROOMS: String(maxRooms),
          ...(workers === undefined ? {} : { STIPPLE_WORKERS: String(workers) }),
        },
        pipelineModule: join(import.meta.dirname, 'galleryPipeline.ts'),
        emptyRoomMs: EMPTY_ROOM_MS, rejoinWindowMs: REJOIN_WINDOW_MS,
      });
      return new ServerHandle(requests, ready, dataFolder);
    } catch (error) {
      await requests.end(STOP_GRACE_MS);
      await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  get workerCount(): number {
    return this.#workerPids.length;
  }

  usage(): ServerUsage {
    const server = readProcessUsage(this.#requests.pid);
    const workers = this.#workerPids.map(readProcessUsage);
    return {
      serverCpuMicroseconds: server.cpuMicroseconds, serverRssBytes: server.rssBytes,
      workerCpuMicroseconds: workers.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0),
      workerRssBytes: workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    };
  }

  transportBytes(): Promise<TransportBytes[]> {
    return this.#requests.ask('transportBytes', undefined);
  }

  /** What the server and its workers hold, after a garbage collection. */
  holdings(): Promise<ServerHoldings> {
    return this.#requests.ask('holdings', undefined);
  }

  async stop(): Promise<void> {
    await this.#requests.ask('stop', undefined, STOP_GRACE_MS).catch(() => undefined);
    await this.#requests.end(STOP_GRACE_MS);
    await rm(this.#dataFolder, { recursive: true, force: true });
  }
}
