import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Diagnostics, RemoteDiagnostics } from '../../../client/diagnostics/diagnostics.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';

/** Software drawing on a busy machine: what takes seconds on a laptop may take a minute here. */
const PATIENCE_MS = 150_000;

/** Somebody at a browser: does what a person would do, and reads `window.stipple`. */
export class Person {
  readonly page: Page;
  /** Uncaught errors of the page. */
  readonly errors: string[] = [];
  readonly #remarks: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.#saw(`console: ${message.text()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.#saw(`${response.status()} ${response.url()}`);
    });
  }

  /** From the front page or a room's link into the room, with a portrait of client/public/samples. */
  async enter(url: string, options: { name: string; portrait: string }): Promise<void> {
    try {
      await this.#enter(url, options);
    } catch (error) {
      throw new Error(`${options.name} did not get into the room; the page said:\n${[...this.errors, ...this.#remarks].join('\n')}`, { cause: error });
    }
  }

  #saw(remark: string): void {
    this.#remarks.push(remark);
    this.#remarks.splice(0, this.#remarks.length - 20);
  }

  async #enter(url: string, options: { name: string; portrait: string }): Promise<void> {
    await this.page.goto(url);
    await this.page.getByTestId('portrait-input').setInputFiles(join(projectFolder, 'client', 'public', 'samples', options.portrait));
    await this.page.locator('.portrait__stage[data-step=ready], .portrait__stage[data-step=error]').waitFor();
    const refusal = this.page.locator('.failed__words');
    if (await refusal.count() > 0) throw new Error(`the portrait was refused: ${await refusal.innerText()}`);
    await this.page.getByTestId('display-name').fill(options.name);
    await this.page.getByTestId('join-room').click();
    await this.until((stipple) => stipple.status['room'] === 'live', undefined);
  }

  /** Waits until the diagnostics fulfil a condition; the condition runs in the page. */
  async until<T>(condition: (stipple: Diagnostics, argument: T) => boolean, argument: T, timeoutMs = PATIENCE_MS): Promise<void> {
    const expression = `(${condition.toString()})(globalThis.stipple, ${JSON.stringify(argument) ?? 'undefined'})`;
    const deadlineMs = performance.now() + timeoutMs;
    while (!(await this.page.evaluate(expression))) {
      if (performance.now() > deadlineMs) {
        const { counters, status } = await this.diagnostics();
        throw new Error(`waited in vain for ${condition.toString()}; ${JSON.stringify({ argument, counters, status })}\n${[...this.errors, ...this.#remarks].join('\n')}`);
      }
      await sleep(100);
    }
  }

  /** One of the page's counters. Copying all of `diagnostics` stops a page with many people in it for some frames; this does not. */
  counter(name: string): Promise<number> {
    return this.page.evaluate((key) => (globalThis as unknown as { stipple: Diagnostics }).stipple.counters[key] ?? 0, name);
  }

  diagnostics(): Promise<Diagnostics> {
    return this.page.evaluate(() => JSON.parse(JSON.stringify((globalThis as unknown as { stipple: unknown }).stipple)) as Diagnostics);
  }

  /** What this page knows of the only other participant. */
  async other(): Promise<RemoteDiagnostics & { participantId: string }> {
    const [entry, ...more] = Object.entries((await this.diagnostics()).remotes);
    if (!entry || more.length > 0) throw new Error(`expected one other participant, got ${more.length + (entry ? 1 : 0)}`);
    return { participantId: entry[0], ...entry[1] };
  }
}
