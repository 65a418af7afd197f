import { existsSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import type { HttpServices } from './httpServer.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** Health, readiness and metrics. */
export function addHealthRoutes(app: FastifyInstance, { config, workers, jobs, metrics }: HttpServices): void {
  app.get(HTTP_PATHS.health, async (_request, reply) => reply.header('cache-control', 'no-store').send({
    status: 'ok', version: packageJson.version, protocolVersion: PROTOCOL_VERSION, uptimeSeconds: Math.round(process.uptime()),
    generator: { wanted: config.jobs.generator, used: jobs.used?.generator, reason: jobs.used?.fallback?.code },
  }));

  app.get(HTTP_PATHS.ready, async (_request, reply) => {
    const check = (reason: string | undefined) => (reason === undefined ? { ok: true } : { ok: false, reason });
    const checks = {
      relay: check(workers.available ? undefined : 'no relay worker lives'),
      generator: check(jobs.problem),
      page: check(existsSync(config.paths.clientBuild) ? undefined : 'the page has not been built'),
      faceLandmarker: check(existsSync(config.paths.faceLandmarker) ? undefined : 'the face landmarker bundle is missing'),
      rig: check(existsSync(config.paths.rig) ? undefined : 'the head rig is missing'),
    };
    const ready = Object.values(checks).every(({ ok }) => ok);
    return reply.code(ready ? 200 : 503).header('cache-control', 'no-store').send({ status: ready ? 'ready' : 'not-ready', checks });
  });

  app.get(HTTP_PATHS.metrics, async (_request, reply) => {
    await workers.sampleUsage();
    return reply.header('cache-control', 'no-store').type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
