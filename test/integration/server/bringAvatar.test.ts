import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { errorBodySchema, bringAvatarReplySchema, HTTP_PATHS } from '../../../shared/protocol/http.ts';
import type { WireError } from '../../../shared/protocol/errors.ts';
import { AVATAR_MAX_BYTES } from '../../../shared/protocol/limits.ts';
import { encodeHead } from '../../../shared/formats/headFiles.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { handMadeAvatar, joinAvatar, sealAvatar } from '../../support/avatarBytes.ts';
import { headRig } from '../../support/headRig.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';
import { startTestServer, type TestServer } from '../../support/testServer.ts';

const KOFI = new Uint8Array(readFileSync(new URL('../../../client/public/gallery/avatars/kofi.stipple', import.meta.url)));
const SMALL = splatsOf({});

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A head of few splats, changed as a test wants it. */
function splatsOf(change: Partial<BoundSplats>): Uint8Array {
  return encodeHead(headRig, { ...syntheticSplats(headRig, { count: 60 }), ...change });
}

/** Some bytes changed, most in the header, or the end cut off. */
function damage(whole: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.next() < 0.3) return whole.slice(0, random.integer(whole.length));
  const bytes = whole.slice();
  for (let k = random.integer(4); k >= 0; k--) bytes[random.integer(random.next() < 0.7 ? 400 : bytes.length)]! ^= 1 + random.integer(255);
  return bytes;
}

describe('PROTOCOL.md chapter HTTP: avatars that people bring', () => {
  let server: TestServer;
  let owner: SignalingClient;
  let visitor: SignalingClient;

  beforeAll(async () => {
    server = await startTestServer({ jobs: { uploadsPerMinute: 100_000 } });
    [owner, visitor] = [await SignalingClient.open(server.url), await SignalingClient.open(server.url)];
  });
  afterAll(async () => {
    for (const connection of [owner, visitor]) connection.close();
    await server.close();
  });

  const bring = (bytes: Uint8Array, token: string | undefined = owner.ownerToken, hash = hashOf(bytes)): Promise<Response> => fetch(server.url + HTTP_PATHS.avatar(hash), {
    method: 'PUT', body: new Blob([Uint8Array.from(bytes)]), headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  });
  const read = (url: string, token: string): Promise<Response> => fetch(server.url + url, { headers: { authorization: `Bearer ${token}` } });
  const stored = (): Promise<string[]> => readdir(join(server.dataFolder, 'avatars'));

  /** How it was refused; nothing may have been kept of it. */
  async function refusal(bringing: () => Promise<Response>): Promise<WireError & { status: number }> {
    const before = await stored();
    const response = await bringing();
    const { error } = errorBodySchema.parse(await response.json());
    expect(await stored()).toEqual(before);
    return { ...error, status: response.status };
  }

  it('HTTP15 stores a file under the hash of its bytes, as if it had been made here', async () => {
    const response = await bring(KOFI);
    expect([response.status, response.headers.get('location')]).toEqual([201, HTTP_PATHS.avatar(hashOf(KOFI))]);
    const { avatar } = bringAvatarReplySchema.parse(await response.json());
    expect(avatar).toEqual({ hash: hashOf(KOFI), url: HTTP_PATHS.avatar(hashOf(KOFI)), bytes: KOFI.byteLength, splats: 35_759, generator: 'autoregressive' });
    expect(new Uint8Array(await (await read(avatar.url, owner.ownerToken)).arrayBuffer())).toEqual(KOFI);
    expect((await read(avatar.url, visitor.ownerToken)).status).toBe(404);
    expect((await bring(KOFI)).status).toBe(200);
    // Shown in a room, the room may read it.
    const { roomId } = await owner.request('room:create', {});
    await owner.request('room:join', { roomId, displayName: 'Ada', avatarHash: avatar.hash });
    const { roomToken } = await visitor.request('room:join', { roomId, displayName: 'Ben' });
    expect((await read(avatar.url, roomToken)).status).toBe(200);
    for (const connection of [owner, visitor]) await connection.request('room:leave', {});
    expect((await fetch(server.url + avatar.url, { method: 'DELETE', headers: { authorization: `Bearer ${owner.ownerToken}` } })).status).toBe(204);
    expect(await stored()).toEqual([]);
  });

  it('HTTP15 the same file brought by two at once belongs to both', async () => {
    const responses = await Promise.all([bring(SMALL, owner.ownerToken), bring(SMALL, visitor.ownerToken), bring(SMALL, owner.ownerToken)]);
    expect(responses.map(({ ok }) => ok)).toEqual([true, true, true]);
    const url = HTTP_PATHS.avatar(hashOf(SMALL));
    for (const { ownerToken } of [owner, visitor]) expect((await read(url, ownerToken)).status).toBe(200);
  });

  it('HTTP15 wants an owner, the file\'s own name, and no more bytes than an avatar can have', async () => {
    expect(await refusal(() => bring(KOFI, ''))).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
    expect(await refusal(() => bring(KOFI, 'A'.repeat(43)))).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    expect(await refusal(() => bring(KOFI, owner.ownerToken, '0'.repeat(64)))).toMatchObject({ status: 422, code: 'AVATAR_INVALID', details: { field: 'hash', got: hashOf(KOFI) } });
    expect(await refusal(() => bring(KOFI, owner.ownerToken, 'kofi'))).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    expect(await refusal(() => bring(new Uint8Array(AVATAR_MAX_BYTES + 1)))).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE', message: `avatar file: length: expected at most ${AVATAR_MAX_BYTES} bytes, got ${AVATAR_MAX_BYTES + 1}` });
    expect((await bring(SMALL)).ok).toBe(true);
  });

  it('HTTP15 bounds a body that does not say how long it is, and forgets one that breaks off', async () => {
    const flood = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
    const answer = await fetch(server.url + HTTP_PATHS.avatar(hashOf(KOFI)), {
      method: 'PUT', body: flood, duplex: 'half', headers: { authorization: `Bearer ${owner.ownerToken}` },
    } as RequestInit).catch((error: unknown) => error);
    // The server hangs up; whether its answer gets through before is the network's affair.
    if (answer instanceof Response) expect(await refusal(async () => answer)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`PUT ${HTTP_PATHS.avatar(hashOf(KOFI))} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${owner.ownerToken}\r\nContent-Length: ${KOFI.byteLength}\r\n\r\n`);
    await new Promise<void>((resolve) => socket.write(KOFI.subarray(0, 50_000), () => resolve()));
    socket.destroy();
    expect((await bring(SMALL)).ok).toBe(true);
    expect(await stored()).not.toContain(`${hashOf(KOFI)}.stipple`);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /expected 8 bytes, got 0/],
    ['a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5), /magic: expected 53 54 50 4c \(STPL\), got ff d8 ff e0/],
    ['a cut file', KOFI.subarray(0, 100_000), /expected 168245 bytes, got 100000/],
    ['a file with something behind', new Uint8Array([...KOFI, 0]), /bytes after the declared 168245/],
    ['a flipped bit', KOFI.map((byte, at) => (at === 90_000 ? byte ^ 4 : byte)), /checksum of chunk \d+/],
    ['another rig', joinAvatar(handMadeAvatar()), /another rig: expected 15556 faces, got 300/],
    ['another rig of as many faces', splatsOf({ header: { ...syntheticSplats(headRig, { count: 1 }).header, rigHash: 'ab'.repeat(32) } }), /another rig: expected [0-9a-f]{64}, got abab/],
    ['no splats', encodeHead(headRig, syntheticSplats(headRig, { count: 0 })), /splatCount: expected at least 1, got 0/],
    ['a face pulled out of all shape', splatsOf({ header: { ...syntheticSplats(headRig, { count: 1 }).header, identityCoefficients: Float32Array.of(0, 15) } }), /identity coefficient: expected within ±5 .*, got 15/],
    ['splats as large as a room', splatsOf({ logScales: new Float32Array(180).fill(1) }), /scale: expected at most 0\.1 m, got 2\.\d+ m/],
    ['splats far away', splatsOf({ offsets: new Float32Array(180).fill(1.5) }), /centre: expected within 1 m of the eyes/],
  ])('HTTP16 refuses %s, in words, and keeps nothing', async (_, bytes, message) => {
    const error = await refusal(() => bring(bytes));
    expect(error).toMatchObject({ status: 422, code: 'AVATAR_INVALID', retryable: false });
    expect(error.message).toMatch(message);
  });

  it('HTTP16 takes no damaged file, wherever it is damaged', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const bytes = damage(SMALL, new SeededRandom(seed));
      const error = await refusal(() => bring(bytes));
      expect([error.status, error.code], `seed ${seed}`).toEqual([422, 'AVATAR_INVALID']);
    }
  });

  it('HTTP16 takes or refuses what was bent on purpose, checksums and all, and goes on', async () => {
    const headerBytes = new DataView(SMALL.buffer, SMALL.byteOffset).getUint16(6, true);
    for (let seed = 1; seed <= 120; seed++) {
      const random = new SeededRandom(seed);
      const avatar = { header: SMALL.slice(0, headerBytes), chunks: [SMALL.slice(headerBytes)] };
      const part = random.next() < 0.5 ? avatar.header : avatar.chunks[0]!;
      for (let k = random.integer(3); k >= 0; k--) part[(part === avatar.header ? 8 : 0) + random.integer(part.length - 8)] = random.integer(256);
      sealAvatar(avatar);
      const bytes = joinAvatar(avatar);
      const response = await bring(bytes);
      expect([200, 201, 422], `seed ${seed}`).toContain(response.status);
      expect((await stored()).includes(`${hashOf(bytes)}.stipple`), `seed ${seed}`).toBe(response.ok);
      await response.arrayBuffer();
    }
    expect((await bring(KOFI)).ok).toBe(true);
  });

  it('HTTP15 limits how many are brought in a minute', async () => {
    const strict = await startTestServer({ jobs: { uploadsPerMinute: 2 } });
    const one = await SignalingClient.open(strict.url);
    const statuses: number[] = [];
    for (let k = 0; k < 3; k++) {
      const response = await fetch(strict.url + HTTP_PATHS.avatar(hashOf(SMALL)), { method: 'PUT', body: new Blob([Uint8Array.from(SMALL)]), headers: { authorization: `Bearer ${one.ownerToken}` } });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([201, 200, 429]);
    one.close();
    await strict.close();
  });
});
