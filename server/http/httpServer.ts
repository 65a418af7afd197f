import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { AvatarInspector } from '../avatar/avatarInspector.ts';
import type { AvatarJobs } from '../avatar/avatarJobs.ts';
import type { AvatarStore } from '../avatar/avatarStore.ts';
import type { ServerConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RoomRegistry } from '../room/roomRegistry.ts';
import type { WorkerPool } from '../sfu/workerPool.ts';
import { randomId } from '../tokens/tokens.ts';
import type { OwnerTokens } from '../tokens/tokens.ts';
import { addAvatarRoutes } from './avatarRoutes.ts';
import { replyWithError } from './errorReply.ts';
import { addHealthRoutes } from './healthRoutes.ts';
import { addStaticRoutes } from './staticRoutes.ts';

export interface HttpServices {
  readonly config: ServerConfig;
  readonly ownerTokens: OwnerTokens;
  readonly rooms: RoomRegistry;
  readonly workers: WorkerPool;
  readonly jobs: AvatarJobs;
  readonly store: AvatarStore;
  readonly inspector: AvatarInspector;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Bodies of requests other than portraits and avatars. */
const BODY_MAX_BYTES = 16 * 1024;

/** The HTTP side, not yet listening: PROTOCOL.md chapter HTTP, the page and the files it loads. */
export async function createHttpServer(services: HttpServices): Promise<FastifyInstance> {
  const { config, metrics, log } = services;
  const app = Fastify({
    loggerInstance: log.child({ part: 'http' }, { level: 'warn' }) as FastifyBaseLogger,
    // Requests are logged below, without their URLs.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustProxy,
    bodyLimit: BODY_MAX_BYTES,
    genReqId: () => randomId(),
    // Malformed URLs do not get as far as the error handler.
    frameworkErrors: (error, request, reply) => { void replyWithError(error, request, reply, log); },
    // A cut upload must not hold a connection for ever.
    requestTimeout: 120_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
  });

  app.setErrorHandler(async (error, request, reply) => replyWithError(error, request, reply, log));
  app.setNotFoundHandler(async (request, reply) => {
    const wantsPage = request.method === 'GET' && !/^\/(api|socket\.io|mediapipe|rigs|assets)\//.test(request.url)
      && request.headers.accept?.includes('text/html') === true;
    if (wantsPage) return sendPage(reply, config.paths.clientBuild);
    throw new StippleError('NOT_FOUND', { details: { method: request.method, path: request.url.split('?')[0]!.slice(0, 100) } });
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.httpRequests.inc({ method: request.method, status: String(reply.statusCode) });
    // The route's pattern, not the URL: neither ids nor what a stranger may have typed there.
    log.debug({ method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime), requestId: request.id }, 'request');
  });

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // MediaPipe compiles wasm.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        workerSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'", 'ws:', 'wss:', 'blob:', 'data:'],
        imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:', 'mediastream:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        fontSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
    // Served over plain HTTP on a local network too; a proxy in front that ends TLS adds HSTS itself.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    originAgentCluster: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
  });
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    // The page, its scripts and the wasm files; the formats of our own are entropy-coded already.
    customTypes: /^(text\/(?!event-stream)|application\/(json|javascript|wasm)|image\/svg)/,
    threshold: 1_024,
    // In zlib's threads; a higher quality would take seconds for the wasm files.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  });
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, context) => new StippleError('RATE_LIMITED', {
      message: `Too many requests: expected at most ${context.max} a minute; try again in ${Math.ceil(context.ttl / 1000)} s.`,
      details: { retryAfterSeconds: Math.ceil(context.ttl / 1000) },
    }),
  });

  await addAvatarRoutes(app, services);
  addHealthRoutes(app, services);
  await addStaticRoutes(app, config);
  return app;
}

async function sendPage(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const page = join(folder, 'index.html');
  if (!existsSync(page)) {
    throw new StippleError('NOT_FOUND', { message: 'The page has not been built; run `npm run build`, or `npm start`, which does it.' });
  }
  return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(await readFile(page));
}
