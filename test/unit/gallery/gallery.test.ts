import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueSchema } from '../../../client/gallery/catalogue.ts';
import type { Catalogue } from '../../../client/gallery/catalogue.ts';
import { DRIVING_CLIP_MS, DRIVING_CLIP_NAMES, sampleDrivingClip } from '../../../client/gallery/drivingClip.ts';
import { strongestParts } from '../../../client/gallery/expressionWords.ts';
import { angleBetween } from '../../../client/motion/rotation.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { decodeAvatarHeader, readHeaderLength } from '../../../shared/splat/codec/avatarHeaderDecoder.ts';
import { spread } from '../../gallery/buildGallery.ts';
import { readFigureTable } from '../../gallery/figureTable.ts';
import { FILM_FRAMES, FILM_HZ, sideBySide } from '../../gallery/filmStudio.ts';
import { APP_OUT } from '../../gallery/galleryOptions.ts';
import { pageHtml } from '../../gallery/galleryPage.ts';
import { folderPortraits, samplePortraits } from '../../gallery/galleryPortraits.ts';
import { poseWith } from '../../support/poses.ts';
import { sha256OfFile } from '../../../server/setup/stamp.mjs';

describe('driving clips', () => {
  test.each(DRIVING_CLIP_NAMES)('%s: every weight is one, the camera stays where avatars look good, the loop has no seam', (name) => {
    for (let timeMs = 0; timeMs < DRIVING_CLIP_MS; timeMs += 20) {
      const { pose, cameraYawRadians, cameraPitchRadians } = sampleDrivingClip(name, timeMs);
      expect(pose.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(Math.abs(cameraYawRadians)).toBeLessThan(0.5);
      expect(Math.abs(cameraPitchRadians)).toBeLessThan(0.2);
      expect(angleBetween(pose.headRotation, [0, 0, 0, 1])).toBeLessThan(0.6);
      const next = sampleDrivingClip(name, timeMs + 20);
      expect(angleBetween(pose.headRotation, next.pose.headRotation)).toBeLessThan(0.04);
    }
    const first = sampleDrivingClip(name, 0);
    const last = sampleDrivingClip(name, DRIVING_CLIP_MS - 1);
    expect(angleBetween(first.pose.headRotation, last.pose.headRotation)).toBeLessThan(0.005);
    expect(Math.max(...first.pose.blendshapeWeights.map((weight, i) => Math.abs(weight - last.pose.blendshapeWeights[i]!)))).toBeLessThan(0.05);
    expect(sampleDrivingClip(name, DRIVING_CLIP_MS)).toEqual(first);
  });

  test('a film holds the whole loop', () => {
    expect(FILM_FRAMES / FILM_HZ * 1000).toBe(DRIVING_CLIP_MS);
    expect(Number.isInteger(FILM_FRAMES)).toBe(true);
  });
});

test('an expression in words: both sides together, one side by its name, gaze once', () => {
  const { blendshapeWeights } = poseWith({ mouthSmileLeft: 0.8, mouthSmileRight: 0.75, eyeBlinkLeft: 0.9, jawOpen: 0.3, eyeLookOutLeft: 0.5, eyeLookInRight: 0.5 });
  expect(strongestParts(blendshapeWeights, 4).map(({ words }) => words)).toEqual(['Blink, left', 'Smile', 'Gaze left', 'Jaw open']);
});

describe('what is shown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stipple-gallery-'));
  beforeAll(() => {
    for (const file of ['Zoë B.jpg', 'mary_jane-02.PNG', 'mary jane 02.webp', 'notes.txt']) writeFileSync(join(folder, file), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the image files of a folder, each with an id of its own', async () => {
    const people = await folderPortraits(folder);
    expect(people.map(({ name }) => name)).toEqual(['Zoë B', 'Mary jane 02', 'Mary jane 02']);
    expect(new Set(people.map(({ id }) => id)).size).toBe(3);
    for (const { id } of people) expect(id).toMatch(/^[\w-]+$/);
  });

  test('a folder without images is an error that names it', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'stipple-gallery-empty-'));
    await expect(folderPortraits(empty)).rejects.toThrow(empty);
    rmSync(empty, { recursive: true });
  });

  test('the invented people are varied enough', async () => {
    const words = (await samplePortraits()).map(({ alt }) => alt).join('; ');
    for (const trait of [/glasses/, /\bhat\b/, /curly|afro/, /dark-skinned/, /young/, /elderly/]) expect(words).toMatch(trait);
  });

  test('comparisons are spread over the people', () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([1, 3, 5]);
    expect(spread([0, 1], 5)).toEqual([0, 1]);
    expect(spread([0, 1], 0)).toEqual([]);
  });
});

describe('the evaluation’s figures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stipple-gallery-table-'));
  const file = join(folder, 'table.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('come in the page’s order, those that are known', async () => {
    writeFileSync(file, JSON.stringify({ portraits: 31, accepted: 30, groups: {}, rows: [
      { generator: 'template', csim: 0.84, apdDegrees: null, splats: 50_000 }, { generator: 'autoregressive', csim: 0.88, silhouetteIou: 0.93, splats: 50_000 },
    ] }));
    expect(await readFigureTable(file)).toEqual({ portraits: 30, rows: [
      { row: 'autoregressive', figures: { csim: 0.88, silhouetteIou: 0.93 } }, { row: 'template', figures: { csim: 0.84 } },
    ] });
  });

  test.each(['no json', '{"rows":[]}', '{"accepted":3,"rows":[{"generator":"magic"},{"generator":"template"}]}'])('%s is refused by the file’s name', async (text) => {
    writeFileSync(file, text);
    await expect(readFigureTable(file)).rejects.toThrow(file);
  });
});

test('tiles come side by side, row by row', () => {
  const tile = (value: number, width: number) => ({ width, height: 2, data: new Uint8Array(width * 2 * 4).fill(value) });
  const { width, height, data } = sideBySide([tile(1, 1), tile(2, 2)]);
  expect([width, height]).toEqual([3, 2]);
  expect([...data].filter((_, i) => i % 4 === 0)).toEqual([1, 2, 2, 1, 2, 2]);
});

const CATALOGUE: Catalogue = {
  version: 1, rigHash: 'a'.repeat(64), invented: false, comparisons: [],
  people: [{
    id: 'eve', name: '</script><b>Eve', alt: 'A "quoted" <person>', portrait: 'portraits/eve.webp', clip: 'talking',
    avatar: { file: 'avatars/eve.stipple', bytes: 1, splats: 1, generator: 'template' },
  }],
};

test('the page carries its catalogue whatever people are called, and addresses everything relative to itself', () => {
  const html = pageHtml(CATALOGUE);
  const carried = /<script type="application\/json" id="catalogue">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  expect(catalogueSchema.parse(JSON.parse(carried))).toEqual(CATALOGUE);
  expect(html).not.toContain('<b>Eve');
  expect(html).not.toMatch(/(src|href)="(\/|https?:)/);
});

test.each(['../secret', '/etc/passwd', 'https://elsewhere/x.webp', 'a/../../b'])('a catalogue may not name %s', (portrait) => {
  expect(catalogueSchema.safeParse({ ...CATALOGUE, people: [{ ...CATALOGUE.people[0], portrait }] }).success).toBe(false);
});

describe('the app’s own gallery', () => {
  const folder = join(projectFolder, APP_OUT);
  const catalogue = catalogueSchema.parse(JSON.parse(readFileSync(join(folder, 'gallery.json'), 'utf8')));

  test('shows invented people, on today’s rig', () => {
    expect(catalogue.invented).toBe(true);
    expect(catalogue.people.length).toBeGreaterThanOrEqual(6);
    const rigHash = sha256OfFile(join(projectFolder, 'models', 'rig', 'head.rig'));
    expect(catalogue.rigHash).toBe(rigHash);
    for (const { avatar } of catalogue.people) {
      const bytes = readFileSync(join(folder, avatar.file));
      expect(bytes.length).toBe(avatar.bytes);
      expect(decodeAvatarHeader(bytes.subarray(0, readHeaderLength(bytes))).rigHash).toBe(rigHash);
    }
  });

  test('is small and whole', () => {
    const avatars = catalogue.people.reduce((sum, { avatar }) => sum + avatar.bytes, 0);
    expect(avatars).toBeLessThan(3_000_000);
    for (const file of catalogue.people.map(({ portrait }) => portrait)) expect(statSync(join(folder, file)).size).toBeLessThan(150_000);
    for (const { film, personId } of catalogue.comparisons) {
      expect(statSync(join(folder, film.file)).size).toBe(film.bytes);
      expect(catalogue.people.some(({ id }) => id === personId)).toBe(true);
    }
  });
});
