import type { Browser, Page } from 'playwright-core';
import { motionLatency, type MotionLatency } from '../../../client/diagnostics/motionLatency.ts';
import { launchBrowser } from './browser.ts';
import { Person } from './person.ts';
import { startWholeServer } from './wholeServer.ts';

/** Two people in a room, both moved by a clip: motion without camera and tracker. */
export interface MotionPair {
  readonly ada: Person;
  readonly ben: Person;
  /** From Ada's face to her rig on Ben's page, over what Ben's page showed since a moment (20 s ago at most). */
  latency(sinceEpochMs?: number): Promise<MotionLatency>;
  close(): Promise<void>;
}

const VIEWPORT = { width: 240, height: 180 };

/** Runs in the page: the processor poses rigs and sorts splats as ever, but nothing is drawn, which in software takes most of a machine. */
function drawNothing(): void {
  const context = WebGL2RenderingContext.prototype;
  context.drawArrays = context.drawElements = context.drawArraysInstanced = context.drawElementsInstanced = () => undefined;
}

/**
 * Brings two browsers and a server up, and both people in one room with heads of the quickest generator.
 * @param options.voice WAV file that Ada's microphone hears
 * @param options.onPage called with each page before it loads
 */
export async function openMotionPair(options: { voice?: string; onPage?: (page: Page) => Promise<void> } = {}): Promise<MotionPair> {
  const server = await startWholeServer({ generator: 'template' });
  const browsers: Browser[] = [];
  const close = async (): Promise<void> => {
    for (const browser of browsers) await browser.close();
    await server.close();
  };
  const enter = async (url: string, name: string, portrait: string, voice?: string): Promise<Person> => {
    const browser = await launchBrowser(voice === undefined ? {} : { voice });
    browsers.push(browser);
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.addInitScript(drawNothing);
    await options.onPage?.(page);
    const person = new Person(page);
    await person.enter(url, { name, portrait });
    await person.until((stipple) => stipple.status['camera'] === 'failed' || stipple.status['camera'] === 'off', undefined);
    await person.page.getByTestId('clip').dispatchEvent('click');
    await person.until((stipple) => stipple.status['drive'] === 'clip', undefined);
    return person;
  };
  try {
    const ada = await enter(server.url, 'Ada', 'kofi.jpg', options.voice);
    const ben = await enter(`${server.url}${new URL(ada.page.url()).pathname}`, 'Ben', 'nia.jpg');
    for (const person of [ada, ben]) {
      await person.until((stipple) => Object.values(stipple.remotes).some((remote) => remote.splatsShown > 0 && remote.framesReceived > 30), undefined);
    }
    const latency = async (sinceEpochMs = 0): Promise<MotionLatency> => {
      // Ben's first: Ada's records then cover them.
      const { applied } = await ben.other();
      return motionLatency((await ada.diagnostics()).sent, applied.filter(({ appliedAtEpochMs }) => appliedAtEpochMs >= sinceEpochMs));
    };
    return { ada, ben, latency, close };
  } catch (error) {
    await close();
    throw error;
  }
}
