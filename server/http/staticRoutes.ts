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

/** The rig file, by hash. A rig that replaces another while the server runs does not take it from those who use it. */
class RigFiles {
  readonly #file: string;
  readonly #byHash = new Map<string, Buffer>();
  #current = '';
  #changedMs = -1;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws StippleError RIG_UNKNOWN when there is no rig file. */
  async current(): Promise<string> {
    try {
      const { mtimeMs } = await stat(this.#file);
      if (mtimeMs !== this.#changedMs) {
        const bytes = await readFile(this.#file);
        this.#current = createHash('sha256').update(bytes).digest('hex');
        this.#byHash.set(this.#current, bytes);
        this.#changedMs = mtimeMs;
      }
      return this.#current;
    } catch (error) {
      throw new StippleError('RIG_UNKNOWN', { cause: error });
    }
  }

  /** @throws StippleError RIG_UNKNOWN */
  async read(hash: string): Promise<Buffer> {
    const current = this.#byHash.has(hash) ? hash : await this.current();
    const bytes = this.#byHash.get(hash);
    if (bytes === undefined) throw new StippleError('RIG_UNKNOWN', { details: { expected: current, got: hash.slice(0, 64) } });
    return bytes;
  }
}

function addRigRoutes(app: FastifyInstance, rigFile: string): void {
  const rigs = new RigFiles(rigFile);
  // The rig that the generation processes load at the same time; a missing one is reported by whoever asks for it.
  rigs.current().catch(() => undefined);
  const send = async (request: FastifyRequest, reply: FastifyReply, hash: string, cacheControl: string) => {
    const bytes = await rigs.read(hash);
    reply.header('etag', `"${hash}"`).header('cache-control', cacheControl);
    if (request.headers['if-none-match'] === `"${hash}"`) return reply.code(304).send();
    return reply.type('application/octet-stream').send(bytes);
  };
  app.get(HTTP_PATHS.currentRig, async (request, reply) => send(request, reply, await rigs.current(), REVALIDATE));
  app.get<{ Params: { hash: string } }>(HTTP_PATHS.rig(':hash'), async (request, reply) => send(request, reply, request.params.hash, IMMUTABLE));
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, missing: 'MODEL_MISSING') {
  const found = await stat(file).catch((error: unknown) => { throw new StippleError(missing, { cause: error }); });
  const etag = `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`;
  reply.header('etag', etag).header('cache-control', REVALIDATE);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (!reply.hasHeader('content-type')) reply.type('application/octet-stream');
  return reply.header('content-length', found.size).send(createReadStream(file));
}
