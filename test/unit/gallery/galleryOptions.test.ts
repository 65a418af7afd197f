import { expect, test } from 'vitest';
import { ROW_NAMES } from '../../../client/gallery/catalogue.ts';
import { DEFAULT_GENERATOR } from '../../../server/generator/generatorNames.ts';
import { APP_OUT, DEFAULT_OUT, parseGalleryOptions } from '../../gallery/galleryOptions.ts';

test('without options it is the invented people, with all rows, into out/gallery', () => {
  expect(parseGalleryOptions([])).toEqual({
    portraits: undefined, out: DEFAULT_OUT, limit: Infinity, comparisons: 3, rows: [...ROW_NAMES], generator: DEFAULT_GENERATOR, table: undefined,
    films: true, app: false, seed: 1, json: false,
  });
});

test('every option is taken', () => {
  const options = parseGalleryOptions(['--portraits', 'faces', '--out', 'there', '--limit', '4', '--comparisons', '2', '--rows', 'template,autoregressive',
    '--generator', 'template', '--seed', '7', '--table', 'table.json', '--json']);
  expect(options).toMatchObject({ portraits: 'faces', out: 'there', limit: 4, comparisons: 2, generator: 'template', seed: 7, table: 'table.json', json: true });
  // In the page's order, whatever the order they were asked for in.
  expect(options.rows).toEqual(['autoregressive', 'template']);
});

test('without films nothing is compared', () => {
  expect(parseGalleryOptions(['--no-films', '--comparisons', '3'])).toMatchObject({ films: false, comparisons: 0 });
});

test('the app’s page has its own folder, and nobody real on it', () => {
  expect(parseGalleryOptions(['--app'])).toMatchObject({ app: true, out: APP_OUT });
  expect(() => parseGalleryOptions(['--app', '--portraits', 'faces'])).toThrow(/invented people only/);
});

test.each([[['--limit', '-1']], [['--comparisons', 'many']], [['--rows', 'template,best']], [['--generator', 'magic']], [['faces']]])('%j is refused', (args) => {
  expect(() => parseGalleryOptions(args)).toThrow();
});
