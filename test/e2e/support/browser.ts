import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { chromiumFile } from '../../../server/setup/paths.mjs';

/** Mesa's llvmpipe is two to four times as fast as SwiftShader, where Chromium finds it. */
const GRAPHICS: readonly (readonly string[])[] = [
  ['--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist'],
  ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
];

/** The browser that set-up found (`npm test` sets STIPPLE_CHROMIUM). */
export function chromiumPath(): string {
  const path = process.env['STIPPLE_CHROMIUM'] ?? (existsSync(chromiumFile) ? readFileSync(chromiumFile, 'utf8').trim() : '');
  if (path === '') throw new Error('there is no browser for the test: run it by "npm test", which finds or fetches one');
  return path;
}

/**
 * Starts Chromium with WebGL2 in software and, where a film is given, a webcam that plays it.
 * @param options.film motion JPEG file, absolute
 * @param options.voice WAV file for the microphone, absolute, played over and over; there is no camera then unless a film is given
 */
export async function launchBrowser(options: { film?: string; voice?: string } = {}): Promise<Browser> {
  let fault = '';
  // What set-up gives gl to draw with is not for the browser.
  const { ANGLE_DEFAULT_PLATFORM: _platform, VK_DRIVER_FILES: _driver, LD_LIBRARY_PATH: _libraries, ...env } = process.env;
  for (const graphics of GRAPHICS) {
    const browser = await chromium.launch({
      executablePath: chromiumPath(),
      env,
      args: [
        '--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
        // Two pages side by side: neither may be slowed down for being in the background.
        '--disable-renderer-backgrounding', '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows',
        ...graphics,
        '--use-fake-ui-for-media-stream',
        ...(options.film === undefined ? [] : ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${options.film}`]),
        ...(options.voice === undefined ? [] : [`--use-file-for-fake-audio-capture=${options.voice}`]),
        ...(options.voice === undefined || options.film !== undefined ? [] : ['--use-fake-device-for-media-stream=device-count=0']),
      ],
    });
    const page = await browser.newPage();
    const renderer = await page.evaluate(() => {
      const gl = document.createElement('canvas').getContext('webgl2');
      return gl === null ? undefined : String(gl.getParameter(gl.RENDERER));
    });
    await page.close();
    if (renderer !== undefined) return browser;
    fault += `no WebGL2 with ${graphics.join(' ')}; `;
    await browser.close();
  }
  throw new Error(`${chromiumPath()}: ${fault}`);
}
