import type { FastifyReply, FastifyRequest } from 'fastify';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';

/** Answers with `{ error }` and the code's status, whatever was thrown; bugs are logged, and only bugs. */
export function replyWithError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): FastifyReply {
  const known = error instanceof StippleError ? error : fromFramework(error);
  if (known.code === 'INTERNAL') log.error({ requestId: request.id, route: request.routeOptions.url, ...describeError(error) }, 'request failed');
  const retryAfter = known.details['retryAfterSeconds'];
  if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter);
  else if (known.retryable && known.httpStatus === 503) reply.header('retry-after', 5);
  // The rest of an upload that was refused is not wanted.
  if (request.method === 'POST' || request.method === 'PUT') reply.header('connection', 'close');
  return reply.code(known.httpStatus).header('cache-control', 'no-store').type('application/json; charset=utf-8')
    .send({ error: toWireError(known, request.id) });
}

/** Errors of Fastify and its plug-ins, by their documented codes. */
function fromFramework(error: unknown): StippleError {
  const { code, statusCode, message } = (error ?? {}) as { code?: unknown; statusCode?: unknown; message?: unknown };
  const words = typeof message === 'string' ? message.slice(0, 200) : undefined;
  switch (code) {
    case 'FST_REQ_FILE_TOO_LARGE':
      return new StippleError('PORTRAIT_TOO_LARGE');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_PARTS_LIMIT':
    case 'FST_FILES_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return new StippleError('PAYLOAD_TOO_LARGE', { message: words });
    default:
      if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
        return new StippleError('INVALID_REQUEST', { message: words });
      }
      return new StippleError('INTERNAL');
  }
}
