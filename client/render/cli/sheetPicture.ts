import sharp from 'sharp';
import type { RenderedImage } from '../headless/avatarRenderer.ts';

/** One labelled picture in its place on the sheet, pixels. */
export interface SheetTile {
  readonly label: string;
  readonly image: RenderedImage | Buffer;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const GROUND = '#2a2c30';

/** Lays the tiles on one sheet and writes it in the format of the file's ending. Gives the file's size in bytes. */
export async function writeSheet(file: string, tiles: readonly SheetTile[], width: number, height: number): Promise<number> {
  const pictures = await Promise.all(tiles.map(async ({ image, left, top, width: wide, height: high }) => ({
    input: 'data' in image
      ? await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 4 } }).removeAlpha().png({ compressionLevel: 1 }).toBuffer()
      : await sharp(image).rotate().resize(wide, high, { fit: 'contain', background: GROUND }).flatten({ background: GROUND }).png({ compressionLevel: 1 }).toBuffer(),
    left, top,
  })));
  const labels = tiles.map(({ label, left, top }) => (
    `<text x="${left + 7}" y="${top + 17}" stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke" fill="#222">${escaped(label)}</text>`
  ));
  const words = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">${labels.join('')}</svg>`);
  const sheet = sharp({ create: { width, height, channels: 3, background: GROUND } }).composite([...pictures, { input: words, left: 0, top: 0 }]);
  const info = await (/\.png$/i.test(file) ? sheet.png() : /\.webp$/i.test(file) ? sheet.webp({ quality: 84, effort: 5 }) : sheet.jpeg({ quality: 84, mozjpeg: true })).toFile(file);
  return info.size;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
