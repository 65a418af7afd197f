import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Chromium plays a motion JPEG file at this rate. */
const PLAYED_HZ = 30;

/** The film of an invented person, picture by picture. */
export function filmPictures(): Buffer[] {
  const bytes = readFileSync(join(import.meta.dirname, '..', 'film', 'kofi.mjpeg'));
  const starts: number[] = [];
  for (let at = bytes.indexOf('\xff\xd8\xff', 0, 'latin1'); at >= 0; at = bytes.indexOf('\xff\xd8\xff', at + 3, 'latin1')) starts.push(at);
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

/**
 * Writes the film for `--use-file-for-fake-video-capture`, each picture long enough that a slow tracker sees it.
 * @returns the file's path
 */
export function writeFakeCameraFilm(folder: string, picturesPerSecond: number): string {
  const file = join(folder, 'camera.mjpeg');
  const repeats = Math.max(1, Math.round(PLAYED_HZ / picturesPerSecond));
  writeFileSync(file, Buffer.concat(filmPictures().flatMap((picture) => Array.from({ length: repeats }, () => picture))));
  return file;
}
