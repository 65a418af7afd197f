import sharp from 'sharp';
import type { PixelImage } from '../../server/perception/analysedPortrait.ts';

const CELL = 320;

/** Pictures in rows, `columns` a row, each with its name underneath, as a PNG. */
export async function contactSheet(cells: readonly { name: string; image: PixelImage }[], columns = 6): Promise<Buffer> {
  const rows = Math.ceil(cells.length / columns);
  const label = 18;
  const overlays = await Promise.all(cells.map(async ({ name, image }, index) => {
    const left = (index % columns) * CELL;
    const top = Math.floor(index / columns) * (CELL + label);
    const picture = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } }).resize(CELL, CELL).png().toBuffer();
    const text = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${CELL}" height="${label}">
      <text x="6" y="13" font-family="sans-serif" font-size="12" fill="#eee">${name}</text></svg>`);
    return [{ input: picture, left, top }, { input: text, left, top: top + CELL }];
  }));
  return sharp({ create: { width: columns * CELL, height: rows * (CELL + label), channels: 3, background: '#222' } })
    .composite(overlays.flat()).png().toBuffer();
}
