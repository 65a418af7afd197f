import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { avatarHashSchema } from '../../shared/protocol/avatarRef.ts';
import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import { AVATAR_CONTENT_TYPE, HTTP_PATHS } from '../../shared/protocol/http.ts';
import { jobIdSchema } from '../../shared/protocol/jobs.ts';
import type { JobStatus } from '../../shared/protocol/jobs.ts';
import { parseWith } from '../../shared/protocol/parse.ts';
import { leaveBodiesUnread, readAvatarFile } from './avatarUpload.ts';
import { bearerToken } from './bearerToken.ts';
import type { HttpServices } from './httpServer.ts';
import { acceptUploads, readPortrait } from './portraitUpload.ts';

const jobParamsSchema = z.object({ jobId: jobIdSchema });
const avatarParamsSchema = z.object({ hash: avatarHashSchema });
const UPLOAD_WAIT_MAX_SECONDS = 120;

/** `POST /api/avatars` and what follows from it, and avatars that people bring. */
export async function addAvatarRoutes(app: FastifyInstance, services: HttpServices): Promise<void> {
  const { config, ownerTokens, rooms, jobs, store, inspector, log } = services;
  await acceptUploads(app, config.jobs.portraitBytes);
  const perMinute = (max: number) => ({ config: { rateLimit: { max, timeWindow: 60_000 } } });
  const ownerOf = (request: FastifyRequest): string => ownerTokens.requireOwnerId(bearerToken(request));

  app.post(HTTP_PATHS.owners, perMinute(60), async (_request, reply) =>
    reply.code(201).header('cache-control', 'no-store').send({ ownerToken: ownerTokens.issue() }));

  app.post(HTTP_PATHS.avatars, { ...perMinute(config.jobs.uploadsPerMinute), bodyLimit: config.jobs.portraitBytes + 64 * 1024 }, async (request, reply) => {
    const ownerId = ownerOf(request);
    const reservation = jobs.reserve(ownerId);
    const queued = await readPortrait(request, config.jobs.portraitBytes)
      .then((portrait) => reservation.submit(portrait))
      .finally(() => reservation.release());
    reply.header('cache-control', 'no-store');
    const waitSeconds = preferredWait(request);
    if (waitSeconds > 0) {
      const ended = await waitForEnd(services, ownerId, queued.jobId, waitSeconds, request);
      if (ended?.state === 'done') return reply.code(201).header('location', ended.avatar.url).send({ status: ended, statusUrl: HTTP_PATHS.job(ended.jobId) });
      if (ended?.state === 'failed' || ended?.state === 'cancelled') throw fromWireError(ended.error);
    }
    const status = jobs.status(ownerId, queued.jobId);
    const statusUrl = HTTP_PATHS.job(status.jobId);
    return reply.code(202).header('location', statusUrl).send({ status, statusUrl });
  });

  app.get(HTTP_PATHS.job(':jobId'), async (request, reply) => {
    const { jobId } = parseWith(jobParamsSchema, request.params, 'job', 'JOB_UNKNOWN');
    return reply.header('cache-control', 'no-store').send({ status: jobs.status(ownerOf(request), jobId) });
  });

  app.delete(HTTP_PATHS.job(':jobId'), async (request, reply) => {
    const { jobId } = parseWith(jobParamsSchema, request.params, 'job', 'JOB_UNKNOWN');
    return reply.header('cache-control', 'no-store').send({ status: await jobs.cancel(ownerOf(request), jobId) });
  });

  app.get(HTTP_PATHS.avatar(':hash'), async (request, reply) => {
    const { hash } = parseWith(avatarParamsSchema, request.params, 'avatar', 'AVATAR_UNKNOWN');
    const token = bearerToken(request);
    const ownerId = ownerTokens.ownerId(token);
    const allowed = ownerId === undefined ? rooms.allowsReading(token, hash) : store.isOwner(ownerId, hash);
    // The same answer whether it is not there or not theirs: hashes are not to be probed.
    if (!allowed || !store.has(hash)) throw new StippleError('AVATAR_UNKNOWN', { details: { hash } });
    const etag = `"${hash}"`;
    reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable');
    if (request.headers['if-none-match']?.split(/,\s*/).includes(etag) === true) return reply.code(304).send();
    return reply.type(AVATAR_CONTENT_TYPE).send(await store.read(hash));
  });

  await app.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.put(HTTP_PATHS.avatar(':hash'), perMinute(config.jobs.uploadsPerMinute), async (request, reply) => {
      const ownerId = ownerOf(request);
      const { hash } = parseWith(avatarParamsSchema, request.params, 'avatar');
      const release = inspector.reserve();
      try {
        const bytes = await readAvatarFile(request, config.store.avatarBytes);
        const inspected = await inspector.inspect(bytes, hash);
        const owned = store.isOwner(ownerId, hash);
        const avatar = await store.put(ownerId, { bytes, ...inspected });
        log.info({ bytes: avatar.bytes, splats: avatar.splats }, 'avatar brought');
        return await reply.code(owned ? 200 : 201).header('cache-control', 'no-store').header('location', avatar.url).send({ avatar });
      } finally {
        release();
      }
    });
  });

  app.delete(HTTP_PATHS.avatar(':hash'), async (request, reply) => {
    const { hash } = parseWith(avatarParamsSchema, request.params, 'avatar', 'AVATAR_UNKNOWN');
    await store.remove(ownerOf(request), hash);
    return reply.code(204).send();
  });
}

/** Seconds of `Prefer: wait=N` (RFC 7240), 0 without it. */
function preferredWait(request: FastifyRequest): number {
  const header = request.headers['prefer'];
  const seconds = Number(/(?:^|[,;\s])wait=(\d{1,4})/.exec(typeof header === 'string' ? header : '')?.[1] ?? 0);
  return Math.min(seconds, UPLOAD_WAIT_MAX_SECONDS);
}

/** The ended status, or undefined when the time is up. Whoever hangs up while waiting cancels the job. */
async function waitForEnd(services: HttpServices, ownerId: string, jobId: string, seconds: number, request: FastifyRequest): Promise<JobStatus | undefined> {
  const onHangUp = (): void => { void services.jobs.cancel(ownerId, jobId).catch(() => {}); };
  request.raw.socket.once('close', onHangUp);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      services.jobs.ended(ownerId, jobId),
      new Promise<undefined>((resolve) => { timer = setTimeout(() => resolve(undefined), seconds * 1000); }),
    ]);
  } finally {
    clearTimeout(timer);
    request.raw.socket.off('close', onHangUp);
  }
}
