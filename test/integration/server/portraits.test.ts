import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import type { OverlayOptions, Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { createAvatarReplySchema, createOwnerReplySchema, errorBodySchema, HTTP_PATHS } from '../../../shared/protocol/http.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { TestServer } from '../../support/testServer.ts';
import { postPortrait } from '../../support/uploads.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'client', 'public', 'samples');
const sample = (name: string): Promise<Buffer> => readFile(join(samples, name));
const jpeg = async (image: Sharp): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await image.jpeg({ quality: 92 }).toBuffer());

/** A wall of one colour with pictures hung on it. */
function collage(width: number, height: number, pictures: OverlayOptions[]): Sharp {
  return sharp({ create: { width, height, channels: 3, background: '#7d8a94' } }).composite(pictures);
}

describe('portraits over HTTP, with the real analysis and generator', () => {
  let server: TestServer;
  let ownerToken: string;

  beforeAll(async () => {
    const { pipelineModule } = readConfig({}).jobs;
    server = await startTestServer({ jobs: { pipelineModule, warm: true } });
    await server.warm;
    const response = await fetch(server.url + HTTP_PATHS.owners, { method: 'POST' });
    ({ ownerToken } = createOwnerReplySchema.parse(await response.json()));
  });
  afterAll(() => server.close());

  const post = (portrait: Uint8Array<ArrayBuffer>): Promise<Response> => postPortrait(server.url, ownerToken, portrait, { prefer: 'wait=120' });

  async function refusalOf(portrait: Uint8Array<ArrayBuffer>): Promise<[number, string]> {
    const response = await post(portrait);
    return [response.status, errorBodySchema.parse(await response.json()).error.code];
  }

  it('gives each bad portrait its own clear error', async () => {
    const nia = await sample('nia.jpg');
    const face = await sharp(nia).resize(400).toBuffer();
    const other = await sharp(await sample('tomas.jpg')).resize(400).toBuffer();
    const cases: [string, Uint8Array<ArrayBuffer>, [number, string]][] = [
      ['a text file', new TextEncoder().encode('not a picture at all'), [415, 'PORTRAIT_NOT_AN_IMAGE']],
      ['an empty file', new Uint8Array(0), [400, 'PORTRAIT_MISSING']],
      ['a truncated JPEG', new Uint8Array(nia.subarray(0, nia.length / 3)), [422, 'PORTRAIT_DAMAGED']],
      ['a JPEG of a signature alone', new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]), [422, 'PORTRAIT_DAMAGED']],
      ['30,000 × 30,000 pixels', hugePng(30_000), [413, 'PORTRAIT_TOO_MANY_PIXELS']],
      ['over 20 MB', new Uint8Array(20 * 1024 * 1024 + 1), [413, 'PORTRAIT_TOO_LARGE']],
      ['a landscape', await jpeg(sharp(Buffer.from(LANDSCAPE))), [422, 'PORTRAIT_NO_FACE']],
      ['a crowd', await jpeg(collage(1_300, 450, [0, 1, 2].map((index) => ({ input: index === 1 ? other : face, left: 20 + index * 430, top: 20 })))), [422, 'PORTRAIT_SEVERAL_FACES']],
      ['a face far away', await jpeg(collage(1_600, 1_200, [{ input: await sharp(nia).resize(90).toBuffer(), left: 700, top: 500 }])), [422, 'PORTRAIT_FACE_TOO_SMALL']],
      ['a blurred picture', await jpeg(sharp(nia).blur(14)), [422, 'PORTRAIT_BLURRED']],
    ];
    for (const [what, portrait, expected] of cases) expect(await refusalOf(portrait), what).toEqual(expected);
  });

  it('goes on to make an avatar that a client can decode', async () => {
    const response = await post(new Uint8Array(await sample('nia.jpg')));
    expect(response.status).toBe(201);
    const { status } = createAvatarReplySchema.parse(await response.json());
    if (status.state !== 'done') throw new Error(`expected a finished job, got ${status.state}`);
    const rigBytes = new Uint8Array(await (await fetch(server.url + HTTP_PATHS.currentRig)).arrayBuffer());
    const rig = decodeRig(rigBytes);
    const bytes = new Uint8Array(await (await fetch(server.url + status.avatar.url, { headers: { authorization: `Bearer ${ownerToken}` } })).arrayBuffer());
    const splats = decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash });
    expect(splats.count).toBe(status.avatar.splats);
    expect(splats.count).toBeGreaterThanOrEqual(30_000);
    expect(bytes.byteLength / splats.count).toBeLessThanOrEqual(10);
    // The rig an avatar names is the one the server hands out under that name.
    expect((await fetch(server.url + HTTP_PATHS.rig(splats.header.rigHash))).status).toBe(200);
  });
});

const LANDSCAPE = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600">
  <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#5b9bd5"/><stop offset="1" stop-color="#e8f1f8"/></linearGradient></defs>
  <rect width="900" height="600" fill="url(#sky)"/><path d="M0 420 200 210 330 340 520 150 900 460V600H0Z" fill="#5d6b73"/>
  <path d="M0 480Q300 400 520 470T900 450V600H0Z" fill="#4c7a45"/></svg>`;

/** A PNG that only claims its size: a header and no picture, since the size has to be refused before any pixel is read. */
function hugePng(side: number): Uint8Array<ArrayBuffer> {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000000000', 'hex');
  png.writeUInt32BE(side, 16);
  png.writeUInt32BE(side, 20);
  const chunks = [png.subarray(0, 33)];
  chunks[0]!.writeUInt32BE(crc32(chunks[0]!.subarray(12, 29)), 29);
  for (const [type, data] of [['IDAT', Buffer.from('789c030000000001', 'hex')], ['IEND', Buffer.alloc(0)]] as const) {
    const chunk = Buffer.alloc(12 + data.length);
    chunk.writeUInt32BE(data.length, 0);
    chunk.write(type, 4, 'latin1');
    data.copy(chunk, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
