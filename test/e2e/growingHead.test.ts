import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import type { SightRecord } from '../../client/diagnostics/diagnostics.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import type { TestServer } from '../support/testServer.ts';
import { launchBrowser } from './support/browser.ts';
import { differingPixels, frameDifference, recordFrames, type RecordedFrame, takeFrames } from './support/frameRecorder.ts';
import { Person } from './support/person.ts';
import { startWholeServer } from './support/wholeServer.ts';

/** Levels of 255 that tell a head from the empty stage behind it. */
const HEAD_LEVELS = 14;
/** Of the pixels that the finished head covers, so many are covered from its first points on. */
const LEAST_COVERED = 0.6;
/** Frames after a change in which one head still takes another's place. */
const FADE_FRAMES = 12;
/** A change below this is none, levels of 255: people breathe. */
const STILL_LEVELS = 2.5;

const sample = (name: string): string => join(projectFolder, 'client', 'public', 'samples', name);

let server: TestServer;
const browsers: Browser[] = [];
let ada: Person;
let ben: Person;
let room: string;
/** The stage with nobody on it, and the pixels that a head on it changes. */
let empty: RecordedFrame;
let head: number[];

async function newPerson(): Promise<Person> {
  const browser = await launchBrowser();
  browsers.push(browser);
  return new Person(await browser.newPage({ viewport: { width: 560, height: 420 } }));
}

/** Waits until the other's finished avatar is on this page, and the change to it is over. */
async function finishedSights(person: Person, avatarsBefore: number): Promise<SightRecord[]> {
  await person.until((stipple, count) => Object.values(stipple.remotes)
    .some(({ sights }) => sights.filter(({ sinceUploadMs }) => sinceUploadMs === undefined).length > count), avatarsBefore);
  const { counters } = await person.diagnostics();
  await person.until((stipple, count) => (stipple.counters['framesDrawn'] ?? 0) >= count, (counters['framesDrawn'] ?? 0) + FADE_FRAMES);
  return (await person.other()).sights;
}

/** What was seen, in words: for the figure that the test is there to give. */
function describeSights(sights: readonly SightRecord[]): string {
  return sights.map(({ key, splats, sinceUploadMs }) => (sinceUploadMs === undefined
    ? `avatar ${key.slice(0, 6)} (${splats} splats drawn at once)` : `points ${key.split(' ')[1]} after ${Math.round(sinceUploadMs)} ms (${splats})`)).join(', ');
}

/** The least share of the head's pixels that anything covers, over all these frames. */
function shareCovered(frames: readonly RecordedFrame[]): number {
  const covered = frames.map((frame) => head.filter((pixel) => Math.abs(frame.pixels[pixel]! - empty.pixels[pixel]!) > HEAD_LEVELS / 2).length / head.length);
  process.stderr.write(`    ${covered.length} frames, the head covered to ${(100 * Math.min(...covered)).toFixed(0)} % at least\n`);
  return Math.min(...covered);
}

/** Previews come in order, coarse first, and the avatar last. */
function expectGrowth(sights: readonly SightRecord[]): void {
  const previews = sights.slice(0, -1);
  expect(previews.length).toBeGreaterThanOrEqual(1);
  const batches = previews.map(({ key }) => Number(key.split(' ')[1]));
  expect(batches).toEqual([...new Set(batches)].sort((a, b) => a - b));
  expect(new Set(previews.map(({ key }) => key.split(' ')[0])).size).toBe(1);
  for (const { sinceUploadMs } of previews) expect(sinceUploadMs).toBeGreaterThan(0);
  expect(sights.at(-1)!.key).toMatch(/^[0-9a-f]{64}$/);
}

/**
 * Checks every change of what is seen: it takes several frames, none of which differs from the one before by nearly as much
 * as the whole change, beyond what the head's own motion does from frame to frame at other times.
 */
function expectNoJump(frames: readonly RecordedFrame[], sights: readonly SightRecord[], where: readonly number[], firstChecked = 0): void {
  const steps = frames.slice(1).map((frame, index) => frameDifference(frames[index]!, frame, where));
  const starts = sights.map((sight) => frames.findIndex(({ atMs }) => atMs >= sight.atMs)).filter((start) => start > 0);
  const isChanging = (index: number): boolean => starts.some((start) => index >= start - 1 && index < start + FADE_FRAMES);
  const motion = Math.max(STILL_LEVELS, ...steps.filter((_, index) => !isChanging(index)));
  for (const start of starts.slice(firstChecked)) {
    const largest = Math.max(...steps.slice(start - 1, start - 1 + FADE_FRAMES));
    const whole = frameDifference(frames[start - 1]!, frames[Math.min(frames.length - 1, start + FADE_FRAMES)]!, where);
    process.stderr.write(`    change: ${whole.toFixed(1)} levels, largest step ${largest.toFixed(1)}; motion at other times up to ${motion.toFixed(1)}\n`);
    expect(largest).toBeLessThan(0.7 * whole + motion);
  }
}

beforeAll(async () => {
  server = await startWholeServer();
  await server.warm;
  ada = await newPerson();
  ben = await newPerson();
  await recordFrames(ada.page);
});

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await server?.close();
});

describe('an avatar that appears while it is generated', () => {
  test('in the lobby the head stands beside its portrait long before it is done', async () => {
    const { page } = ada;
    await page.goto(server.url);
    await page.getByTestId('portrait-input').setInputFiles(sample('kofi.jpg'));
    await page.locator('.portrait__stage[data-step=working] .preview canvas').waitFor();
    const canvas = await page.locator('.preview canvas').elementHandle();
    await page.locator('.portrait__stage[data-step=ready] .preview canvas').waitFor();
    // The finished avatar came into the same canvas.
    expect(await page.locator('.preview canvas').evaluate((now, before) => now === before, canvas)).toBe(true);
    process.stderr.write(`  lobby: first points after ${(await ada.diagnostics()).status['ownFirstPointsMs']} ms\n`);
    await page.getByTestId('display-name').fill('Ada');
    await page.getByTestId('join-room').click();
    await ada.until((stipple) => stipple.status['room'] === 'live' && (stipple.counters['framesDrawn'] ?? 0) > 3, undefined);
    room = `${server.url}${new URL(page.url()).pathname}`;
  });

  test('whoever joins before their head is done is seen growing, never missing, and without a jump', async () => {
    await ben.page.goto(room);
    await ben.page.getByTestId('display-name').fill('Ben');
    await ben.page.getByTestId('portrait-input').setInputFiles(sample('nia.jpg'));
    await ben.page.locator('[data-testid=join-room]:enabled').click();
    const sights = await finishedSights(ada, 0);
    process.stderr.write(`  joining: ${describeSights(sights)}\n`);
    expectGrowth(sights);

    const frames = await takeFrames(ada.page);
    const first = frames.findIndex(({ atMs }) => atMs >= sights[0]!.atMs);
    empty = frames[0]!;
    head = differingPixels(empty, frames.at(-1)!, HEAD_LEVELS);
    expect(head.length).toBeGreaterThan(100);
    expect(shareCovered(frames.slice(first + 1))).toBeGreaterThan(LEAST_COVERED);

    // The first sight is the arrival itself: points that come in over a second.
    expectNoJump(frames, sights, head, 1);
  });

  test('a new portrait chosen inside the room: the old head gives way to the new one as it comes', async () => {
    await ben.until((stipple) => stipple.status['room'] === 'live', undefined);
    const before = (await ada.other()).sights.length;
    await takeFrames(ada.page);
    await ben.page.getByTestId('new-portrait-input').setInputFiles(sample('tomas.jpg'));
    const sights = (await finishedSights(ada, 1)).slice(before);
    process.stderr.write(`  again: ${describeSights(sights)}\n`);
    expectGrowth(sights);
    const frames = await takeFrames(ada.page);
    expect(shareCovered(frames)).toBeGreaterThan(LEAST_COVERED);
    expectNoJump(frames, sights, head);
  });

  test('a job that is cancelled leaves the avatar that was there', async () => {
    const shown = (await ada.other()).sights.at(-1)!.key;
    await ben.page.getByTestId('new-portrait-input').setInputFiles(sample('mei.jpg'));
    await ada.until((stipple) => Object.values(stipple.remotes).some(({ sights }) => sights.at(-1)!.sinceUploadMs !== undefined), undefined);
    // Leaving the page's room cancels nothing; another portrait does.
    await ben.page.getByTestId('new-portrait-input').setInputFiles({ name: 'no.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture at all') });
    await ada.until((stipple, key) => Object.values(stipple.remotes).some(({ sights }) => sights.at(-1)!.key === key), shown);
    await ben.page.locator('.self__notice[role=alert]').waitFor();
  });

  test('nothing went wrong unseen', () => {
    expect(ada.errors).toEqual([]);
    expect(ben.errors).toEqual([]);
  });
});
