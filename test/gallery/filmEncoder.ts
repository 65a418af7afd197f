import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type * as Mediabunny from 'mediabunny';
import type { BufferTarget, Output, VideoSampleSource } from 'mediabunny';
import type { Browser, Page } from 'playwright-core';
import { projectFolder } from '../../server/setup/paths.mjs';
import { chromiumPath } from '../e2e/support/browser.ts';
import { FILM_HZ } from './filmStudio.ts';
import type { FilmFrame } from './filmStudio.ts';

/** Answered by this process; HTTPS, since browsers encode films only for pages from secure places. */
const ORIGIN = 'https://films.invalid';
const PAGE = `<!doctype html><title>films</title><script type="module">import * as muxer from '/muxer.mjs'; globalThis.muxer = muxer;</script>`;
const MUXER_FILE = join(projectFolder, 'node_modules', 'mediabunny', 'dist', 'bundles', 'mediabunny.min.mjs');

/** Encodes frames to VP9 in WebM by Chromium's encoder: a tenth of the size of animated pictures, played by every browser. */
export class FilmEncoder {
  readonly #browser: Browser;
  readonly #page: Page;
  #frame: FilmFrame | undefined;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  static async open(): Promise<FilmEncoder> {
    const { ANGLE_DEFAULT_PLATFORM: _platform, VK_DRIVER_FILES: _driver, LD_LIBRARY_PATH: _libraries, ...env } = process.env;
    const browser = await chromium.launch({ executablePath: chromiumPath(), env, args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
    const page = await browser.newPage();
    const encoder = new FilmEncoder(browser, page);
    await page.route(`${ORIGIN}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/muxer.mjs') return route.fulfill({ contentType: 'text/javascript', body: await readFile(MUXER_FILE) });
      if (path === '/frame' && encoder.#frame) return route.fulfill({ contentType: 'application/octet-stream', body: Buffer.from(encoder.#frame.data) });
      return route.fulfill({ contentType: 'text/html', body: PAGE });
    });
    await page.goto(`${ORIGIN}/`);
    return encoder;
  }

  /**
   * @param frames all of one size, in order; even width and height
   * @param bitsPerSecond about what the film may take
   */
  async encode(frames: Iterable<FilmFrame> | AsyncIterable<FilmFrame>, bitsPerSecond: number): Promise<Uint8Array> {
    await this.#page.evaluate(startEncoding, bitsPerSecond);
    let index = 0;
    for await (const frame of frames) {
      this.#frame = frame;
      await this.#page.evaluate(addFrame, { url: `${ORIGIN}/frame`, width: frame.width, height: frame.height, seconds: index / FILM_HZ, duration: 1 / FILM_HZ });
      index++;
    }
    this.#frame = undefined;
    return new Uint8Array(Buffer.from(await this.#page.evaluate(endEncoding), 'base64'));
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** What the page keeps between two calls. */
interface Encoding {
  readonly output: Output;
  readonly source: VideoSampleSource;
  readonly target: BufferTarget;
}
type EncodingPage = typeof globalThis & { muxer?: typeof Mediabunny; encoding?: Encoding };

// The following three run in the page.

async function startEncoding(bitsPerSecond: number): Promise<void> {
  const { muxer } = globalThis as EncodingPage;
  if (!muxer) throw new Error('the muxer has not been loaded');
  const { Output, WebMOutputFormat, BufferTarget, VideoSampleSource } = muxer;
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  // One key frame: films are short and nobody seeks in them.
  const source = new VideoSampleSource({ codec: 'vp9', bitrate: bitsPerSecond, keyFrameInterval: 1000, latencyMode: 'quality' });
  output.addVideoTrack(source, {});
  await output.start();
  (globalThis as EncodingPage).encoding = { output, source, target };
}

async function addFrame({ url, width, height, seconds, duration }: { url: string; width: number; height: number; seconds: number; duration: number }): Promise<void> {
  const { encoding, muxer } = globalThis as EncodingPage;
  if (!encoding || !muxer) throw new Error('encoding has not been started');
  const data = await (await fetch(url, { cache: 'no-store' })).arrayBuffer();
  const sample = new muxer.VideoSample(data, { format: 'RGBX', codedWidth: width, codedHeight: height, timestamp: seconds, duration });
  await encoding.source.add(sample);
  sample.close();
}

async function endEncoding(): Promise<string> {
  const { encoding } = globalThis as EncodingPage;
  if (!encoding) throw new Error('encoding has not been started');
  await encoding.output.finalize();
  const bytes = new Uint8Array(encoding.target.buffer!);
  let characters = '';
  for (let at = 0; at < bytes.length; at += 0x8000) characters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(characters);
}
