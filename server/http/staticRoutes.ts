import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StippleError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import type { ServerConfig } from '../config.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';
const REVALIDATE = 'public, no-cache';

/** The page, MediaPipe's wasm and model, and the head rig. */
export async function addStaticRoutes(app: FastifyInstance, { paths }: ServerConfig): Promise<void> {
  await app.register(fastifyStatic, {
    root: paths.mediapipeWasm, prefix: `${HTTP_PATHS.mediapipeWasm}/`, index: false, decorateReply: false, cacheControl: false,
    // Pinned by the lock file, so it changes with a release only; a day saves asking on every visit.
    setHeaders: (response) => response.header('cache-control', 'public, max-age=86400'),
  });
  if (existsSync(paths.clientBuild)) {
    await app.register(fastifyStatic, {
      root: paths.clientBuild, prefix: '/', wildcard: true, decorateReply: false, cacheControl: false,
      // The build puts a hash of the content into every name under assets.
      setHeaders: (response, file) => response.header('cache-control', /[\\/]assets[\\/]/.test(file) ? IMMUTABLE : REVALIDATE),
    });
  }
  app.get(HTTP_PATHS.faceLandmarker, async (request, reply) => sendFile(request, reply, paths.faceLandmarker, 'MODEL_MISSING'));
  app.get(HTTP_PATHS.faceModels, async (request, reply) => sendFile(request, reply.type('application/json'), paths.faceModels, 'MODEL_MISSING'));
  addRigRoutes(app, paths.rig);
}

function addRigRoutes(app: FastifyInstance, rigFile: string): void {
  // Read when first asked for: the server also runs before the rig is built.
  let rig: Promise<{ bytes: Buffer; hash: string }> | undefined;
  const load = async (): Promise<{ bytes: Buffer; hash: string }> => {
    rig ??= readFile(rigFile).then((bytes) => ({ bytes, hash: createHash('sha256').update(bytes).digest('hex') }));
    return rig.catch((error: unknown) => {
      rig = undefined;
      throw new StippleError('RIG_UNKNOWN', { cause: error });
    });
  };
  const send = async (request: FastifyRequest, reply: FastifyReply, cacheControl: string) => {
    const { bytes, hash } = await load();
    reply.header('etag', `"${hash}"`).header('cache-control', cacheControl);
    if (request.headers['if-none-match'] === `"${hash}"`) return reply.code(304).send();
    return reply.type('application/octet-stream').send(bytes);
  };
  app.get(HTTP_PATHS.currentRig, async (request, reply) => send(request, reply, REVALIDATE));
  app.get<{ Params: { hash: string } }>(HTTP_PATHS.rig(':hash'), async (request, reply) => {
    const { hash } = await load();
    if (request.params.hash !== hash) throw new StippleError('RIG_UNKNOWN', { details: { expected: hash, got: request.params.hash.slice(0, 64) } });
    return send(request, reply, IMMUTABLE);
  });
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, missing: 'MODEL_MISSING') {
  const found = await stat(file).catch((error: unknown) => { throw new StippleError(missing, { cause: error }); });
  const etag = `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`;
  reply.header('etag', etag).header('cache-control', REVALIDATE);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (!reply.hasHeader('content-type')) reply.type('application/octet-stream');
  return reply.header('content-length', found.size).send(createReadStream(file));
}
