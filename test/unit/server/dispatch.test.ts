import { describe, expect, it } from 'vitest';
import { ERROR_MEANINGS } from '../../../shared/protocol/errors.ts';
import { requests } from '../../../shared/protocol/signaling.ts';
import type { Ack } from '../../../shared/protocol/signaling.ts';
import { createLog } from '../../../server/log.ts';
import { Metrics } from '../../../server/metrics/metrics.ts';
import type { Connection } from '../../../server/signaling/connection.ts';
import { Dispatcher } from '../../../server/signaling/dispatch.ts';
import type { Handlers } from '../../../server/signaling/dispatch.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** Handlers that return what they were given: what reaches them has been parsed. */
const echo = Object.fromEntries(Object.keys(requests).map((name) => [name, (_connection: Connection, request: unknown) => request])) as unknown as Handlers;

function dispatching(handlers: Handlers = echo, limits = { requestsPerSecond: 1e9, requestBurst: 1e9 }) {
  const ended: string[] = [];
  const connection = { id: 'c', end: (error: { code: string }) => { ended.push(error.code); } } as unknown as Connection;
  const dispatcher = new Dispatcher({ handlers, ...limits, metrics: new Metrics({ processMetrics: false }), log: createLog({ level: 'silent', pretty: false }) });
  const listener = dispatcher.listenerFor(connection);
  const ask = (name: unknown, ...args: unknown[]): Promise<Ack<unknown>[]> => new Promise((resolve) => {
    const replies: Ack<unknown>[] = [];
    listener(name, ...args, (reply: Ack<unknown>) => {
      replies.push(reply);
      // A second answer would come within the same turn.
      setTimeout(() => resolve(replies), 0);
    });
  });
  return { ask, listener, ended };
}

/** Any value JSON and socket.io can carry, biased towards what the schemas look for. */
function anything(random: SeededRandom, depth = 0): unknown {
  const strings = ['', 'abc', 'team-monday', 'A'.repeat(43), 'send', 'pose', 'stipple.pose.v1', '\u0000', 'constructor', '0'.repeat(64), 'x'.repeat(500)];
  const pick = random.integer(depth > 2 ? 7 : 10);
  if (pick === 0) return null;
  if (pick === 1) return random.next() < 0.5;
  if (pick === 2) return [0, -1, 1, 0.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY][random.integer(7)];
  if (pick < 6) return strings[random.integer(strings.length)];
  if (pick === 6) return new Uint8Array(random.integer(10));
  if (pick === 7) return Array.from({ length: random.integer(4) }, () => anything(random, depth + 1));
  const keys = ['roomId', 'displayName', 'protocolVersion', 'participantToken', 'avatarHash', 'transportId', 'dtlsParameters', 'fingerprints', 'direction', 'sctpStreamParameters', 'label', 'protocol', 'jobId', '__proto__', 'toString'];
  return Object.fromEntries(Array.from({ length: random.integer(5) }, () => [keys[random.integer(keys.length)]!, anything(random, depth + 1)]));
}

describe('Dispatcher', () => {
  it('SIG1 answers anything exactly once, well-formed, and lets only parsed requests through (seeded)', async () => {
    const random = new SeededRandom(77);
    const { ask, ended } = dispatching();
    const names = [...Object.keys(requests), 'nothing', '__proto__', 'hasOwnProperty', 3, null, {}];
    const asked = Array.from({ length: 4_000 }, async (_, round) => {
      const name = names[random.integer(names.length)];
      const args = Array.from({ length: random.integer(3) === 2 ? random.integer(4) : 1 }, () => anything(random));
      const replies = await ask(name, ...args);
      expect(replies, `round ${round}`).toHaveLength(1);
      const [reply] = replies;
      if (reply!.ok) {
        expect(requests[name as keyof typeof requests].request.safeParse(args[0]).success, `round ${round}`).toBe(true);
        return 1;
      }
      expect(reply!.error.code in ERROR_MEANINGS, `round ${round}`).toBe(true);
      expect(['INVALID_REQUEST', 'UNKNOWN_REQUEST']).toContain(reply!.error.code);
      // Names and sizes of what came, never its content.
      expect(JSON.stringify(reply!.error).length).toBeLessThan(600);
      return 0;
    });
    expect((await Promise.all(asked)).reduce<number>((sum, accepted) => sum + accepted, 0)).toBeGreaterThan(20);
    expect(ended).toEqual([]);
  });

  it('does not throw where nobody waits for an answer', () => {
    const { listener } = dispatching();
    for (const args of [[], ['room:join'], ['room:join', {}], ['nothing', 1, 2], [undefined]] as unknown[][]) listener(args[0], ...args.slice(1));
  });

  it('hides a handler\'s bug behind INTERNAL and goes on', async () => {
    const { ask } = dispatching({ ...echo, 'connection:clock': () => { throw new TypeError('secret words'); } });
    const [reply] = await ask('connection:clock', {});
    expect(reply).toMatchObject({ ok: false, error: { code: 'INTERNAL', retryable: true } });
    expect(JSON.stringify(reply)).not.toContain('secret');
    expect((await ask('room:leave', {}))[0]!.ok).toBe(true);
  });

  it('SIG4 ends a connection after 100 refusals for speed, once', async () => {
    const { ask, ended } = dispatching(echo, { requestsPerSecond: 0.001, requestBurst: 5 });
    const replies = await Promise.all(Array.from({ length: 160 }, () => ask('connection:clock', {})));
    expect(replies.filter(([reply]) => reply!.ok)).toHaveLength(5);
    expect(ended).toEqual(['RATE_LIMITED']);
  });
});
