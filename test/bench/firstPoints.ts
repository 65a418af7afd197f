import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readConfig } from '../../server/config.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { parseOptions } from '../../server/setup/parseOptions.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { SignalingClient } from '../support/signalingClient.ts';
import { startTestServer } from '../support/testServer.ts';
import { makeAvatar } from '../support/uploads.ts';

const USAGE = 'usage: bench first-points [--portrait FILE]… [--runs N] [--json]';

interface Run { portrait: string; sketchMs: number; firstPointsMs: number; avatarMs: number; previews: number }

/**
 * From the moment a portrait starts to be uploaded to the moment a peer in the room has a head of it, decoded and ready to be
 * drawn: `sketchMs` the one from the fit alone, `firstPointsMs` the first that the generator wrote, `avatarMs` the finished one
 * announced. The whole server runs as `npm start` runs it, generation process warm; owner and peer speak real HTTP and
 * socket.io. Drawing is left out, so that software rendering beside it does not count: `test/e2e/growingHead.test.ts`
 * prints what two browsers see.
 */
export async function firstPointsBench(args: readonly string[]): Promise<void> {
  const { values } = parseOptions({ args: [...args], options: {
    portrait: { type: 'string', multiple: true }, runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false },
  } }, USAGE);
  const rounds = Number(values.runs);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`--runs: expected a whole number from 1, got '${values.runs}'\n${USAGE}\n`);
    process.exit(2);
  }
  const portraits = (values.portrait ?? ['ada.jpg', 'kofi.jpg', 'nia.jpg'].map((name) => join(projectFolder, 'client', 'public', 'samples', name))).map((file) => resolve(file));
  const { pipelineModule, generator } = readConfig({}).jobs;
  const server = await startTestServer({ jobs: { pipelineModule, generator, warm: true } });
  const runs: Run[] = [];
  try {
    await server.warm;
    const { faceCount, hash } = decodeRig(new Uint8Array(await (await fetch(server.url + HTTP_PATHS.currentRig)).arrayBuffer()));
    for (let round = 0; round < rounds; round++) {
      for (const portrait of portraits) {
        runs.push(await watchOne(server.url, portrait, { faceCount, hash }));
        process.stderr.write(`${JSON.stringify(runs.at(-1))}\n`);
      }
    }
  } finally {
    await server.close();
  }
  const middle = (pick: (run: Run) => number): number => Math.round(runs.map(pick).sort((a, b) => a - b)[runs.length >> 1]!);
  const worst = (pick: (run: Run) => number): number => Math.round(Math.max(...runs.map(pick)));
  const result = {
    bench: 'first-points', generator, runs: runs.length,
    sketchMs: middle((run) => run.sketchMs), firstPointsMs: middle((run) => run.firstPointsMs), avatarMs: middle((run) => run.avatarMs),
    worst: { sketchMs: worst((run) => run.sketchMs), firstPointsMs: worst((run) => run.firstPointsMs), avatarMs: worst((run) => run.avatarMs) },
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(22)}${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
}

async function watchOne(url: string, portrait: string, rig: { faceCount: number; hash: string }): Promise<Run> {
  const bytes = new Uint8Array(await readFile(portrait));
  const owner = await SignalingClient.open(url);
  const peer = await SignalingClient.open(url);
  const { roomId } = await owner.request('room:create', {});
  await owner.request('room:join', { roomId, displayName: 'Owner' });
  await peer.request('room:join', { roomId, displayName: 'Peer' });
  const startMs = performance.now();
  let sketchMs = NaN;
  let firstPointsMs = NaN;
  let previews = 0;
  peer.socket.on('avatar:points', ({ bytes: points, pointsSoFar }: { bytes: Uint8Array; pointsSoFar: number }) => {
    decodeAvatar(new Uint8Array(points), rig);
    previews++;
    if (Number.isNaN(sketchMs)) sketchMs = performance.now() - startMs;
    if (pointsSoFar > 0 && Number.isNaN(firstPointsMs)) firstPointsMs = performance.now() - startMs;
  });
  const published = new Promise<number>((done) => peer.socket.on('room:avatarPublished', () => done(performance.now() - startMs)));
  const showing = owner.event('avatar:progress', ({ status }) => status.state === 'running').then(({ status: { jobId } }) => owner.request('avatar:show', { jobId }));
  await makeAvatar(url, owner.ownerToken, bytes);
  await showing;
  const avatarMs = await published;
  owner.close();
  peer.close();
  return { portrait: portrait.split('/').at(-1)!, sketchMs: Math.round(sketchMs), firstPointsMs: Math.round(firstPointsMs), avatarMs: Math.round(avatarMs), previews };
}
