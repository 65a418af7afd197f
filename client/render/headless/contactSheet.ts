import type { RenderedImage } from './avatarRenderer.ts';

/** Lays opaque pictures of one size side by side in rows, with a gap, on a grey ground. */
export function contactSheet(rows: readonly (readonly RenderedImage[])[], gap = 4): RenderedImage {
  const { width, height } = rows[0][0];
  const columns = Math.max(...rows.map((row) => row.length));
  const sheetWidth = columns * (width + gap) + gap;
  const sheetHeight = rows.length * (height + gap) + gap;
  const data = new Uint8Array(sheetWidth * sheetHeight * 4).fill(96);
  for (let at = 3; at < data.length; at += 4) data[at] = 255;
  rows.forEach((row, rowIndex) => {
    row.forEach((image, column) => {
      const left = gap + column * (width + gap);
      const top = gap + rowIndex * (height + gap);
      for (let y = 0; y < height; y++) {
        data.set(image.data.subarray(y * width * 4, (y + 1) * width * 4), ((top + y) * sheetWidth + left) * 4);
      }
    });
  });
  return { width: sheetWidth, height: sheetHeight, data };
}
