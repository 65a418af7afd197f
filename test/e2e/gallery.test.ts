import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { catalogueSchema } from '../../client/gallery/catalogue.ts';
import type { Catalogue, Comparison } from '../../client/gallery/catalogue.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { FilmEncoder } from '../gallery/filmEncoder.ts';
import { encodePoster, FILM_FRAMES } from '../gallery/filmStudio.ts';
import type { FilmFrame } from '../gallery/filmStudio.ts';
import { APP_OUT } from '../gallery/galleryOptions.ts';
import { writePage } from '../gallery/galleryPage.ts';
import { startTestServer } from '../support/testServer.ts';
import type { TestServer } from '../support/testServer.ts';
import { launchBrowser } from './support/browser.ts';

const APP_GALLERY = join(projectFolder, APP_OUT);
const TILE = 64;
let browser: Browser;
let server: TestServer;
let folder: string;
let catalogue: Catalogue;

/** A page by itself of the app's people, with two comparisons of plain colours that brighten as they play. */
beforeAll(async () => {
  browser = await launchBrowser();
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'stipple-gallery-page-'));
  cpSync(APP_GALLERY, folder, { recursive: true });
  const app = catalogueSchema.parse(JSON.parse(readFileSync(join(APP_GALLERY, 'gallery.json'), 'utf8')));
  const encoder = await FilmEncoder.open();
  const comparisons: Comparison[] = [];
  for (const { id, clip } of app.people.slice(0, 2)) {
    const frames = Array.from({ length: FILM_FRAMES }, (_, at) => strip(at));
    const bytes = await encoder.encode(frames, 200_000);
    writeFileSync(join(folder, `${id}.webm`), bytes);
    writeFileSync(join(folder, `${id}-rows.webp`), await encodePoster(frames[0]!));
    comparisons.push({
      personId: id, clip, rows: [{ row: 'autoregressive', splats: 1, bytes: 1 }, { row: 'template', splats: 1, bytes: 1 }],
      film: { file: `${id}.webm`, poster: `${id}-rows.webp`, bytes: bytes.length, widthPixels: 2 * TILE, heightPixels: TILE, durationMs: 8000 },
    });
  }
  await encoder.close();
  catalogue = {
    ...app, comparisons,
    // One of the films stands in for a recorded avatar too.
    people: app.people.map((one, at) => (at === 0 ? { ...one, film: comparisons[0]!.film } : one)),
    table: { portraits: 30, rows: [{ row: 'autoregressive', figures: { csim: 0.88, akdPixels: 1.3 } }, { row: 'template', figures: { csim: 0.84, akdPixels: 1.2 } }] },
  };
  await writePage(folder, catalogue);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** One red and one green tile, brighter from frame to frame. */
function strip(frame: number): FilmFrame {
  const data = new Uint8Array(2 * TILE * TILE * 4).fill(255);
  const level = 60 + frame;
  for (let at = 0; at < data.length; at += 4) data.set((at / 4) % (2 * TILE) < TILE ? [level, 20, 20] : [20, level, 20], at);
  return { width: 2 * TILE, height: TILE, data };
}

async function open(url: string, options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('requestfailed', (request) => { if (!/aborted/i.test(request.failure()?.errorText ?? '')) complaints.push(`${request.url()}: ${request.failure()?.errorText}`); });
  await page.goto(url);
  return { page, complaints };
}

/** How much of somebody is drawn, and how its pixels change: mean alpha, and a checksum. */
function look(page: Page, selector: string): Promise<{ alpha: number; sum: number }> {
  return page.evaluate(async (canvasSelector) => {
    await new Promise(requestAnimationFrame);
    const canvas = document.querySelector<HTMLCanvasElement>(canvasSelector)!;
    const copy = document.createElement('canvas');
    Object.assign(copy, { width: 96, height: 96 });
    const context = copy.getContext('2d')!;
    context.drawImage(canvas, 0, 0, 96, 96);
    const { data } = context.getImageData(0, 0, 96, 96);
    let alpha = 0;
    let sum = 0;
    for (let at = 0; at < data.length; at++) {
      if (at % 4 === 3) alpha += data[at]! / 255 / (96 * 96);
      sum = (sum * 31 + data[at]!) % 1_000_003;
    }
    return { alpha, sum };
  }, selector);
}

const person = (page: Page): Promise<string | null> => page.locator('.showcase').getAttribute('data-person');

test('from a disk: an avatar moves, arrows, keys, dots and faces browse, nothing is complained about', async () => {
  const { page, complaints } = await open(pathToFileURL(join(folder, 'index.html')).href);
  const ids = catalogue.people.map(({ id }) => id);
  await page.locator('.showcase[data-state=live]').waitFor();
  const sketch = await look(page, '.driving__sketch');
  expect(sketch.alpha).toBeGreaterThan(0.005);
  await expect.poll(async () => (await look(page, '.driving__sketch')).sum, { timeout: 60_000 }).not.toBe(sketch.sum);
  // The avatar's own pixels: somebody is there, and moves.
  const avatar = page.locator('.showcase__canvas');
  const shot = await avatar.screenshot();
  expect(Math.max(...(await sharp(shot).stats()).channels.map(({ stdev }) => stdev))).toBeGreaterThan(15);
  await expect.poll(async () => (await avatar.screenshot()).equals(shot), { timeout: 60_000 }).toBe(false);
  await expect.poll(() => page.locator('.driving__part--none').count(), { timeout: 60_000 }).toBeLessThan(4);

  expect(await person(page)).toBe(ids[0]);
  await page.locator('.showcase').getByRole('button', { name: /^Next/ }).click();
  expect(await person(page)).toBe(ids[1]);
  await page.keyboard.press('ArrowRight');
  expect(await person(page)).toBe(ids[2]);
  await page.keyboard.press('ArrowLeft');
  expect(await person(page)).toBe(ids[1]);
  await page.locator('.showcase').getByRole('button', { name: catalogue.people.at(-1)!.name, exact: true }).click();
  expect(await person(page)).toBe(ids.at(-1));
  await page.locator('.showcase').getByRole('button', { name: /^Next/ }).click();
  expect(await person(page)).toBe(ids[0]);
  await page.locator('.showcase[data-state=live]').waitFor();

  const comparisons = page.locator('.comparisons');
  await comparisons.scrollIntoViewIfNeeded();
  await comparisons.getByRole('button', { name: catalogue.people[1]!.name, exact: true }).click();
  expect(await comparisons.getAttribute('data-person')).toBe(ids[1]);
  const film = comparisons.locator('video');
  await expect.poll(() => film.evaluate((video: HTMLVideoElement) => video.currentTime), { timeout: 60_000 }).toBeGreaterThan(0.2);
  expect(await page.locator('.figures__best').allTextContents()).toEqual(['0.880', '1.20']);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('who wants less motion gets none until asking for it', async () => {
  const { page, complaints } = await open(pathToFileURL(join(folder, 'index.html')).href, { reducedMotion: 'reduce' });
  await page.locator('.showcase[data-state=live]').waitFor();
  // Points arrive for a second; then it is a still picture.
  await page.waitForTimeout(3000);
  const still = await look(page, '.driving__sketch');
  await page.waitForTimeout(1000);
  expect(await look(page, '.driving__sketch')).toEqual(still);
  expect(await page.locator('.comparisons video').evaluate((video: HTMLVideoElement) => video.paused)).toBe(true);
  await page.locator('.showcase').getByRole('button', { name: 'Play' }).click();
  await expect.poll(async () => (await look(page, '.driving__sketch')).sum, { timeout: 60_000 }).not.toBe(still.sum);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('without WebGL 2 the recorded film plays, and the sketch follows it; who has no film is told why', async () => {
  const { page, complaints } = await open('about:blank');
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...request: unknown[]) {
      return String(request[0]).startsWith('webgl') ? null : Reflect.apply(original, this, request);
    } as typeof original;
  });
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
  await page.locator('.showcase[data-state=film]').waitFor();
  await expect.poll(() => page.locator('.showcase video').evaluate((video: HTMLVideoElement) => video.currentTime), { timeout: 60_000 }).toBeGreaterThan(0.2);
  const sketch = await look(page, '.driving__sketch');
  expect(sketch.alpha).toBeGreaterThan(0.005);
  await expect.poll(async () => (await look(page, '.driving__sketch')).sum, { timeout: 60_000 }).not.toBe(sketch.sum);
  await page.keyboard.press('ArrowRight');
  await page.locator('.showcase[data-state=failed]').waitFor();
  expect(await page.locator('.showcase__failure').textContent()).toContain('WebGL 2');
  expect(complaints.filter((words) => !/WebGL/.test(words))).toEqual([]);
  await page.context().close();
});

test('in the app: from the lobby and back, with fingers', async () => {
  const { page, complaints } = await open(server.url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.getByTestId('gallery-link').click();
  expect(new URL(page.url()).pathname).toBe('/gallery');
  await page.locator('.showcase[data-state=live]').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.locator('.showcase__avatar').evaluate((element) => {
    const touch = (type: string, clientX: number): void => {
      const point = new Touch({ identifier: 1, target: element, clientX, clientY: 400 });
      element.dispatchEvent(new TouchEvent(type, { bubbles: true, touches: type === 'touchend' ? [] : [point], changedTouches: [point] }));
    };
    touch('touchstart', 300);
    touch('touchend', 120);
  });
  expect(await person(page)).toBe(catalogue.people[1]!.id);
  await page.goBack();
  await page.locator('.lobby').waitFor();
  await page.goto(`${server.url}/gallery`);
  await page.locator('.showcase[data-state=live]').waitFor();
  await page.getByRole('link', { name: 'Make yours' }).click();
  await page.locator('.lobby').waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});
