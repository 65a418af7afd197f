import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * The server's log, on standard error. Lines hold ids, codes, sizes and durations; never an image, landmarks, tensors
 * or a token: callers pass only such fields, and the known names of secrets are struck out besides.
 *
 * Levels: error — something is broken and a person should look; warn — a peer misbehaved or a limit was met;
 * info — rooms, jobs, start and stop, nothing more than about once a second; debug — every request.
 */
export function createLog(options: { level: string; pretty: boolean }): Logger {
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: ['token', '*.token', 'ownerToken', '*.ownerToken', 'participantToken', '*.participantToken', 'roomToken', '*.roomToken', 'authorization', '*.authorization'], censor: '[secret]' },
  };
  if (!options.pretty) return pino(settings, pino.destination({ dest: 2, sync: false }));
  return pino({ ...settings, transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' } } });
}

/** What may be logged of an error: its class, code and words, and for a bug the stack. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    error: error.name, message: error.message.slice(0, 300),
    ...(typeof code === 'string' ? { code } : { stack: error.stack }),
  };
}
