import type { Page } from 'playwright-core';

/** From now on keeps when the page's stage has drawn its frames. To be called before the page is opened. */
export async function recordFrameTimes(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const times: number[] = [];
    Object.assign(globalThis, { frameTimes: times });
    const drawn = (): number | undefined => (globalThis as { stipple?: { counters: Record<string, number> } }).stipple?.counters['framesDrawn'];
    const request = globalThis.requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (callback) => request((nowMs) => {
      const before = drawn();
      callback(nowMs);
      if (drawn() !== before) times.push(performance.now());
    });
  });
}

/** When frames were drawn, ms of the page's clock, since the last call. */
export function takeFrameTimes(page: Page): Promise<number[]> {
  return page.evaluate(() => (globalThis as unknown as { frameTimes: number[] }).frameTimes.splice(0));
}

/** From each time to the next. */
export function intervalsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}
