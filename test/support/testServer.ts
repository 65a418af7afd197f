import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../server/app.ts';
import type { App } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import type { ServerConfig } from '../../server/config.ts';

/** A part of the configuration, at any depth. */
export type ConfigChange = { readonly [K in keyof ServerConfig]?: ServerConfig[K] extends object ? Partial<ServerConfig[K]> : ServerConfig[K] };

export interface TestServer extends App {
  readonly dataFolder: string;
}

/** The module that stands in for the head generator in tests of what surrounds it. */
export const SCRIPTED_PIPELINE = join(import.meta.dirname, 'scriptedPipeline.ts');

/** The real server in this process, on a free port, with a data folder of its own. */
export async function startTestServer(change: ConfigChange = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'stipple-test-'));
  const base = readConfig({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent', STIPPLE_DATA: dataFolder, STIPPLE_WORKERS: '1', MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'] });
  const config: ServerConfig = {
    ...base, ...change, logPretty: false,
    paths: { ...base.paths, ...change.paths },
    sfu: { ...base.sfu, rtcPort: 0, ...change.sfu },
    rooms: { ...base.rooms, probeTimeoutMs: 300, ...change.rooms },
    jobs: { ...base.jobs, warm: false, uploadsPerMinute: 1_000, pipelineModule: SCRIPTED_PIPELINE, ...change.jobs },
    store: { ...base.store, ...change.store },
    signaling: { ...base.signaling, ...change.signaling },
  };
  const app = await createApp(config);
  return {
    ...app, dataFolder,
    close: async () => {
      await app.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
