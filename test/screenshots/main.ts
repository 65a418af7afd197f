import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Diagnostics } from '../../client/diagnostics/diagnostics.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { parseOptions } from '../../server/setup/parseOptions.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { launchBrowser } from '../e2e/support/browser.ts';
import { writeFakeCameraFilm } from '../e2e/support/fakeCamera.ts';
import { Person } from '../e2e/support/person.ts';
import { startWholeServer } from '../e2e/support/wholeServer.ts';

/**
 * Takes the pictures of lobby and room in docs/: the real server, real browsers, invented people.
 * `npm run -s screenshots -- [--out FOLDER] [--only lobby|room] [--width N --height N --scale N] [--person NAME] [--guests N] [--panel]`
 */
const { values } = parseOptions({
  options: {
    out: { type: 'string', default: join(projectFolder, 'docs') },
    only: { type: 'string' },
    width: { type: 'string', default: '1440' },
    height: { type: 'string', default: '900' },
    scale: { type: 'string', default: '1.5' },
    person: { type: 'string', default: 'Nia' },
    guests: { type: 'string', default: '4' },
    /** Leave the panel with the link's figures open in the room's picture. */
    panel: { type: 'boolean', default: false },
  },
});
const size = { width: Number(values.width), height: Number(values.height) };
const scale = Number(values.scale);
const samples = JSON.parse(readFileSync(join(projectFolder, 'client', 'public', 'samples', 'samples.json'), 'utf8')) as { file: string; name: string }[];

/** For the guests' motion to flow, and later for one frame with every point to be drawn. */
const SETTLE_MS = 9000;

/** After this long the avatar in the lobby has turned furthest. */
const TURNED_MS = 3800;

function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

async function screenshotOf(page: Page, name: string): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `${name}.png`);
  await page.screenshot({ path: file, timeout: 120_000 });
  say(`wrote ${file}`);
}

async function newPage(browser: Browser, options: { drawing: boolean }): Promise<Page> {
  const context = await browser.newContext(options.drawing
    ? { viewport: size, deviceScaleFactor: scale }
    : { viewport: { width: 400, height: 300 } });
  const page = await context.newPage();
  // Guests only have to move: their own stages would take the processor from the one that is photographed.
  if (!options.drawing) await page.addInitScript(() => { globalThis.requestAnimationFrame = (draw) => Number(setTimeout(() => draw(performance.now()), 5000)); });
  return page;
}

async function takeLobby(url: string, browser: Browser): Promise<void> {
  const person = new Person(await newPage(browser, { drawing: true }));
  const { page } = person;
  const sample = samples.find(({ name }) => name === values.person) ?? samples[0]!;
  await page.goto(`${url}/?quality=full`);
  await page.getByTestId('portrait-input').setInputFiles(join(projectFolder, 'client', 'public', 'samples', sample.file));
  await page.getByTestId('display-name').fill(sample.name);
  await page.getByTestId('display-name').blur();
  await page.locator('.portrait__stage[data-step=ready]').waitFor();
  await page.waitForTimeout(TURNED_MS);
  await screenshotOf(page, 'lobby');
  await page.context().close();
}

async function takeRoom(url: string, browser: Browser, filmed: Browser): Promise<void> {
  const room = `${url}/r/first-light`;
  const guests = Math.min(Number(values.guests), samples.length * 2);
  for (let index = 0; index < guests; index++) {
    const sample = samples[(index + 1) % samples.length]!;
    const guest = new Person(await newPage(browser, { drawing: false }));
    await guest.enter(room, { name: sample.name, portrait: sample.file });
    await guest.page.getByTestId('clip').click();
    say(`${sample.name} is in`);
  }
  const host = new Person(await newPage(filmed, { drawing: true }));
  await host.enter(room, { name: samples[0]!.name, portrait: samples[0]!.file });
  await host.until((stipple) => stipple.status['camera'] === 'tracking', undefined);
  await host.until((stipple, wanted) => Object.values(stipple.remotes).filter((remote) => remote.splatsShown > 0 && remote.framesApplied > 1).length >= wanted, guests);
  const { page } = host;
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await page.waitForTimeout(SETTLE_MS);
  await page.mouse.move(size.width / 2, 60);
  // A software renderer takes seconds for a frame with every point, and motion would go stale meanwhile: draw one such
  // frame of this very moment, then stop the clock and take the picture.
  await page.evaluate(async ({ keepPanel, blink, talking, patienceMs }) => {
    const { stipple } = globalThis as unknown as { stipple: Diagnostics };
    const openEyed = (frame: { readonly blendshapeWeights: readonly number[] } | undefined): boolean => (frame?.blendshapeWeights[blink] ?? 0) < 0.25;
    const lively = (frame: { readonly blendshapeWeights: readonly number[] } | undefined): boolean => talking.some((shape) => (frame?.blendshapeWeights[shape] ?? 0) > 0.22);
    const goodMoment = (): boolean => {
      const others = Object.values(stipple.remotes).map((remote) => remote.received.at(-1));
      return openEyed(stipple.sent.at(-1)) && others.every(openEyed) && others.filter(lively).length >= Math.min(2, others.length);
    };
    const deadlineMs = performance.now() + patienceMs;
    while (!goodMoment() && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 30));
    document.querySelector<HTMLInputElement>('[data-testid=full-quality]')?.click();
    if (!keepPanel) document.querySelector<HTMLElement>('.panel__head button')?.click();
    const drawn = stipple.counters['framesDrawn'] ?? 0;
    const request = globalThis.requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (draw) => ((stipple.counters['framesDrawn'] ?? 0) > drawn ? 0 : request(draw));
  }, { keepPanel: values.panel, blink: BLENDSHAPE_NAMES.indexOf('eyeBlinkLeft'), talking: [BLENDSHAPE_NAMES.indexOf('jawOpen'), BLENDSHAPE_NAMES.indexOf('mouthSmileLeft')], patienceMs: 45_000 });
  await page.waitForTimeout(SETTLE_MS);
  await screenshotOf(host.page, 'room');
}

const server = await startWholeServer();
const browsers: Browser[] = [];
try {
  const browser = await launchBrowser();
  browsers.push(browser);
  if (values.only !== 'room') await takeLobby(server.url, browser);
  if (values.only !== 'lobby') {
    const filmed = await launchBrowser({ film: writeFakeCameraFilm(server.dataFolder, 3) });
    browsers.push(filmed);
    await takeRoom(server.url, browser, filmed);
  }
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
}
process.exit(0);
