import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { GENERATOR_NAMES } from '../../../server/generator/generatorNames.ts';
import { HTTP_PATHS } from '../../../shared/protocol/http.ts';
import { PREVIEW_MAX_BYTES, PREVIEW_MAX_SPLATS } from '../../../shared/protocol/limits.ts';
import type { AcknowledgedEventOf } from '../../../shared/protocol/signaling.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import { REGION_NAMES } from '../../../shared/rig/rig.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { TestServer } from '../../support/testServer.ts';
import { makeAvatar } from '../../support/uploads.ts';

const sample = join(import.meta.dirname, '..', '..', '..', 'client', 'public', 'samples', 'nia.jpg');

describe.each(GENERATOR_NAMES)('the points of a real head in the making by the %s generator', (name) => {
  let server: TestServer;

  beforeAll(async () => {
    const { pipelineModule, generator } = readConfig({ STIPPLE_GENERATOR: name }).jobs;
    server = await startTestServer({ jobs: { pipelineModule, generator, warm: true } });
    await server.warm;
  });
  afterAll(() => server.close());

  it('are whole heads of the same person, coarse first, and reach those who watch before the avatar does', async () => {
    const owner = await SignalingClient.open(server.url);
    const peer = await SignalingClient.open(server.url);
    const { roomId } = await owner.request('room:create', {});
    const { participantId } = await owner.request('room:join', { roomId, displayName: 'Owner' });
    await peer.request('room:join', { roomId, displayName: 'Peer' });
    const showing = owner.event('avatar:progress', ({ status }) => status.state === 'running')
      .then(({ status: { jobId } }) => owner.request('avatar:show', { jobId }));
    const avatar = await makeAvatar(server.url, owner.ownerToken, new Uint8Array(await readFile(sample)));
    await showing;
    await peer.event('room:avatarPublished', (event) => event.avatar.hash === avatar.hash);

    const rig = decodeRig(new Uint8Array(await (await fetch(server.url + HTTP_PATHS.currentRig)).arrayBuffer()));
    const names = peer.received.map(({ name }) => name);
    expect(names.indexOf('avatar:points')).toBeGreaterThan(0);
    expect(names.lastIndexOf('avatar:points')).toBeLessThan(names.indexOf('room:avatarPublished'));
    const points = peer.received.flatMap(({ name, event }) => (name === 'avatar:points' ? [event as AcknowledgedEventOf<'avatar:points'>] : []));
    expect(new Set(points.map((event) => event.participantId))).toEqual(new Set([participantId]));
    const file = await fetch(server.url + avatar.url, { headers: { authorization: `Bearer ${owner.ownerToken}` } });
    const finished = decodeAvatar(new Uint8Array(await file.arrayBuffer()), { faceCount: rig.faceCount, hash: rig.hash });
    expect(finished.header.generator).toBe(name);
    let before = 0;
    for (const { bytes, pointsSoFar } of points) {
      expect(bytes.length).toBeLessThanOrEqual(PREVIEW_MAX_BYTES);
      const head = decodeAvatar(new Uint8Array(bytes), { faceCount: rig.faceCount, hash: rig.hash });
      expect(head.count).toBeGreaterThan(1_000);
      expect(head.count).toBeLessThanOrEqual(PREVIEW_MAX_SPLATS);
      // The same neutral head: nothing shifts when the avatar takes over.
      expect([...head.header.identityCoefficients]).toEqual([...finished.header.identityCoefficients]);
      const regions = new Set(Array.from(head.bindings, (face) => REGION_NAMES[rig.faceRegions[face]!]));
      for (const region of ['face', 'nose', 'leftEyeball', 'rightEyeball', 'upperLip', 'shell', 'bust'] as const) expect(regions).toContain(region);
      expect(pointsSoFar).toBeGreaterThanOrEqual(before);
      before = pointsSoFar;
    }
    owner.close();
    peer.close();
  });
});
