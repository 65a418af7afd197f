import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { projectFolder } from '../../server/setup/paths.mjs';
import { StippleError } from '../../shared/protocol/errors.ts';

/** Somebody to be shown. */
export interface GalleryPortrait {
  /** Unique; made from the file's name. */
  readonly id: string;
  readonly name: string;
  readonly alt: string;
  readonly file: string;
}

const IMAGE_EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.heif', '.heic']);
const SAMPLES_FOLDER = join(projectFolder, 'client', 'public', 'samples');
const samplesSchema = z.array(z.object({ file: z.string(), name: z.string(), alt: z.string() }));

/** The invented people that come with the product, in their order. */
export async function samplePortraits(): Promise<GalleryPortrait[]> {
  const samples = samplesSchema.parse(JSON.parse(await readFile(join(SAMPLES_FOLDER, 'samples.json'), 'utf8')));
  return samples.map(({ file, name, alt }) => ({ id: idOf(file), name, alt, file: join(SAMPLES_FOLDER, file) }));
}

/**
 * The image files of a folder, in the order of their names.
 * @throws StippleError INVALID_REQUEST where there are none; ENOENT and the like as they come
 */
export async function folderPortraits(folder: string): Promise<GalleryPortrait[]> {
  const files = (await readdir(folder)).filter((file) => IMAGE_EXTENSIONS.has(extname(file).toLowerCase())).sort();
  if (files.length === 0) throw new StippleError('INVALID_REQUEST', { message: `--portraits: ${folder} holds no image files` });
  const ids = new Set<string>();
  return files.map((file) => {
    let id = idOf(file);
    while (ids.has(id)) id += '-';
    ids.add(id);
    return { id, name: nameOf(file), alt: '', file: join(folder, file) };
  });
}

function idOf(file: string): string {
  return basename(file, extname(file)).toLowerCase().replaceAll(/[^\w-]+/g, '-') || 'person';
}

/** `mary_jane-02.jpg` is shown as "Mary jane 02". */
function nameOf(file: string): string {
  const words = basename(file, extname(file)).replaceAll(/[_-]+/g, ' ').trim();
  return words === '' ? 'Somebody' : words.charAt(0).toUpperCase() + words.slice(1);
}
