/**
 * `npm run -s gallery -- [--portraits DIR] [--out DIR] [--limit N] [--comparisons N] [--rows A,B] [--generator NAME] [--table FILE] [--no-films] [--app] [--json]`
 *
 * Builds a page of avatars that move: for each portrait the picture, the avatar live (recorded where the browser cannot
 * draw it), what drives it, and films of the evaluation table's rows side by side. Progress goes to standard error.
 */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { failureOf } from '../../shared/protocol/failure.ts';
import { RowMaker } from '../eval/rowMaker.ts';
import { buildGallery } from './buildGallery.ts';
import { readFigureTable } from './figureTable.ts';
import { FilmEncoder } from './filmEncoder.ts';
import { parseGalleryOptions } from './galleryOptions.ts';
import type { GalleryOptions } from './galleryOptions.ts';
import { writeCatalogue, writePage } from './galleryPage.ts';
import { folderPortraits, samplePortraits } from './galleryPortraits.ts';

try {
  await main(parseGalleryOptions(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  const { code, message } = failureOf(error);
  process.stderr.write(`${code}: ${message}\n`);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = 1;
}

async function main(options: GalleryOptions): Promise<void> {
  const startMs = performance.now();
  const say = (words: string): void => { process.stderr.write(`${String(Math.round((performance.now() - startMs) / 1000)).padStart(4)} s  ${words}\n`); };
  const out = options.app ? join(projectFolder, options.out) : resolve(options.out);
  const portraits = (options.portraits === undefined ? await samplePortraits() : await folderPortraits(options.portraits)).slice(0, options.limit);
  const table = options.table === undefined ? undefined : await readFigureTable(options.table);
  await mkdir(out, { recursive: true });
  const maker = await AvatarMaker.load();
  const encoder = options.films ? await FilmEncoder.open() : undefined;
  try {
    const rows = RowMaker.rows(options.rows);
    const missing = options.rows.filter((row) => !rows.includes(row));
    if (options.comparisons > 0 && missing.length > 0) say(`these rows cannot be made here and are left out: ${missing.join(', ')}`);
    const built = await buildGallery({
      portraits, invented: options.portraits === undefined, out, generator: options.generator, rows, comparisons: options.comparisons,
      seed: options.seed, // The app itself draws nothing where there is no WebGL 2.
      personFilms: options.films && !options.app, maker, rowMaker: new RowMaker(maker), encoder, say,
    });
    const catalogue = table ? { ...built, table } : built;
    if (options.app) await writeCatalogue(out, catalogue);
    else await writePage(out, catalogue);
    const bytes = await folderBytes(out);
    const page = join(out, options.app ? 'gallery.json' : 'index.html');
    const { people, comparisons } = catalogue;
    say(`${people.length} of ${portraits.length} people, ${comparisons.length} comparisons, ${(bytes / 1e6).toFixed(1)} MB`);
    process.stdout.write(options.json
      ? `${JSON.stringify({ out, page, people: people.length, refused: portraits.length - people.length, comparisons: comparisons.length, bytes, milliseconds: Math.round(performance.now() - startMs) })}\n`
      : `${page}\n`);
  } finally {
    await encoder?.close();
    await maker.dispose();
  }
}

async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}
