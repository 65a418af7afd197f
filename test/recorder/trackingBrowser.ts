import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { modelsFolder, projectFolder } from '../../server/setup/paths.mjs';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import { chromiumPath } from '../e2e/support/browser.ts';
import { framePath } from './framePath.ts';
import type { RecordedFrame, RecorderPage, RecordingRequest } from './framePath.ts';

const PAGE_FOLDER = join(import.meta.dirname, 'page');
const WASM_FOLDER = join(projectFolder, 'node_modules', '@mediapipe', 'tasks-vision', 'wasm');
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm',
};

/** Pictures of one film: a call a picture, in order. */
export interface FilmSource {
  readonly request: RecordingRequest;
  frame(index: number): Uint8Array;
}

/** A browser with the product's own tracking in a page, which takes films picture by picture instead of a camera. */
export class TrackingBrowser {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #server: Server;
  readonly #films: Map<string, FilmSource>;

  private constructor(browser: Browser, page: Page, server: Server, films: Map<string, FilmSource>) {
    this.#browser = browser;
    this.#page = page;
    this.#server = server;
    this.#films = films;
  }

  /** Builds the page and opens it; it is served to this machine only. */
  static async open(): Promise<TrackingBrowser> {
    const files = await buildPage();
    const films = new Map<string, FilmSource>();
    const server = createServer((request, response) => {
      serve(request, response, files, films).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    // What set-up gives gl to draw with is not for the browser.
    const { ANGLE_DEFAULT_PLATFORM: _platform, VK_DRIVER_FILES: _driver, LD_LIBRARY_PATH: _libraries, ...env } = process.env;
    const browser = await chromium.launch({
      executablePath: chromiumPath(), env,
      args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-renderer-backgrounding'],
    });
    const page = await browser.newPage();
    page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => (globalThis as RecorderPage).track !== undefined);
    return new TrackingBrowser(browser, page, server, films);
  }

  /** A frame a picture; undefined where no face was found. */
  async track(film: FilmSource): Promise<(RecordedFrame | undefined)[]> {
    const { filmId } = film.request;
    this.#films.set(filmId, film);
    try {
      return await this.#page.evaluate((request) => (globalThis as RecorderPage).track!(request), film.request);
    } finally {
      this.#films.delete(filmId);
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
  }
}

/** The page's files by path, bundled as the product's page is. */
async function buildPage(): Promise<Map<string, Uint8Array | string>> {
  const built = await build({
    configFile: false, root: PAGE_FOLDER, logLevel: 'warn', publicDir: false,
    // MediaPipe's module loader needs import() in the tracking worker.
    worker: { format: 'es' },
    build: { write: false, target: 'es2023', modulePreload: false, chunkSizeWarningLimit: 2000 },
  });
  const files = new Map<string, Uint8Array | string>();
  for (const part of Array.isArray(built) ? built : [built]) {
    if (!('output' in part)) throw new Error('the recorder page was not built');
    for (const file of part.output) files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
  }
  return files;
}

async function serve(
  request: IncomingMessage, response: ServerResponse, files: ReadonlyMap<string, Uint8Array | string>, films: ReadonlyMap<string, FilmSource>,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://recorder.invalid');
  const path = pathname === '/' ? '/index.html' : pathname;
  const body = frameOf(path, films) ?? files.get(path) ?? await mediapipeFile(path);
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': CONTENT_TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
}

function frameOf(path: string, films: ReadonlyMap<string, FilmSource>): Uint8Array | undefined {
  for (const [filmId, film] of films) {
    const prefix = framePath(filmId, 0).slice(0, -1);
    if (path.startsWith(prefix)) return film.frame(Number(path.slice(prefix.length)));
  }
  return undefined;
}

async function mediapipeFile(path: string): Promise<Uint8Array | undefined> {
  if (path === HTTP_PATHS.faceLandmarker) return readFile(join(modelsFolder, 'face_landmarker.task'));
  if (path === HTTP_PATHS.faceModels) return readFile(join(modelsFolder, 'models.json'));
  const name = path.startsWith(`${HTTP_PATHS.mediapipeWasm}/`) ? path.slice(HTTP_PATHS.mediapipeWasm.length + 1) : '';
  return /^[\w.]+$/.test(name) ? readFile(join(WASM_FOLDER, name)) : undefined;
}
