import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { projectFolder } from '../../server/setup/paths.mjs';
import { quantile } from '../support/motionStream.ts';
import { SignalingClient } from '../support/signalingClient.ts';
import type { TestServer } from '../support/testServer.ts';
import { makeAvatar } from '../support/uploads.ts';
import { launchBrowser } from './support/browser.ts';
import { writeFakeVoice } from './support/fakeVoice.ts';
import { intervalsOf, recordFrameTimes, takeFrameTimes } from './support/frameClock.ts';
import { Person } from './support/person.ts';
import { colorCount, stagePicture, type Picture } from './support/picture.ts';
import { SeatedGuest } from './support/seatedGuest.ts';
import { startWholeServer } from './support/wholeServer.ts';

const VIEWPORT = { width: 640, height: 420 };
/** The guests share a few heads: making them is not what is tested here. */
const PORTRAITS = ['tomas.jpg', 'kofi.jpg', 'nia.jpg'];
const GUESTS = ['Kofi', 'Mei', 'Tomas', 'Nia', 'Ravi', 'Ingrid', 'Ola', 'Femi'];
/** Frames that a run of calm drawing is measured over, and that have to follow a change. */
const CALM_FRAMES = 16;
const FRAMES_AFTER = 8;
/** A machine that is busy with something else may spoil a try. */
const CHANGES = 4;
const MOST_FRAME_TIMES = 2;
/** Colours, of 32 a channel, in a part of the picture that shows a face. */
const FACE_COLORS = 90;
/** In so small a window what the page says of one's own camera lies over the last seat. */
const NOTHING_OVER_THE_STAGE = '.self { visibility: hidden !important; }';
/** People may still be on the way to their seats, and their points to them. */
const SETTLING_MS = 30_000;
/** Whoever rests has moved again within this. */
const MOVING_MS = 10_000;

let server: TestServer;
const browsers: Browser[] = [];
const guests: SeatedGuest[] = [];
let viewer: Person;
let ada: Person;
let roomId: string;
let ownerToken: string;
let hashes: string[];

async function person(options: { voice?: string; onPage: (page: Page) => Promise<void> }): Promise<Person> {
  const browser = await launchBrowser(options.voice === undefined ? {} : { voice: options.voice });
  browsers.push(browser);
  const page = await browser.newPage({ viewport: VIEWPORT });
  await options.onPage(page);
  return new Person(page);
}

async function seat(name: string, index: number): Promise<SeatedGuest> {
  const guest = await SeatedGuest.enter(server.url, roomId, { name, ownerToken, avatarHash: hashes[index % hashes.length]!, seed: index + 1 });
  guests.push(guest);
  return guest;
}

/** Waits until so many more frames are drawn. */
async function framesPass(count: number): Promise<void> {
  const drawn = await viewer.counter('framesDrawn');
  await viewer.until((stipple, wanted) => stipple.counters['framesDrawn']! >= wanted, drawn + count);
}

/** Where the names of the people hang, by name, pixels of the stage. */
async function namePlaces(): Promise<Map<string, { x: number; y: number }>> {
  const labels = await viewer.page.locator('.stage__labels .label').evaluateAll((elements) => elements.map((element) => {
    const { left, top } = element.getBoundingClientRect();
    return { name: element.querySelector('.label__name')!.textContent!, x: left, y: top };
  }));
  return new Map(labels.map(({ name, x, y }) => [name, { x, y }]));
}

/** The part of a picture above somebody's name: neck, face and hair. */
function aboveName({ width, data }: Picture, { x, y }: { x: number; y: number }): Picture {
  const [left, top, right, bottom] = [Math.max(0, Math.round(x) - 22), Math.max(0, Math.round(y) - 84), Math.min(width, Math.round(x) + 22), Math.round(y) - 8];
  const cut = new Uint8Array((right - left) * (bottom - top) * 3);
  for (let row = top; row < bottom; row++) cut.set(data.subarray((row * width + left) * 3, (row * width + right) * 3), (row - top) * (right - left) * 3);
  return { width: right - left, height: bottom - top, data: cut };
}

/** Those above whose names no face shows. */
async function namesWithoutFace(): Promise<string[]> {
  const picture = await stagePicture(viewer.page, NOTHING_OVER_THE_STAGE);
  return [...await namePlaces()].filter(([, place]) => colorCount(aboveName(picture, place)) <= FACE_COLORS).map(([name]) => name);
}

beforeAll(async () => {
  server = await startWholeServer({ generator: 'template' });
  const owner = await SignalingClient.open(server.url);
  ({ ownerToken } = owner);
  // Made before anybody draws: the machine is one.
  hashes = [];
  for (const file of PORTRAITS) {
    const portrait = new Uint8Array(await readFile(join(projectFolder, 'client', 'public', 'samples', file)));
    hashes.push((await makeAvatar(server.url, ownerToken, portrait)).hash);
  }
  owner.close();
  viewer = await person({ onPage: recordFrameTimes });
  await viewer.enter(server.url, { name: 'Lena', portrait: 'ada.jpg' });
  roomId = new URL(viewer.page.url()).pathname.split('/').at(-1)!;
  // Ada speaks in a real browser, which need not draw: the machine is one.
  ada = await person({
    voice: writeFakeVoice(join(tmpdir(), `stipple-nine-${process.pid}.wav`)),
    onPage: async (page) => { await page.addInitScript(() => { globalThis.requestAnimationFrame = (draw) => Number(setTimeout(() => draw(performance.now()), 60_000)); }); },
  });
  await ada.enter(`${server.url}/r/${roomId}`, { name: 'Ada', portrait: 'ada.jpg' });
  for (const [index, name] of GUESTS.entries()) await seat(name, index + 1);
});

afterAll(async () => {
  for (const guest of guests) guest.close();
  for (const browser of browsers) await browser.close();
  await server?.close();
});

describe('nine avatars on the stage', () => {
  test('all are drawn, each with points of their own, around a circle', async () => {
    await viewer.until((stipple) => Object.values(stipple.remotes).filter(({ splatsShown, framesReceived }) => splatsShown >= 1_500 && framesReceived > 5).length === 9, undefined);
    await framesPass(8);
    const { status } = await viewer.diagnostics();
    expect(status['arrangement']).toBe('circle');
    expect([...(await namePlaces()).keys()].toSorted()).toEqual(['Ada', ...GUESTS].toSorted());
    await expect.poll(namesWithoutFace, { timeout: SETTLING_MS }).toEqual([]);
  });

  test('all move', async () => {
    const { remotes } = await viewer.diagnostics();
    const before = Object.fromEntries(Object.entries(remotes).map(([id, { framesApplied, applied }]) => [id, { framesApplied, weights: applied.at(-1)!.blendshapeWeights }]));
    await framesPass(6);
    // Who rests just then has moved a moment later.
    await viewer.until((stipple, seen) => Object.entries(stipple.remotes).every(([id, { framesApplied, applied }]) =>
      framesApplied > seen[id]!.framesApplied && applied.at(-1)!.blendshapeWeights.some((weight, shape) => weight !== seen[id]!.weights[shape])), before, MOVING_MS);
  });

  test('who speaks is found: the camera is on Ada, and her name says so', async () => {
    const adaId = Object.entries((await viewer.diagnostics()).remotes).find(([, { displayName }]) => displayName === 'Ada')![0];
    await ada.page.getByTestId('voice').dispatchEvent('click');
    await ada.until((stipple) => stipple.status['microphone'] === 'on', undefined);
    await viewer.until((stipple, id) => stipple.status['lookingAt'] === id, adaId);
    await viewer.page.locator(`[data-participant="${adaId}"] .label__pill--speaking`).waitFor();
    await ada.page.getByTestId('voice').dispatchEvent('click');
    await viewer.until((stipple) => stipple.status['lookingAt'] === undefined, undefined);
  });

  test('one leaves and one joins, and no picture stays longer than two frame times', async () => {
    const tries: { left: number; joined: number }[] = [];
    while (tries.length < CHANGES && !tries.some(({ left, joined }) => Math.max(left, joined) <= MOST_FRAME_TIMES)) {
      await framesPass(6);
      await takeFrameTimes(viewer.page);
      await framesPass(CALM_FRAMES);
      const calm = intervalsOf(await takeFrameTimes(viewer.page));
      const leaving = guests.shift()!;
      await leaving.leave();
      await viewer.until((stipple, id) => stipple.remotes[id] === undefined, leaving.peer.participantId);
      await framesPass(FRAMES_AFTER);
      const left = intervalsOf(await takeFrameTimes(viewer.page));
      const joining = await seat(`Zoe ${tries.length + 1}`, tries.length);
      await viewer.until((stipple, id) => (stipple.remotes[id]?.splatsShown ?? 0) >= 1_500, joining.peer.participantId);
      await framesPass(FRAMES_AFTER);
      const joined = intervalsOf(await takeFrameTimes(viewer.page));
      // Drawn in software by a shared machine, calm frames differ as well: a frame time is what nine in ten of them take at most.
      const frameMs = quantile(calm, 0.9);
      tries.push({ left: Math.max(...left) / frameMs, joined: Math.max(...joined) / frameMs });
      process.stderr.write(`    a frame takes ${frameMs.toFixed(0)} ms (${quantile(calm, 0.5).toFixed(0)} in the median, ${Math.max(...calm).toFixed(0)} at most); longest when one leaves ${tries.at(-1)!.left.toFixed(2)}, when one joins ${tries.at(-1)!.joined.toFixed(2)} frame times\n`);
    }
    expect(Math.min(...tries.map(({ left, joined }) => Math.max(left, joined)))).toBeLessThanOrEqual(MOST_FRAME_TIMES);
    expect([...(await namePlaces()).keys()]).toContain(`Zoe ${tries.length}`);
  });

  test('looked at one by one, and side by side in a grid, by keyboard alone', async () => {
    const { page } = viewer;
    await page.locator('.stage__labels button').first().focus();
    await page.keyboard.press('ArrowRight');
    const name = await page.evaluate(() => document.activeElement?.querySelector('.label__name')?.textContent);
    await page.keyboard.press('Enter');
    await viewer.until((stipple) => stipple.status['lookingAt'] !== undefined, undefined);
    const { status, remotes } = await viewer.diagnostics();
    expect(remotes[String(status['lookingAt'])]!.displayName).toBe(name);
    await page.keyboard.press('Escape');
    await viewer.until((stipple) => stipple.status['lookingAt'] === undefined, undefined);
    await page.keyboard.press('g');
    await viewer.until((stipple) => stipple.status['arrangement'] === 'grid', undefined);
    await framesPass(4);
    await expect.poll(namesWithoutFace, { timeout: SETTLING_MS }).toEqual([]);
    expect(await page.evaluate(() => localStorage.getItem('stipple.stage'))).toContain('"arrangement":"grid"');
  });

  test('nothing went wrong unseen', () => {
    expect(viewer.errors).toEqual([]);
    expect(ada.errors).toEqual([]);
  });
});
