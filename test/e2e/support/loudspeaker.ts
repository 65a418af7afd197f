import type { Page } from 'playwright-core';

/** How loud the others' voices were on a page, and when: the machine's clock, ms since the epoch. */
export interface LoudnessRecord {
  readonly atEpochMs: number;
  /** dB below full scale. */
  readonly levelDb: number;
}

/**
 * Listens at a page's own sound, after its jitter buffers and before its loudspeaker: beside each analyser that the page
 * makes another one keeps the last two thirds of a second, so that a page that stands still for a moment misses nothing.
 * Call before the page loads.
 */
export async function listenAtLoudspeaker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as { loudness: { atEpochMs: number; levelDb: number }[]; AnalyserNode: typeof AnalyserNode };
    const records: { atEpochMs: number; levelDb: number }[] = [];
    scope.loudness = records;
    const kept = 32_768;
    const taps: AnalyserNode[] = [];
    const Original = scope.AnalyserNode;
    scope.AnalyserNode = class extends Original {
      constructor(context: BaseAudioContext, options?: AnalyserOptions) {
        super(context, options);
        const tap = new Original(context, { fftSize: kept });
        this.connect(tap);
        taps.push(tap);
      }
    };
    let lastMs = performance.now();
    setInterval(() => {
      const tap = taps.at(-1);
      const nowMs = performance.now();
      const elapsedMs = nowMs - lastMs;
      lastMs = nowMs;
      if (!tap) return;
      const samples = new Float32Array(kept);
      tap.getFloatTimeDomainData(samples);
      const { sampleRate } = tap.context;
      // What is new since the last look, 10 ms at a time.
      const step = Math.round(sampleRate / 100);
      const fresh = Math.min(kept, Math.round((elapsedMs / 1000) * sampleRate));
      for (let start = kept - Math.floor(fresh / step) * step; start < kept; start += step) {
        let energy = 1e-12;
        for (let i = start; i < start + step; i++) energy += samples[i]! ** 2;
        const middleAgoMs = ((kept - start - step / 2) / sampleRate) * 1000;
        records.push({ atEpochMs: performance.timeOrigin + nowMs - middleAgoMs, levelDb: 10 * Math.log10(energy / step) });
      }
      if (records.length > 6_000) records.splice(0, records.length - 6_000);
    }, 100);
  });
}

export function loudnessHeard(page: Page): Promise<LoudnessRecord[]> {
  return page.evaluate(() => (globalThis as unknown as { loudness: LoudnessRecord[] }).loudness);
}
