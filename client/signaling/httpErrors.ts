import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import { errorBodySchema } from '../../shared/protocol/http.ts';

/** The error behind an answer of 400 or more. */
export async function errorOf(response: Response): Promise<StippleError> {
  return errorFromBody(parseJson(await response.text()), response.status);
}

/** As `errorOf`, for a body already read. */
export function errorFromBody(body: unknown, status: number): StippleError {
  const parsed = errorBodySchema.safeParse(body);
  return parsed.success ? fromWireError(parsed.data.error) : new StippleError('INTERNAL', { details: { httpStatus: status } });
}

/** Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For requests that never reached the server. */
export function unreachable(): StippleError {
  return new StippleError('SERVER_SHUTTING_DOWN', { message: 'The server cannot be reached. Check your connection and try again.' });
}
