import type { Page } from 'playwright-core';

/** How loud the others' voices were on a page, and when: the machine's clock, ms since the epoch. */
export interface LoudnessRecord {
  readonly atEpochMs: number;
  /** dB below full scale. */
  readonly levelDb: number;
}

/**
 * Listens at a page's own sound, after its jitter buffers and before its loudspeaker: each analyser that the page makes is
 * read every few milliseconds. Call before the page loads.
 */
export async function listenAtLoudspeaker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as { loudness: { atEpochMs: number; levelDb: number }[]; AnalyserNode: typeof AnalyserNode };
    const records: { atEpochMs: number; levelDb: number }[] = [];
    scope.loudness = records;
    const analysers: AnalyserNode[] = [];
    const Original = scope.AnalyserNode;
    scope.AnalyserNode = class extends Original {
      constructor(...options: ConstructorParameters<typeof AnalyserNode>) {
        super(...options);
        analysers.push(this);
      }
    };
    // 10 ms at 48 kHz.
    const newest = 480;
    setInterval(() => {
      let levelDb = -120;
      for (const analyser of analysers) {
        const samples = new Float32Array(analyser.fftSize);
        analyser.getFloatTimeDomainData(samples);
        let energy = 1e-12;
        for (const sample of samples.subarray(samples.length - newest)) energy += sample * sample;
        levelDb = Math.max(levelDb, 10 * Math.log10(energy / newest));
      }
      // The middle of what was looked at.
      records.push({ atEpochMs: performance.timeOrigin + performance.now() - 5, levelDb });
      if (records.length > 6_000) records.shift();
    }, 8);
  });
}

export function loudnessHeard(page: Page): Promise<LoudnessRecord[]> {
  return page.evaluate(() => (globalThis as unknown as { loudness: LoudnessRecord[] }).loudness);
}
