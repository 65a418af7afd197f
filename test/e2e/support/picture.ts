import sharp from 'sharp';
import type { Page } from 'playwright-core';

/** A screenshot's pixels, RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What the page's stage shows right now; `style`, CSS, may hide what lies over it meanwhile. */
export async function stagePicture(page: Page, style?: string): Promise<Picture> {
  const png = await page.getByTestId('stage').locator('canvas').first().screenshot(style === undefined ? {} : { style });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Share of pixels that differ by more than `threshold` of 255 in a channel. */
export function changedShare(a: Picture, b: Picture, threshold = 12): number {
  let changed = 0;
  const pixels = a.width * a.height;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * 3;
    const difference = Math.max(Math.abs(a.data[at]! - b.data[at]!), Math.abs(a.data[at + 1]! - b.data[at + 1]!), Math.abs(a.data[at + 2]! - b.data[at + 2]!));
    if (difference > threshold) changed++;
  }
  return changed / pixels;
}

/** Number of clearly different colours: a blank or plain stage has a handful, a face hundreds. */
export function colorCount(picture: Picture): number {
  const seen = new Set<number>();
  for (let at = 0; at < picture.data.length; at += 3) {
    seen.add(((picture.data[at]! >> 3) << 10) | ((picture.data[at + 1]! >> 3) << 5) | (picture.data[at + 2]! >> 3));
  }
  return seen.size;
}
