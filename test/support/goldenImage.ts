import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { projectFolder } from '../../server/setup/paths.mjs';
import type { RenderedImage } from '../../client/render/headless/avatarRenderer.ts';

const FOLDER = join(projectFolder, 'test', 'golden', 'images');

/** What software renderers of different versions may differ by: rounding, and pixels along an edge. */
const MEAN_LEVELS = 0.4;
const FAR_LEVELS = 12;
const FAR_SHARE = 0.002;

/**
 * Compares an opaque picture with the one of that name in test/golden/images. `STIPPLE_GOLDEN=write` writes it instead
 * (look at it before you commit it); where they differ, the picture is left in .cache/golden for looking.
 */
export async function expectGoldenImage(image: RenderedImage, name: string): Promise<void> {
  const file = join(FOLDER, `${name}.png`);
  const { width, height } = image;
  const png = await sharp(image.data, { raw: { width, height, channels: 4 } }).removeAlpha().png({ compressionLevel: 9 }).toBuffer();
  if (process.env.STIPPLE_GOLDEN === 'write') {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(file, png);
    return;
  }
  const { data: expected, info } = await sharp(await readFile(file)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height], `size of ${name}`).toEqual([width, height]);
  let sum = 0;
  let far = 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    let largest = 0;
    for (let channel = 0; channel < 3; channel++) {
      const difference = Math.abs(expected[pixel * 3 + channel] - image.data[pixel * 4 + channel]);
      sum += difference;
      largest = Math.max(largest, difference);
    }
    if (largest > FAR_LEVELS) far++;
  }
  const mean = sum / (width * height * 3);
  if (mean > MEAN_LEVELS || far > FAR_SHARE * width * height) {
    const seen = join(projectFolder, '.cache', 'golden', `${name}.png`);
    await mkdir(dirname(seen), { recursive: true });
    await writeFile(seen, png);
    expect.fail(`${name}: differs by ${mean.toFixed(2)} levels on average and in ${far} pixels by more than ${FAR_LEVELS}; see ${seen}`);
  }
}
