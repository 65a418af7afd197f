import type { FastifyRequest } from 'fastify';
import { StippleError } from '../../shared/protocol/errors.ts';
import { tokenSchema } from '../../shared/protocol/signaling.ts';

/**
 * The token of `Authorization: Bearer TOKEN`.
 * @throws StippleError TOKEN_MISSING, TOKEN_INVALID
 */
export function bearerToken(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new StippleError('TOKEN_MISSING', { details: { field: 'Authorization', expected: 'Bearer TOKEN', got: 'nothing' } });
  }
  const token = tokenSchema.safeParse(/^Bearer ([^ ]+)$/i.exec(header)?.[1]);
  if (!token.success) {
    throw new StippleError('TOKEN_INVALID', { details: { field: 'Authorization', expected: 'Bearer TOKEN', got: `${header.length} characters` } });
  }
  return token.data;
}
