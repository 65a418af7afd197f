import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeZstd } from '../../server/cli/nodeZstd.ts';
import { readHead } from '../../shared/formats/headFiles.ts';
import { restSplats } from '../../shared/formats/restSplats.ts';
import { headRig } from '../support/headRig.ts';
import { launchBrowser } from './support/browser.ts';
import { Person } from './support/person.ts';
import { startWholeServer } from './support/wholeServer.ts';

let server: Awaited<ReturnType<typeof startWholeServer>>;
let browser: Browser;
let ada: Person;
beforeAll(async () => {
  server = await startWholeServer({ generator: 'template' });
  browser = await launchBrowser({});
  ada = new Person(await browser.newPage({ viewport: { width: 900, height: 640 } }));
  await ada.enter(server.url, { name: 'Ada / L.', portrait: 'kofi.jpg' });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it('an owner takes the avatar along: in every format the same head', async () => {
  const { page } = ada;
  await page.getByTestId('take-along').waitFor();
  const take = async (format: string): Promise<{ name: string; bytes: Uint8Array }> => {
    await page.getByTestId('take-along').dispatchEvent('click');
    const downloading = page.waitForEvent('download');
    await page.getByTestId(`take-${format}`).dispatchEvent('click');
    const download = await downloading;
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };
  const original = await take('stipple');
  expect(original.name).toBe('Ada  L.stipple');
  const { splats } = readHead(headRig, original.bytes, nodeZstd);
  expect(splats.count).toBeGreaterThan(20_000);
  const rest = restSplats(headRig, splats);
  for (const format of ['ply', 'spz', 'glb'] as const) {
    const { name, bytes } = await take(format);
    expect(name).toBe(`Ada  L.${format}`);
    const back = readHead(headRig, bytes, nodeZstd).splats;
    expect(back.header).toEqual(splats.header);
    expect(back.bindings).toEqual(splats.bindings);
    const { centers } = restSplats(headRig, back);
    expect(centers.reduce((most, value, k) => Math.max(most, Math.abs(value - rest.centers[k])), 0)).toBeLessThan(3e-6);
    const strayed = back.offsets.filter((value, k) => Math.abs(value - splats.offsets[k]) >= 5e-5).length;
    // On a sliver of a face SPZ's micrometre of place (EXCH9) is a hundred of offset: of one such splat in a head, no more.
    expect(strayed).toBeLessThanOrEqual(format === 'spz' ? 3 : 0);
  }
});
