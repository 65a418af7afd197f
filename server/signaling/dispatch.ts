import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import { parseWith } from '../../shared/protocol/parse.ts';
import { requests } from '../../shared/protocol/signaling.ts';
import type { Ack, ReplyOf, RequestName, RequestOf } from '../../shared/protocol/signaling.ts';
import { RateBudget } from '../limits/rateBudget.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { randomId } from '../tokens/tokens.ts';
import type { Connection } from './connection.ts';

/** One handler a request; each receives parsed input and returns the reply or throws a `StippleError`. */
export type Handlers = {
  [K in RequestName]: (connection: Connection, request: RequestOf<K>) => ReplyOf<K> | Promise<ReplyOf<K>>;
};

export interface DispatcherOptions {
  readonly handlers: Handlers;
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Refused requests on one connection before it is let go. */
const REFUSALS_LIMIT = 100;

/** Takes whatever a socket brings: bounds the rate, finds the request, parses it, calls its handler, acknowledges. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** A listener for one connection's every event, in order of arrival. */
  listenerFor(connection: Connection): (name: unknown, ...args: unknown[]) => void {
    const budget = new RateBudget({
      perSecond: this.#options.requestsPerSecond, burst: this.#options.requestBurst, nowMs: () => performance.now(),
    });
    let refusals = 0;
    return (name, ...args) => {
      const last = args.at(-1);
      const acknowledge = typeof last === 'function' ? (last as (reply: Ack<unknown>) => void) : undefined;
      const requestId = randomId();
      if (!budget.take()) {
        acknowledge?.({ ok: false, error: toWireError(new StippleError('RATE_LIMITED'), requestId) });
        if (++refusals === REFUSALS_LIMIT) connection.end(new StippleError('RATE_LIMITED'));
        return;
      }
      const input = acknowledge ? args.slice(0, -1) : args;
      void this.#dispatch(connection, name, input, requestId).then((reply) => acknowledge?.(reply));
    };
  }

  async #dispatch(connection: Connection, name: unknown, input: unknown[], requestId: string): Promise<Ack<unknown>> {
    const known = typeof name === 'string' && Object.hasOwn(requests, name) ? (name as RequestName) : undefined;
    try {
      if (known === undefined) throw new StippleError('UNKNOWN_REQUEST', { details: { got: String(name).slice(0, 60) } });
      const value = await this.#handle(connection, known, input);
      this.#options.metrics.requests.inc({ request: known, outcome: 'ok' });
      return { ok: true, value };
    } catch (error) {
      const wire = toWireError(error, requestId);
      this.#options.metrics.requests.inc({ request: known ?? 'unknown', outcome: wire.code });
      const line = { requestId, request: known ?? 'unknown', connection: connection.id, code: wire.code };
      if (error instanceof StippleError) this.#options.log.debug(line, 'request refused');
      else this.#options.log.error({ ...line, ...describeError(error) }, 'request failed');
      return { ok: false, error: wire };
    }
  }

  async #handle<K extends RequestName>(connection: Connection, name: K, input: unknown[]): Promise<ReplyOf<K>> {
    if (input.length > 1) {
      throw new StippleError('INVALID_REQUEST', {
        message: `${name}: field (arguments): expected one object and an acknowledgement, got ${input.length} arguments`,
        details: { field: '(arguments)', expected: 'one object', got: `${input.length} arguments` },
      });
    }
    const request = parseWith(requests[name].request, input[0], name) as RequestOf<K>;
    return this.#options.handlers[name](connection, request);
  }
}
