import { join } from 'node:path';
import { StippleError } from '../shared/protocol/errors.ts';
import { AvatarInspector } from './avatar/avatarInspector.ts';
import { AvatarJobs } from './avatar/avatarJobs.ts';
import { AvatarStore } from './avatar/avatarStore.ts';
import type { ServerConfig } from './config.ts';
import { createHttpServer } from './http/httpServer.ts';
import { createLog } from './log.ts';
import type { Logger } from './log.ts';
import { Metrics } from './metrics/metrics.ts';
import { RoomRegistry } from './room/roomRegistry.ts';
import { WorkerPool } from './sfu/workerPool.ts';
import { SignalingServer } from './signaling/signalingServer.ts';
import { OwnerTokens } from './tokens/tokens.ts';

export interface App {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly log: Logger;
  readonly workers: WorkerPool;
  readonly rooms: RoomRegistry;
  readonly metrics: Metrics;
  /** Resolves when the generation processes have loaded their models, or have failed to (see `/api/ready`). */
  readonly warm: Promise<void>;
  /** Tells everyone, cancels jobs, and ends everything it started. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts the whole server: relay workers, rooms, jobs, HTTP and signalling on one port.
 * @throws StippleError CONFIG_INVALID when the port is taken, SFU_UNAVAILABLE when the relay cannot start.
 */
export async function createApp(config: ServerConfig, options: { processMetrics?: boolean } = {}): Promise<App> {
  const log = createLog({ level: config.logLevel, pretty: config.logPretty });
  const metrics = new Metrics({ processMetrics: options.processMetrics ?? false });
  const ownerTokens = OwnerTokens.load(config.paths.data, config.secret);
  const workers = await WorkerPool.create({ ...config.sfu, log, metrics });
  // What stands already goes down again where a later part fails to start.
  const undo: (() => Promise<void> | void)[] = [() => workers.close()];
  try {
    const rooms = new RoomRegistry({ ...config.rooms, workers, log, metrics });
    const store = await AvatarStore.open({
      folder: join(config.paths.data, 'avatars'), ...config.store, inUse: (hash) => rooms.showsAvatar(hash), metrics, log,
    });
    undo.unshift(() => store.close());
    const jobs = new AvatarJobs({ ...config.jobs, store, metrics, log });
    undo.unshift(() => jobs.close());
    const inspector = new AvatarInspector({ ...config.store.inspection, rigFile: config.paths.rig, log });
    undo.unshift(() => inspector.close());
    const http = await createHttpServer({ config, ownerTokens, rooms, workers, jobs, store, inspector, metrics, log });
    undo.unshift(async () => { await http.close(); });
    const signaling = new SignalingServer({ httpServer: http.server, config, ownerTokens, rooms, jobs, store, metrics, log });
    undo.unshift(async () => {
      const error = new StippleError('SERVER_SHUTTING_DOWN');
      rooms.closeAll(error);
      await signaling.close(error);
    });
    const url = await http.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
      throw new StippleError('CONFIG_INVALID', {
        message: `The server cannot listen on ${config.host}:${config.port}: ${(error as Error).message}. PORT names another port.`, cause: error,
      });
    });
    const warm = config.jobs.warm ? jobs.warmUp() : Promise.resolve();
    let closing: Promise<void> | undefined;
    return {
      url, log, workers, rooms, metrics, warm,
      close: () => (closing ??= runAll(undo)),
    };
  } catch (error) {
    await runAll(undo);
    throw error;
  }
}

async function runAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of steps) await step();
}
