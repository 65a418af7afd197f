import type { Page } from 'playwright-core';

/** Frames are kept as small grey pictures of this size. */
export const FRAME_WIDTH = 80;
export const FRAME_HEIGHT = 60;
const MOST_FRAMES = 900;

/** One drawn frame of the stage. */
export interface RecordedFrame {
  /** Milliseconds since the epoch, of this page's clock. */
  readonly atMs: number;
  /** Brightness of each pixel, row by row, 0 to 255. */
  readonly pixels: readonly number[];
}

/**
 * From now on keeps every frame that the page's stage draws, each read in the very task that drew it. To be called
 * before the page is opened.
 */
export async function recordFrames(page: Page): Promise<void> {
  await page.addInitScript(({ width, height, most }) => {
    const frames: { atMs: number; pixels: number[] }[] = [];
    Object.assign(globalThis, { recordedFrames: frames });
    const small = document.createElement('canvas');
    small.width = width;
    small.height = height;
    const request = globalThis.requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (callback) => request((nowMs) => {
      const before = (globalThis as { stipple?: { counters: Record<string, number> } }).stipple?.counters['framesDrawn'];
      callback(nowMs);
      const after = (globalThis as { stipple?: { counters: Record<string, number> } }).stipple?.counters['framesDrawn'];
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=stage] canvas');
      const context = small.getContext('2d', { willReadFrequently: true });
      if (after === before || !canvas || !context) return;
      context.drawImage(canvas, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      const pixels = Array.from({ length: width * height }, (_, index) => Math.round((data[index * 4]! + data[index * 4 + 1]! + data[index * 4 + 2]!) / 3));
      frames.push({ atMs: performance.timeOrigin + performance.now(), pixels });
      if (frames.length > most) frames.shift();
    });
  }, { width: FRAME_WIDTH, height: FRAME_HEIGHT, most: MOST_FRAMES });
}

/** The frames kept so far; later calls give those that came since. */
export function takeFrames(page: Page): Promise<RecordedFrame[]> {
  return page.evaluate(() => (globalThis as unknown as { recordedFrames: RecordedFrame[] }).recordedFrames.splice(0));
}

/** Mean difference of two frames over some of their pixels, in levels of 255. */
export function frameDifference(a: RecordedFrame, b: RecordedFrame, where: readonly number[]): number {
  return where.reduce((sum, pixel) => sum + Math.abs(a.pixels[pixel]! - b.pixels[pixel]!), 0) / Math.max(1, where.length);
}

/** Pixels in which two frames differ by more than so many levels. */
export function differingPixels(a: RecordedFrame, b: RecordedFrame, levels: number): number[] {
  return a.pixels.flatMap((value, pixel) => (Math.abs(value - b.pixels[pixel]!) > levels ? [pixel] : []));
}
