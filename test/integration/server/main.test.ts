import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healthReplySchema, HTTP_PATHS } from '../../../shared/protocol/http.ts';
import { SignalingClient } from '../../support/signalingClient.ts';

const entry = join(import.meta.dirname, '..', '..', '..', 'server', 'main.ts');

/** The server's entry in a process of its own. */
function launch(environment: Record<string, string>, options: readonly string[] = []) {
  const child = spawn(process.execPath, [entry, ...options], { env: { ...process.env, HOST: '127.0.0.1', STIPPLE_WORKERS: '1', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => { output += `STDOUT ${text.toString()}`; });
  child.stderr.on('data', (text: Buffer) => { output += text.toString(); });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let attempt = 0; attempt < 300; attempt++) {
      const match = pattern.exec(output);
      if (match) return match;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server did not say ${pattern}: ${output}`);
  };
  return { child, exited, says, output: () => output };
}

describe('server/main.ts', () => {
  let data: string;
  beforeEach(async () => { data = await mkdtemp(join(tmpdir(), 'stipple-main-')); });
  afterEach(() => rm(data, { recursive: true, force: true }));

  it.each(['SIGTERM', 'SIGINT'] as const)('says where it is, and on %s tells everyone and ends with status 0', async (signal) => {
    const server = launch({ PORT: '0', STIPPLE_DATA: data });
    const [, url] = await server.says(/Stipple is at (http:\S+)/);
    const client = await SignalingClient.open(url!);
    const { roomId } = await client.request('room:create', {});
    await client.request('room:join', { roomId, displayName: 'Ada' });
    server.child.kill(signal);
    expect((await client.event('room:closed')).error).toMatchObject({ code: 'SERVER_SHUTTING_DOWN', retryable: true });
    expect((await client.event('connection:closing')).error.code).toBe('SERVER_SHUTTING_DOWN');
    expect(await server.exited).toBe(0);
    expect(server.output()).not.toContain('STDOUT');
  });

  it('takes the generator from the command line, before the environment, and tells which makes heads', async () => {
    const server = launch({ PORT: '0', STIPPLE_DATA: data, STIPPLE_GENERATOR: 'unknown', NO_COLOR: '1' }, ['--generator', 'template']);
    const [, url] = await server.says(/Stipple is at (http:\S+)/);
    await server.says(/generation process ready/);
    const health = healthReplySchema.parse(await (await fetch(url + HTTP_PATHS.health)).json());
    expect(health.generator).toEqual({ wanted: 'template', used: 'template' });
    server.child.kill('SIGTERM');
    await server.exited;
    const wrong = launch({ PORT: '0', STIPPLE_DATA: data }, ['--generator', 'unknown']);
    expect(await wrong.exited).toBe(1);
    expect(wrong.output()).toContain('Allowed choices are');
  });

  it('says in one sentence that its port is taken, or a variable wrong', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const taken = launch({ PORT: String((other.address() as AddressInfo).port), STIPPLE_DATA: data });
    expect(await taken.exited).toBe(1);
    expect(taken.output()).toMatch(/The server did not start: The server cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.* PORT names another port\. \[CONFIG_INVALID\]\n$/);
    other.close();
    const wrong = launch({ PORT: 'x', STIPPLE_DATA: data });
    expect(await wrong.exited).toBe(1);
    expect(wrong.output()).toContain('field PORT: expected number');
  });
});
