import type { FastifyInstance, FastifyRequest } from 'fastify';
import { StippleError } from '../../shared/protocol/errors.ts';

/** Leaves bodies of every kind unread: what an avatar file is, its bytes say. For a scope of its own, not the whole server. */
export function leaveBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
}

/**
 * Reads a request's body into memory.
 * @throws StippleError PAYLOAD_TOO_LARGE, as soon as it is known; INVALID_REQUEST where the body breaks off.
 */
export async function readAvatarFile(request: FastifyRequest, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes, `${request.headers['content-length']}`);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request.raw as AsyncIterable<Buffer>) {
      bytes += part.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes, 'more');
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof StippleError) throw error;
    throw new StippleError('INVALID_REQUEST', { message: `avatar file: the body broke off after ${bytes} bytes`, cause: error });
  }
  return Buffer.concat(parts, bytes);
}

function tooLarge(maxBytes: number, got: string): StippleError {
  return new StippleError('PAYLOAD_TOO_LARGE', {
    message: `avatar file: length: expected at most ${maxBytes} bytes, got ${got}`, details: { field: 'length', expected: `at most ${maxBytes} bytes`, got },
  });
}
