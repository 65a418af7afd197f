import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Perception } from '../../../server/perception/perception.ts';
import { perceivePortrait } from '../../../server/perception/perceivePortrait.ts';
import { PortraitError } from '../../../server/perception/portraitError.ts';
import { PORTRAIT_MAX_BYTES } from '../../../shared/protocol/limits.ts';
import { blackPng, collage, GRACE_HOPPER, landscape, samplePortrait } from '../../support/pictures.ts';
import { requireModels } from '../../support/models.ts';

let perception: Perception;
beforeAll(async () => { perception = await Perception.load(requireModels().folder); });
afterAll(async () => { await perception.dispose(); });

/** The code of the refusal; a picture that is accepted gives 'accepted'. Anything but a PortraitError fails the test. */
async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    await perceivePortrait(bytes, perception);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PortraitError)) throw error;
    expect(error.message).toMatch(/^[A-Z].*\.$/);
    return error.code;
  }
}

/** Grace Hopper's face is about 170 pixels wide in her picture. */
const resized = async (side: number) => sharp(GRACE_HOPPER).resize(side, side).jpeg({ quality: 92 }).toBuffer();

describe('a file that is no portrait is refused with its own code', () => {
  test('an empty body', async () => expect(await codeOf(new Uint8Array(0))).toBe('PORTRAIT_MISSING'));
  test('a text file named .jpg', async () => expect(await codeOf(new TextEncoder().encode('Dear server, this is a portrait.\n'.repeat(100)))).toBe('PORTRAIT_NOT_AN_IMAGE'));
  test('a drawing (SVG), which libvips would read', async () => expect(await codeOf(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><circle r="90"/></svg>'))).toBe('PORTRAIT_NOT_AN_IMAGE'));
  test('a GIF', async () => expect(await codeOf(await sharp(GRACE_HOPPER).resize(200).gif().toBuffer())).toBe('PORTRAIT_NOT_AN_IMAGE'));
  test('a truncated JPEG', async () => expect(await codeOf(GRACE_HOPPER.subarray(0, GRACE_HOPPER.length / 3))).toBe('PORTRAIT_DAMAGED'));
  test('a JPEG of a few bytes', async () => expect(await codeOf(GRACE_HOPPER.subarray(0, 20))).toBe('PORTRAIT_DAMAGED'));
  test('a PNG with damaged pixels', async () => {
    const png = new Uint8Array(await sharp(GRACE_HOPPER).png().toBuffer());
    png.fill(0x55, png.length / 2, png.length / 2 + 4000);
    expect(await codeOf(png)).toBe('PORTRAIT_DAMAGED');
  });
  test('a file of more than 20 MB', async () => expect(await codeOf(new Uint8Array(PORTRAIT_MAX_BYTES + 1).fill(0xff))).toBe('PORTRAIT_TOO_LARGE'));
  test('a PNG of 30,000×30,000 pixels in 110 kB', async () => {
    const png = blackPng(30_000, 30_000);
    expect(png.length).toBeLessThan(600_000);
    expect(await codeOf(png)).toBe('PORTRAIT_TOO_MANY_PIXELS');
  });
});

describe('a picture without one good face is refused with its own code', () => {
  test('a landscape', async () => expect(await codeOf(await landscape())).toBe('PORTRAIT_NO_FACE'));
  test('a plain wall', async () => expect(await codeOf(blackPng(640, 480))).toBe('PORTRAIT_NO_FACE'));
  test('two people', async () => expect(await codeOf(await collage([GRACE_HOPPER, samplePortrait('kofi')], 2, 512))).toBe('PORTRAIT_SEVERAL_FACES'));
  test('a crowd', async () => expect(await codeOf(await collage(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? GRACE_HOPPER : samplePortrait('nia'))), 4, 300))).toBe('PORTRAIT_SEVERAL_FACES'));
  test('a face of 50 pixels', async () => expect(await codeOf(await resized(150))).toBe('PORTRAIT_FACE_TOO_SMALL'));
  test('a picture out of focus', async () => expect(await codeOf(await sharp(GRACE_HOPPER).blur(5).jpeg({ quality: 92 }).toBuffer())).toBe('PORTRAIT_BLURRED'));
});

describe('a good portrait is accepted', () => {
  test('as it is', async () => expect(await codeOf(GRACE_HOPPER)).toBe('accepted'));
  test.each(['png', 'webp', 'avif'] as const)('as %s', async (format) => expect(await codeOf(await sharp(GRACE_HOPPER).toFormat(format, format === 'avif' ? { effort: 0 } : {}).toBuffer())).toBe('accepted'));
  test('in shades of grey', async () => expect(await codeOf(await sharp(GRACE_HOPPER).greyscale().jpeg().toBuffer())).toBe('accepted'));
  test('with 16 bits a channel and transparency', async () => expect(await codeOf(await sharp(GRACE_HOPPER).ensureAlpha(0.9).toColourspace('rgb16').png().toBuffer())).toBe('accepted'));
  test('slightly soft', async () => expect(await codeOf(await sharp(GRACE_HOPPER).blur(1).jpeg().toBuffer())).toBe('accepted'));
  test('small', async () => expect(await codeOf(await resized(320))).toBe('accepted'));
  test('with a small face behind', async () => {
    const behind = await sharp(samplePortrait('kofi')).resize(130, 130).toBuffer();
    const picture = await sharp(GRACE_HOPPER).composite([{ input: behind, left: 0, top: 0 }]).jpeg().toBuffer();
    expect(await codeOf(picture)).toBe('accepted');
  });
  test('as a small part of a large picture', async () => {
    const person = await sharp(GRACE_HOPPER).resize(360, 360).toBuffer();
    const picture = await sharp({ create: { width: 4200, height: 3000, channels: 3, background: '#7a8a94' } }).composite([{ input: person, left: 2900, top: 1700 }]).jpeg().toBuffer();
    expect(await codeOf(picture)).toBe('accepted');
  });
});

test('a job that is cancelled stops with the reason given', async () => {
  const reason = new Error('nobody waits any more');
  await expect(perceivePortrait(GRACE_HOPPER, perception, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
