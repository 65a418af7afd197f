import { join } from 'node:path';
import { readConfig } from '../../../server/config.ts';
import type { GeneratorName } from '../../../server/generator/generatorNames.ts';
import { startTestServer, type TestServer } from '../../support/testServer.ts';

/**
 * The server as `npm start` runs it, real generator included, on a free port.
 * @param options.modelsFolder other face models for the browsers' trackers than those set-up prepared
 * @param options.generator another one than the configured, where heads only have to be there
 */
export function startWholeServer(options: { modelsFolder?: string; generator?: GeneratorName } = {}): Promise<TestServer> {
  const { jobs } = readConfig({});
  const models = options.modelsFolder;
  return startTestServer({
    logLevel: 'warn',
    jobs: { pipelineModule: jobs.pipelineModule, warm: true, ...(options.generator !== undefined && { generator: options.generator }) },
    sfu: { announcedAddress: '127.0.0.1' },
    ...(models !== undefined && { paths: { faceLandmarker: join(models, 'face_landmarker.task'), faceModels: join(models, 'models.json') } }),
  });
}
