import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeZstd } from '../../server/cli/nodeZstd.ts';
import { readHead } from '../../shared/formats/headFiles.ts';
import { headRig } from '../support/headRig.ts';
import { lamZip } from '../support/lamZip.ts';
import { launchBrowser } from './support/browser.ts';
import { Person } from './support/person.ts';
import { startWholeServer } from './support/wholeServer.ts';

const LAM = lamZip(headRig, { identity: [1.2, -0.8, 0.9, 0.6, -0.7, 0.5], rotation: [0, 0, 0, 1], scale: 1.1, translation: [0.01, 1.68, 0.06], offsetMeters: 0.0004 });

interface Brought {
  readonly name: string;
  readonly bytes: Uint8Array;
}

let server: Awaited<ReturnType<typeof startWholeServer>>;
let browser: Browser;
let ada: Person;
let room: string;
let taken: Record<'stipple' | 'spz', Brought>;
beforeAll(async () => {
  server = await startWholeServer({ generator: 'template' });
  browser = await launchBrowser({});
  ada = await newPerson();
  await ada.enter(server.url, { name: 'Ada', portrait: 'kofi.jpg' });
  room = `${server.url}${new URL(ada.page.url()).pathname}`;
  taken = { stipple: await takeAlong(ada, 'stipple'), spz: await takeAlong(ada, 'spz') };
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Somebody whom the server has never seen. */
async function newPerson(): Promise<Person> {
  return new Person(await (await browser.newContext({ viewport: { width: 900, height: 640 } })).newPage());
}

async function takeAlong({ page }: Person, format: string): Promise<Brought> {
  await page.getByTestId('take-along').dispatchEvent('click');
  const downloading = page.waitForEvent('download');
  await page.getByTestId(`take-${format}`).dispatchEvent('click');
  const download = await downloading;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

async function choose({ page }: Person, { name, bytes }: Brought): Promise<void> {
  await page.getByTestId('avatar-input').setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });
}

/** Drops a file somewhere on the page. */
async function drop({ page }: Person, { name, bytes }: Brought): Promise<void> {
  const transfer = await page.evaluateHandle(({ name: fileName, base64 }) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], fileName));
    return dropped;
  }, { name, base64: Buffer.from(bytes).toString('base64') });
  await page.locator('.lobby').dispatchEvent('drop', { dataTransfer: transfer });
}

const stage = ({ page }: Person, step: string) => page.locator(`.portrait__stage[data-step=${step}]`);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Into Ada's room, where Ada's stage draws who comes: their avatar's own splats. */
async function joinAndBeSeen(person: Person, name: string): Promise<string> {
  const before = Object.keys((await ada.diagnostics()).remotes);
  await person.page.getByTestId('display-name').fill(name);
  await person.page.getByTestId('join-room').click();
  await person.until((stipple) => stipple.status['room'] === 'live', undefined);
  await ada.until((stipple, known) => Object.entries(stipple.remotes)
    .some(([id, { sights, splatsShown }]) => !known.includes(id) && splatsShown > 0 && sights.some(({ splats }) => splats > 0)), before);
  const { remotes } = await ada.diagnostics();
  return Object.entries(remotes).find(([id]) => !before.includes(id))![1].sights.at(-1)!.key;
}

it('a .stipple comes back as it was, without a portrait, and is seen in the room', async () => {
  const ben = await newPerson();
  await ben.page.goto(room);
  await choose(ben, taken.stipple);
  await stage(ben, 'ready').waitFor();
  expect(await ben.page.locator('.ready__facts').innerText()).toContain('from a .stipple file');
  expect(await ben.page.locator('.ready__portrait').count()).toBe(0);
  expect(await joinAndBeSeen(ben, 'Ben')).toBe(hashOf(taken.stipple.bytes));
  // And can be taken along again, the same to the byte.
  await ben.page.getByTestId('take-along').waitFor();
  expect(hashOf((await takeAlong(ben, 'stipple')).bytes)).toBe(hashOf(taken.stipple.bytes));
  expect(ben.errors).toEqual([]);
  await ben.page.context().close();
});

it('an SPZ dropped anywhere becomes an avatar again, whatever it is called', async () => {
  const cleo = await newPerson();
  await cleo.page.goto(room);
  await drop(cleo, { ...taken.spz, name: 'me.jpg' });
  await stage(cleo, 'ready').waitFor();
  expect(await cleo.page.locator('.ready__facts').innerText()).toContain('from an SPZ file');
  const hash = await joinAndBeSeen(cleo, 'Cleo');
  const kept = new Uint8Array(await readFile(`${server.dataFolder}/avatars/${hash}.stipple`));
  const [back, original] = [kept, taken.stipple.bytes].map((bytes) => readHead(headRig, bytes, nodeZstd).splats);
  expect(back!.header).toEqual(original!.header);
  expect(back!.count).toBe(original!.count);
  expect(cleo.errors).toEqual([]);
  await cleo.page.context().close();
});

it('a LAM zip is fitted to the rig; it can be cancelled on the way', async () => {
  const dan = await newPerson();
  await dan.page.goto(room);
  const zip = { name: 'lam.zip', bytes: LAM.bytes };
  await choose(dan, zip);
  await stage(dan, 'bringing').waitFor();
  await dan.page.getByRole('button', { name: 'Cancel' }).click();
  await stage(dan, 'choose').waitFor();
  await choose(dan, zip);
  await stage(dan, 'ready').waitFor();
  expect(await dan.page.locator('.ready__facts').innerText()).toContain('from a LAM avatar');
  await joinAndBeSeen(dan, 'Dan');
  expect(dan.errors).toEqual([]);
  await dan.page.context().close();
});

it('what is no avatar is refused in words, and the way on is open', async () => {
  const eve = await newPerson();
  await eve.page.goto(room);
  const text = new TextEncoder().encode('I am a text file');
  const refusal = async (): Promise<string> => {
    await stage(eve, 'error').waitFor();
    const words = await eve.page.locator('.failed__words').innerText();
    return words;
  };
  await choose(eve, { name: 'me.ply', bytes: text });
  expect(await refusal()).toMatch(/cannot be brought in[^]*expected \.stipple, PLY, SPZ, binary glTF or LAM's avatar zip, got bytes that begin like none of them/);
  await choose(eve, { name: 'me.ply', bytes: new TextEncoder().encode('ply\nformat ascii 1.0\nelement vertex 1\nend_header\n') });
  await eve.page.getByText('expected binary_little_endian, got ascii').waitFor();
  await choose(eve, { name: 'me.stipple', bytes: taken.stipple.bytes.subarray(0, 50_000) });
  await eve.page.getByText(`expected ${taken.stipple.bytes.length} bytes, got 50000`).waitFor();
  // Not an avatar by name or content: a portrait, which the server refuses as one.
  await drop(eve, { name: 'notes.txt', bytes: text });
  await eve.page.getByText('not an image the server can read').waitFor();
  await choose(eve, taken.stipple);
  await stage(eve, 'ready').waitFor();
  expect(eve.errors).toEqual([]);
  await eve.page.context().close();
});
