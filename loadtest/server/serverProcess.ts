// The server under test, in a process of its own: the product's `createApp` and a few questions about itself.
import { rmSync } from 'node:fs';
import { createApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { roomClockMs } from '../../server/roomClock.ts';
import { answerRequests } from '../childRequests.ts';
import { machineClockMs } from '../clock.ts';
import { TransportMeter } from './transportMeter.ts';
import type { ServerConfig } from '../../server/config.ts';

/** How the tool starts the server. Everything else is the product's default. */
export interface ServerStart {
  /** Variables of `server/config.ts`. */
  readonly environment: Record<string, string>;
  readonly pipelineModule: string;
  readonly emptyRoomMs: number;
  readonly rejoinWindowMs: number;
}

export interface ServerReady {
  readonly url: string;
  readonly workerPids: number[];
  /** Room clock minus the machine's monotonic clock, ms. */
  readonly roomClockOffsetMs: number;
}

/** What is left in the server's process and its workers. */
export interface ServerHoldings {
  readonly heapUsedBytes: number;
  readonly rooms: number;
  readonly routers: number;
  readonly webRtcTransports: number;
  /** Open handles of Node's event loop by kind, idle ones of the server itself included. */
  readonly handles: Readonly<Record<string, number>>;
}

const meter = new TransportMeter();
let app: Awaited<ReturnType<typeof createApp>> | undefined;

async function start({ environment, pipelineModule, emptyRoomMs, rejoinWindowMs }: ServerStart): Promise<ServerReady> {
  const base = readConfig({ ...process.env, ...environment });
  const config: ServerConfig = {
    ...base, logPretty: false,
    sfu: { ...base.sfu, rtcPort: 0 },
    rooms: { ...base.rooms, emptyRoomMs, rejoinWindowMs },
    jobs: { ...base.jobs, pipelineModule, warm: false, uploadsPerMinute: 1_000 },
  };
  // However this process ends: its tool may be gone already.
  process.once('exit', () => rmSync(base.paths.data, { recursive: true, force: true }));
  app = await createApp(config, { processMetrics: true });
  return { url: app.url, workerPids: app.workers.pids, roomClockOffsetMs: roomClockMs() - machineClockMs() };
}

async function holdings(): Promise<ServerHoldings> {
  if (app === undefined) throw new Error('the server has not been started');
  globalThis.gc?.();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return { heapUsedBytes: process.memoryUsage().heapUsed, rooms: app.rooms.roomCount, ...await app.workers.dump(), handles };
}

const methods = {
  start,
  holdings,
  transportBytes: () => meter.read(),
  workerPids: () => app?.workers.pids ?? [],
  /** Prometheus text of the server's own metrics. */
  metrics: async () => await app?.metrics.registry.metrics() ?? '',
  stop: async () => { await app?.close(); },
};
export type ServerMethods = typeof methods;

answerRequests(methods);
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => {});
