import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import sharp from 'sharp';
import { failureOf } from '../../../shared/protocol/failure.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { AvatarRenderer, type RenderedImage } from '../headless/avatarRenderer.ts';
import { contactSheet } from '../headless/contactSheet.ts';
import { readFit, RIG_FILE } from './avatarFiles.ts';
import { parseRenderOptions, type RenderOptions } from './renderOptions.ts';
import { sheetViews, viewOf } from './renderViews.ts';

const options = parseRenderOptions(process.argv.slice(2));
try {
  await render(options);
} catch (error) {
  const { code, message } = failureOf(error);
  process.stderr.write(`${code}: ${message}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.exitCode = 1;
}

async function render(options: RenderOptions): Promise<void> {
  const [rigBytes, avatarBytes] = await Promise.all([readFile(RIG_FILE), readFile(options.file)]);
  const rig = decodeRig(rigBytes);
  const splats = decodeAvatar(avatarBytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  const fit = options.portrait ? await readFit(options.file) : undefined;
  const renderer = new AvatarRenderer(rig);
  renderer.setSplats(splats);
  renderer.setSplatBudget(options.splatBudget);
  const startMs = performance.now();
  const image = options.sheet
    ? contactSheet(sheetViews(options).map((row) => row.map((view) => renderer.render(view))))
    : renderer.render(viewOf(options, fit));
  const milliseconds = Math.round(performance.now() - startMs);
  renderer.dispose();
  await writePng(options.out, image);
  const summary = { out: options.out, width: image.width, height: image.height, splats: splats.count, milliseconds };
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${options.out}: ${image.width} × ${image.height}, ${splats.count} splats, ${milliseconds} ms\n`);
}

async function writePng(file: string, { data, width, height }: RenderedImage): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  // Transparent pictures come premultiplied; PNG holds plain colours.
  const plain = Uint8Array.from(data);
  for (let at = 0; at < plain.length; at += 4) {
    const alpha = plain[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++) plain[at + channel] = Math.min(255, Math.round((plain[at + channel] * 255) / alpha));
  }
  await sharp(plain, { raw: { width, height, channels: 4 } }).png().toFile(file);
}
