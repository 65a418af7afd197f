import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MOTION_FRAME_MAX_BYTES } from '../../shared/motion/motionHeader.ts';
import { quantile } from '../support/motionStream.ts';
import { type MotionPair, openMotionPair } from './support/motionPair.ts';

/** Looks on the slowest of machines, where drawing in software gives a few a second. */
const LOOKS_WANTED = 40;
/** Somebody who has just come still loads and settles; what is measured afterwards is what a call is like. */
const SETTLING_MS = 6_000;
const MEASURED_MS = 8_000;

let pair: MotionPair;

beforeAll(async () => {
  pair = await openMotionPair();
});

afterAll(() => pair?.close());

describe('motion from one browser to another', () => {
  test('the page asks for every frame of a face that is large on it, and gets bundles', async () => {
    await pair.ben.until((stipple) => Object.values(stipple.remotes).every((remote) => remote.wishedLevel === 'full') && (stipple.counters['bundlesReceived'] ?? 0) > 30, undefined);
    const { counters } = await pair.ben.diagnostics();
    expect(counters['interestReports']).toBeGreaterThanOrEqual(1);
    expect(counters['linkReports']).toBeGreaterThanOrEqual(1);
    expect(counters['bundlesUnreadable']).toBeUndefined();
    expect(counters['framesUnreadable']).toBeUndefined();
  });

  test('frames are small, and their capture times tell them apart', async () => {
    const { sent } = await pair.ada.diagnostics();
    expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(MOTION_FRAME_MAX_BYTES);
    for (let i = 1; i < sent.length; i++) expect(sent[i]!.captureTimestampMs - sent[i - 1]!.captureTimestampMs).toBeGreaterThanOrEqual(2);
  });

  test('what Ada\'s clip did is on her rig at Ben\'s, moment by moment, a little later; how much is printed', async () => {
    await sleep(SETTLING_MS);
    const sinceEpochMs = Date.now();
    await sleep(MEASURED_MS);
    // Nothing is asked of the pages before this: to hand their records over stops them for a moment.
    const { shownAgeMs, captureToAppliedMs } = await pair.latency(sinceEpochMs);
    expect(shownAgeMs.length).toBeGreaterThanOrEqual(LOOKS_WANTED / 2);
    expect(captureToAppliedMs.length).toBeGreaterThanOrEqual(LOOKS_WANTED / 2);
    // Nothing can be shown before it was captured.
    expect(Math.min(...shownAgeMs)).toBeGreaterThan(0);
    const { applied, playoutDelayMs } = await pair.ben.other();
    expect(playoutDelayMs).toBeGreaterThanOrEqual(0);
    for (let i = 1; i < applied.length; i++) expect(applied[i]!.mediaTimeMs).toBeGreaterThanOrEqual(applied[i - 1]!.mediaTimeMs);
    const quantiles = (values: readonly number[]): string => [0.5, 0.95, 0.99].map((share) => quantile(values, share).toFixed(1)).join(' / ');
    process.stderr.write(`    shown age p50/p95/p99 ${quantiles(shownAgeMs)} ms, capture to applied ${quantiles(captureToAppliedMs)} ms, playout delay ${playoutDelayMs.toFixed(1)} ms\n`);
  });

  test('the panel shows the delay that playout adds', async () => {
    await pair.ben.page.getByTitle('Bandwidth and latency').dispatchEvent('click');
    const panel = pair.ben.page.getByLabel('Link and drawing');
    await panel.getByText('Playout delay').waitFor();
    expect(await panel.innerText()).toMatch(/Playout delay\s+[\d.]+ ms/);
  });

  test('nothing went wrong unseen', () => {
    expect(pair.ada.errors).toEqual([]);
    expect(pair.ben.errors).toEqual([]);
  });
});
