import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App } from '../../../server/app.ts';
import { readConfig } from '../../../server/config.ts';

/** A real server on a free port of this machine, with a data folder of its own that goes with it. */
export interface TestServer {
  readonly url: string;
  readonly app: App;
  /** Scratch of this server's test. */
  readonly folder: string;
  close(): Promise<void>;
}

/** @param options.faceLandmarker another bundle for the browsers' trackers than the one set-up prepared */
export async function startTestServer(options: { faceLandmarker?: string } = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stipple-e2e-'));
  const config = readConfig({
    ...process.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', STIPPLE_DATA: join(folder, 'data'),
    STIPPLE_WORKERS: '1', STIPPLE_ANNOUNCED_ADDRESS: '127.0.0.1',
  });
  const app = await createApp({
    ...config,
    paths: { ...config.paths, ...(options.faceLandmarker !== undefined && { faceLandmarker: options.faceLandmarker }) },
  });
  return {
    url: app.url, app, folder,
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
