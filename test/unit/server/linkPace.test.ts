import { describe, expect, it } from 'vitest';
import { LinkPace } from '../../../server/sfu/linkPace.ts';

const TICK_MS = 30;
const HEADER_BYTES = 93;

/** A viewer behind a link with a queue, who reports as the client does, and the relay's side of it. */
function simulate(options: { demandBytes: number; seconds: number; bytesPerSecond: (ms: number) => number }) {
  const pace = new LinkPace();
  const queue: { sequence: number; bytes: number; sentMs: number }[] = [];
  const seen = { agesMs: [] as { atMs: number; ageMs: number }[], pacedMs: [] as number[], bytes: 0 };
  let sequence = 0;
  let arrived: { sequence: number; ageMs: number; atMs: number } | undefined;
  let reportedMs = -1_000;
  let capacity = 0;
  for (let nowMs = 0; nowMs < options.seconds * 1_000; nowMs++) {
    capacity = queue.length === 0 ? 0 : capacity + options.bytesPerSecond(nowMs) / 1_000;
    while (queue[0] !== undefined && capacity >= queue[0].bytes) {
      const { bytes, sequence: which, sentMs } = queue.shift()!;
      capacity -= bytes;
      seen.bytes += bytes;
      arrived = { sequence: which, ageMs: nowMs - sentMs + 5, atMs: nowMs };
      seen.agesMs.push({ atMs: nowMs, ageMs: arrived.ageMs });
    }
    if (nowMs % TICK_MS === 0) {
      pace.release(options.demandBytes * 1_000 / TICK_MS);
      const bytes = Math.floor(Math.min(options.demandBytes, pace.allowance(nowMs)));
      if (bytes === options.demandBytes || (bytes > 0 && pace.saved)) {
        queue.push({ sequence, bytes: bytes + HEADER_BYTES, sentMs: nowMs });
        pace.handleSent(1, sequence++, bytes, nowMs);
      }
    }
    if (pace.paced) seen.pacedMs.push(nowMs);
    if (arrived === undefined || nowMs % 50 !== 0) continue;
    const late = arrived.ageMs > 45 || nowMs - arrived.atMs > 130;
    if (nowMs - reportedMs < (late ? 100 : 1_000)) continue;
    reportedMs = nowMs;
    pace.handleReport({ stream: 1, sequence: arrived.sequence, ageMs: arrived.ageMs, heldMs: nowMs - arrived.atMs, lost: 0 }, nowMs);
  }
  const p95 = (fromMs: number, toMs: number): number => {
    const ages = seen.agesMs.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ ageMs }) => ageMs).sort((a, b) => a - b);
    return ages[Math.floor(ages.length * 0.95)]!;
  };
  return { ...seen, p95, pace };
}

describe('the pace of a link', () => {
  it('BUNDLE9 leaves a link alone that carries all, and one that hiccups', () => {
    expect(simulate({ demandBytes: 400, seconds: 10, bytesPerSecond: () => 100_000 }).pacedMs).toEqual([]);
    expect(simulate({ demandBytes: 400, seconds: 10, bytesPerSecond: (ms) => (ms % 3_000 > 2_940 ? 100 : 200_000) }).pacedMs).toEqual([]);
  });

  it('BUNDLE9 keeps what waits before a full link young, and the link in use', () => {
    const { p95, bytes, pacedMs } = simulate({ demandBytes: 600, seconds: 20, bytesPerSecond: () => 12_000 });
    expect(pacedMs.length).toBeGreaterThan(15_000);
    expect(p95(2_000, 20_000)).toBeLessThan(150);
    expect(bytes / 20).toBeGreaterThan(0.6 * 12_000);
  });

  it('BUNDLE9 answers a link that becomes narrow within a second, and lets all flow again soon after it is wide', () => {
    const { p95, pacedMs } = simulate({ demandBytes: 500, seconds: 20, bytesPerSecond: (ms) => (ms > 5_000 && ms < 10_000 ? 6_000 : 200_000) });
    expect(pacedMs[0]).toBeLessThan(5_600);
    expect(p95(7_000, 10_000)).toBeLessThan(200);
    expect(pacedMs.at(-1)).toBeLessThan(13_000);
  });

  it('BUNDLE9 survives a link that stands still, and any report', () => {
    const { pacedMs, pace } = simulate({ demandBytes: 400, seconds: 20, bytesPerSecond: (ms) => (ms > 5_000 && ms < 8_000 ? 0 : 200_000) });
    expect(pacedMs.at(-1) ?? 0).toBeLessThan(15_000);
    for (const ageMs of [-32_768, 32_767, 0]) pace.handleReport({ stream: 255, sequence: 65_535, ageMs, heldMs: 65_535, lost: 65_535 }, 30_000);
    expect(pace.allowance(30_010)).toBeGreaterThanOrEqual(0);
  });
});
