import type { Browser, Page } from 'playwright-core';

const SITE = 'http://bundle.test';

/**
 * Opens a page made of a bundle and data files, without a server.
 * @param ready a global that the bundle sets once it is there.
 */
export async function openBundle(browser: Browser, files: ReadonlyMap<string, string | Uint8Array>, ready: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  page.on('console', (message) => { if (message.type() === 'error') process.stderr.write(`${message.text()}\n`); });
  await page.route(`${SITE}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const content = name === '' ? '<!doctype html><title>bundle</title><body style="margin:0"><script type="module" src="/entry.js"></script>' : files.get(name);
    if (content === undefined) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ body: typeof content === 'string' ? content : Buffer.from(content), contentType: typeOf(name) });
  });
  await page.goto(`${SITE}/`);
  await page.waitForFunction((name) => name in globalThis, ready);
  return page;
}

function typeOf(name: string): string {
  if (name === '') return 'text/html';
  if (name.endsWith('.js')) return 'text/javascript';
  return name.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream';
}
