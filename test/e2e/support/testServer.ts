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

/** @param options.faceModels prepares other face models for the browsers' trackers; gets scratch, gives their folder */
export async function startTestServer(options: { faceModels?: (scratch: string) => Promise<string> } = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stipple-e2e-'));
  const config = readConfig({
    ...process.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', STIPPLE_DATA: join(folder, 'data'),
    STIPPLE_WORKERS: '1', STIPPLE_ANNOUNCED_ADDRESS: '127.0.0.1',
  });
  const models = await options.faceModels?.(folder);
  const app = await createApp({
    ...config,
    paths: { ...config.paths, ...(models !== undefined && { faceLandmarker: join(models, 'face_landmarker.task'), faceModels: join(models, 'models.json') }) },
  });
  return {
    url: app.url, app, folder,
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
