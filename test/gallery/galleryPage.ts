import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { catalogueSchema } from '../../client/gallery/catalogue.ts';
import type { Catalogue } from '../../client/gallery/catalogue.ts';
import { projectFolder } from '../../server/setup/paths.mjs';

const RIG_FILE = join(projectFolder, 'models', 'rig', 'head.rig');

/** Writes `gallery.json`, the catalogue; what the app's own page needs beside the files. */
export async function writeCatalogue(out: string, catalogue: Catalogue): Promise<void> {
  await writeFile(join(out, 'gallery.json'), `${JSON.stringify(catalogueSchema.parse(catalogue), undefined, 1)}\n`);
}

/**
 * Writes a page that stands by itself: opened from a disk or put on any static host. Everything is addressed
 * relative to it.
 */
export async function writePage(out: string, catalogue: Catalogue): Promise<void> {
  await build({ configFile: join(projectFolder, 'client', 'vite.gallery.config.ts'), logLevel: 'error', mode: 'production' });
  const built = join(projectFolder, 'dist', 'gallery');
  for (const file of ['gallery.js', 'gallery.css']) await cp(join(built, file), join(out, file));
  const whole: Catalogue = { ...catalogue, rig: 'head.rig' };
  await cp(RIG_FILE, join(out, 'head.rig'));
  for (const file of ['head.rig', ...whole.people.map(({ avatar }) => avatar.file)]) await writeCarrier(out, file);
  await writeCatalogue(out, whole);
  await writeFile(join(out, 'index.html'), pageHtml(whole));
}

/** A script that carries a file's bytes, for pages opened from a disk: those may not fetch. */
async function writeCarrier(out: string, file: string): Promise<void> {
  const bytes = await readFile(join(out, file));
  await writeFile(join(out, `${file}.js`), `stippleGalleryFile(${JSON.stringify(file)},"${bytes.toString('base64')}");\n`);
}

/** The page; without scripts it still shows portraits and films. */
export function pageHtml(catalogue: Catalogue): string {
  const films = catalogue.people.map(({ name, alt, portrait, film }) => `
        <figure>
          <img src="${portrait}" alt="${escapeHtml(alt || `Portrait of ${name}`)}" loading="lazy" width="300">
          ${film ? `<video src="${film.file}" poster="${film.poster}" controls loop muted playsinline preload="none" width="300"></video>` : ''}
          <figcaption>${escapeHtml(name)}</figcaption>
        </figure>`);
  const comparisons = catalogue.comparisons.map(({ film, rows }) => `
        <figure>
          <video src="${film.file}" poster="${film.poster}" controls loop muted playsinline preload="none" width="${film.widthPixels}"></video>
          <figcaption>${rows.map(({ row }) => row).join(' · ')}</figcaption>
        </figure>`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <meta name="theme-color" content="#0c0d10">
    <meta name="color-scheme" content="dark">
    <meta name="description" content="Portraits, and the animatable Gaussian heads made of them.">
    <title>Gallery · Stipple</title>
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%23ffb98a'/%3E%3C/svg%3E">
    <link rel="stylesheet" href="gallery.css">
  </head>
  <body>
    <div id="app"></div>
    <noscript>
      <main class="gallery__main" style="padding: 24px">
        <h1>Gallery</h1>${films.join('')}${comparisons.join('')}
      </main>
    </noscript>
    <script type="application/json" id="catalogue">${JSON.stringify(catalogue).replaceAll('<', '\\u003c')}</script>
    <script src="gallery.js"></script>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
