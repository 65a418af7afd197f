import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { StippleError } from '../shared/protocol/errors.ts';
import { AVATAR_MAX_BYTES, PORTRAIT_MAX_BYTES } from '../shared/protocol/limits.ts';
import { parseWith } from '../shared/protocol/parse.ts';
import { DEFAULT_GENERATOR, GENERATOR_NAMES, type GeneratorName } from './generator/generatorNames.ts';
import { MOTION_RELAYS, type MotionRelay } from './sfu/motionRelays.ts';
import { cacheFolder, clientBuildFolder, modelsFolder, projectFolder, workerFile } from './setup/paths.mjs';

const integer = (low: number, high: number) => z.coerce.number().int().min(low).max(high);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

/** Every environment variable the server reads, once, with its default. */
const environmentSchema = z.object({
  PORT: integer(0, 65_535).default(3000),
  /** Goes before PORT. */
  STIPPLE_PORT: integer(0, 65_535).optional(),
  HOST: z.string().min(1).default('0.0.0.0'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Address or host name that browsers reach the relay at; by default loopback and every LAN address are offered. */
  STIPPLE_ANNOUNCED_ADDRESS: z.string().min(1).optional(),
  /** First UDP and TCP port of the relay; worker n takes this plus n. Unset: 40000 where free, else any free ports. */
  STIPPLE_RTC_PORT: integer(1, 65_000).optional(),
  STIPPLE_WORKERS: integer(1, 256).optional(),
  MEDIASOUP_WORKER_BIN: z.string().min(1).optional(),
  STIPPLE_DATA: z.string().min(1).optional(),
  /** Signs owner tokens; unset: made once and kept in the data folder. */
  STIPPLE_SECRET: z.string().min(16).optional(),
  STIPPLE_MAX_ROOMS: integer(1, 100_000).default(200),
  STIPPLE_MAX_PARTICIPANTS: integer(1, 1_000).default(100),
  STIPPLE_MAX_CONNECTIONS: integer(1, 1_000_000).default(2_000),
  /** How motion gets to everybody: in bundles, or plainly by a channel a pair, to compare. */
  STIPPLE_MOTION_RELAY: z.enum(MOTION_RELAYS).default('bundle'),
  /** Participants of one room on one relay worker before the room takes another. */
  STIPPLE_PARTICIPANTS_PER_WORKER: integer(1, 1_000).default(100),
  STIPPLE_VOICES: integer(1, 32).default(8),
  STIPPLE_REJOIN_WINDOW_MS: integer(1_000, 3_600_000).default(30_000),
  STIPPLE_EMPTY_ROOM_MS: integer(1_000, 86_400_000).default(600_000),
  STIPPLE_JOB_QUEUE: integer(0, 1_000).default(16),
  STIPPLE_JOB_PROCESSES: integer(1, 64).default(1),
  /** What makes heads; `npm start -- --generator NAME` goes before it. */
  STIPPLE_GENERATOR: z.enum(GENERATOR_NAMES).default(DEFAULT_GENERATOR),
  STIPPLE_JOB_TIMEOUT_MS: integer(1_000, 3_600_000).default(120_000),
  STIPPLE_AVATAR_TTL_HOURS: integer(1, 24 * 365).default(24),
  STIPPLE_STORE_BYTES: integer(1_000_000, Number.MAX_SAFE_INTEGER).default(2_147_483_648),
  STIPPLE_UPLOADS_PER_MINUTE: integer(1, 100_000).default(20),
  /** Believe X-Forwarded-For: only behind a reverse proxy that sets it. */
  STIPPLE_TRUST_PROXY: flag.default(false),
});

export interface ServerConfig {
  readonly port: number;
  readonly host: string;
  readonly logLevel: string;
  /** Human-readable lines on a terminal instead of JSON. */
  readonly logPretty: boolean;
  readonly trustProxy: boolean;
  readonly secret: string | undefined;
  readonly maxConnections: number;
  readonly paths: {
    readonly data: string;
    readonly clientBuild: string;
    readonly mediapipeWasm: string;
    readonly faceLandmarker: string;
    /** What the face models can do, as their preparation wrote it down. */
    readonly faceModels: string;
    readonly rig: string;
  };
  readonly sfu: {
    readonly workerBin: string;
    readonly workers: number;
    readonly announcedAddress: string | undefined;
    /** 0: any free port. Undefined: 40000 where free, else any. */
    readonly rtcPort: number | undefined;
  };
  readonly rooms: {
    readonly maxRooms: number;
    readonly maxParticipants: number;
    readonly rejoinWindowMs: number;
    readonly emptyRoomMs: number;
    /** How long the connection that holds a participant's seat has to answer `connection:probe`. */
    readonly probeTimeoutMs: number;
    readonly poseFramesPerSecond: number;
    /** Voices forwarded to everyone in a room at once: those who speak, then those who spoke last. */
    readonly voicesHeardAtOnce: number;
    readonly motionRelay: MotionRelay;
    readonly participantsPerWorker: number;
  };
  readonly jobs: {
    /** Waiting jobs beyond those that run. */
    readonly queueLength: number;
    readonly processes: number;
    readonly timeoutMs: number;
    readonly perOwner: number;
    /** How long an ended job's status can be asked for. */
    readonly keepStatusMs: number;
    /** How long a job outlives its owner's last connection. */
    readonly orphanMs: number;
    readonly uploadsPerMinute: number;
    readonly portraitBytes: number;
    /** Module that exports `createPipeline` (see `avatarPipeline.ts`), absolute. */
    readonly pipelineModule: string;
    /** The wanted generator; the pipeline may fall back to another. */
    readonly generator: GeneratorName;
    /** Start the generation processes with the server instead of with the first job. */
    readonly warm: boolean;
  };
  readonly store: {
    readonly ttlMs: number;
    readonly maxBytes: number;
    /** Largest avatar file that may be brought. */
    readonly avatarBytes: number;
    readonly inspection: { readonly placesAtOnce: number; readonly timeoutMs: number };
  };
  readonly signaling: {
    readonly pingIntervalMs: number;
    readonly pingTimeoutMs: number;
    readonly helloTimeoutMs: number;
    /** Token bucket of one connection. */
    readonly requestsPerSecond: number;
    readonly requestBurst: number;
  };
}

/**
 * Reads the configuration from the environment.
 * @throws StippleError CONFIG_INVALID naming the variable.
 */
export function readConfig(environment: Record<string, string | undefined>): ServerConfig {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const env = parseWith(environmentSchema, present, 'environment', 'CONFIG_INVALID');
  if (env.STIPPLE_RTC_PORT !== undefined && env.STIPPLE_RTC_PORT + (env.STIPPLE_WORKERS ?? 1) > 65_536) {
    throw new StippleError('CONFIG_INVALID', { message: 'environment: field STIPPLE_RTC_PORT: expected room for a port a worker below 65536' });
  }
  return {
    port: env.STIPPLE_PORT ?? env.PORT,
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    logPretty: process.stderr.isTTY === true,
    trustProxy: env.STIPPLE_TRUST_PROXY,
    secret: env.STIPPLE_SECRET,
    maxConnections: env.STIPPLE_MAX_CONNECTIONS,
    paths: {
      data: env.STIPPLE_DATA ?? join(cacheFolder, 'data'),
      clientBuild: clientBuildFolder,
      mediapipeWasm: join(projectFolder, 'node_modules', '@mediapipe', 'tasks-vision', 'wasm'),
      faceLandmarker: join(modelsFolder, 'face_landmarker.task'),
      faceModels: join(modelsFolder, 'models.json'),
      rig: join(projectFolder, 'models', 'rig', 'head.rig'),
    },
    sfu: {
      workerBin: env.MEDIASOUP_WORKER_BIN ?? workerFile,
      workers: env.STIPPLE_WORKERS ?? availableParallelism(),
      announcedAddress: env.STIPPLE_ANNOUNCED_ADDRESS,
      rtcPort: env.STIPPLE_RTC_PORT,
    },
    rooms: {
      maxRooms: env.STIPPLE_MAX_ROOMS,
      maxParticipants: env.STIPPLE_MAX_PARTICIPANTS,
      rejoinWindowMs: env.STIPPLE_REJOIN_WINDOW_MS,
      emptyRoomMs: env.STIPPLE_EMPTY_ROOM_MS,
      probeTimeoutMs: 1_000,
      poseFramesPerSecond: 60,
      voicesHeardAtOnce: env.STIPPLE_VOICES,
      motionRelay: env.STIPPLE_MOTION_RELAY,
      participantsPerWorker: env.STIPPLE_PARTICIPANTS_PER_WORKER,
    },
    jobs: {
      queueLength: env.STIPPLE_JOB_QUEUE,
      processes: env.STIPPLE_JOB_PROCESSES,
      timeoutMs: env.STIPPLE_JOB_TIMEOUT_MS,
      perOwner: 2,
      keepStatusMs: 600_000,
      orphanMs: 30_000,
      uploadsPerMinute: env.STIPPLE_UPLOADS_PER_MINUTE,
      portraitBytes: PORTRAIT_MAX_BYTES,
      pipelineModule: join(projectFolder, 'server', 'avatar', 'headPipeline.ts'),
      generator: env.STIPPLE_GENERATOR,
      warm: true,
    },
    store: {
      ttlMs: env.STIPPLE_AVATAR_TTL_HOURS * 3_600_000, maxBytes: env.STIPPLE_STORE_BYTES, avatarBytes: AVATAR_MAX_BYTES,
      inspection: { placesAtOnce: 16, timeoutMs: 15_000 },
    },
    signaling: { pingIntervalMs: 10_000, pingTimeoutMs: 8_000, helloTimeoutMs: 10_000, requestsPerSecond: 20, requestBurst: 60 },
  };
}
