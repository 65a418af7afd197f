import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppliedRecord } from '../../client/diagnostics/diagnostics.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { writeFakeVoice } from './support/fakeVoice.ts';
import { listenAtLoudspeaker, loudnessHeard } from './support/loudspeaker.ts';
import type { LoudnessRecord } from './support/loudspeaker.ts';
import { correlation, range } from './support/motion.ts';
import { openMotionPair } from './support/motionPair.ts';
import type { MotionPair } from './support/motionPair.ts';

const HEARD_WANTED = 60;
/** Speech that sound and sight are compared over: some forty syllables. A few seconds' worth are alike at wrong distances, too. */
const COMPARED_MS = 16_000;
const LOUDEST_SKEW_MS = 250;
const QUIET_DB = -60;
/** What opens, rounds or spreads a mouth when it makes vowels. */
const SPEAKING_SHAPES = (['jawOpen', 'mouthFunnel', 'mouthPucker', 'mouthStretchLeft'] as const).map((name) => BLENDSHAPE_NAMES.indexOf(name));

let pair: MotionPair;

beforeAll(async () => {
  pair = await openMotionPair({ voice: writeFakeVoice(join(tmpdir(), `stipple-voice-${process.pid}.wav`)), onPage: listenAtLoudspeaker });
});

afterAll(async () => {
  await pair?.close();
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** How far a mouth is from rest. */
function mouthOf({ blendshapeWeights }: AppliedRecord): number {
  return SPEAKING_SHAPES.reduce((sum, index) => sum + blendshapeWeights[index]!, 0);
}

/** How much later the sound is than the lips, ms: where the mouth's shapes follow the loudness best. */
function seenAndHeardSkewMs(applied: readonly AppliedRecord[], heard: readonly LoudnessRecord[]): { skewMs: number; likeness: number } {
  let best = { skewMs: 0, likeness: -1 };
  for (let skewMs = -LOUDEST_SKEW_MS; skewMs <= LOUDEST_SKEW_MS; skewMs += 5) {
    const pairs: [number, number][] = [];
    let at = 0;
    for (const record of applied) {
      const wantedMs = record.appliedAtEpochMs + skewMs;
      while (at + 1 < heard.length && heard[at + 1]!.atEpochMs <= wantedMs) at++;
      while (at > 0 && heard[at]!.atEpochMs > wantedMs) at--;
      const sound = heard[at];
      if (sound && Math.abs(sound.atEpochMs - wantedMs) < 30) pairs.push([mouthOf(record), Math.max(QUIET_DB, sound.levelDb)]);
    }
    if (pairs.length < applied.length / 2) continue;
    const likeness = correlation(pairs.map(([mouth]) => mouth), pairs.map(([, level]) => level));
    if (likeness > best.likeness) best = { skewMs, likeness };
  }
  return best;
}

describe('a voice in the room', () => {
  test('the microphone is off until its button, then on, and the other sees it', async () => {
    const { ada, ben } = pair;
    expect((await ada.diagnostics()).status['microphone']).toBe('off');
    await ada.page.getByTestId('voice').dispatchEvent('click');
    await ada.until((stipple) => stipple.status['microphone'] === 'on', undefined);
    await ben.until((stipple) => (stipple.counters['voicesReceived'] ?? 0) > 0, undefined);
    await ben.page.locator('.label__pill--speaking').waitFor({ state: 'attached' });
  });

  test('Ben hears Ada: syllables and pauses', async () => {
    const { ben } = pair;
    await ben.until((stipple, wanted) => Object.values(stipple.remotes).some(({ heard }) => heard.length >= wanted), HEARD_WANTED);
    const levels = (await loudnessHeard(ben.page)).slice(-1_000).map(({ levelDb }) => Math.max(QUIET_DB, levelDb));
    expect(Math.max(...levels)).toBeGreaterThan(-40);
    expect(range(levels)).toBeGreaterThan(15);
  });

  test('her voice moves her avatar\'s mouth on his page; how far lips and voice are apart is printed', async () => {
    const { ben } = pair;
    const sinceMs = (await ben.other()).applied.at(-1)!.appliedAtEpochMs;
    await ben.until((stipple, untilMs) => Object.values(stipple.remotes).some(({ applied }) => (applied.at(-1)?.appliedAtEpochMs ?? 0) >= untilMs), sinceMs + COMPARED_MS);
    const { applied, heard } = await ben.other();
    const shown = applied.filter(({ appliedAtEpochMs }) => appliedAtEpochMs >= sinceMs);
    expect(range(shown.map(mouthOf))).toBeGreaterThan(0.3);
    expect(heard.every((record) => Number.isFinite(record.skewMs))).toBe(true);
    const { skewMs, likeness } = seenAndHeardSkewMs(shown, await loudnessHeard(ben.page));
    const newest = heard.slice(-50);
    // The tap is before the loudspeaker, and a rig is posed before it is on the screen.
    const atEarAndEye = skewMs + median(newest.map(({ outputDelayMs }) => outputDelayMs)) - median(newest.map(({ displayDelayMs }) => displayDelayMs));
    const reported = newest.map((record) => record.skewMs);
    const within = reported.filter((one) => Math.abs(one) <= 45).length / reported.length;
    process.stderr.write(`  voice after lips: ${Math.round(atEarAndEye)} ms (likeness ${likeness.toFixed(2)}); by the page's own figures ${Math.round(median(reported))} ms, ${Math.round(100 * within)} % of the time within 45 ms\n`);
  });

  test('the M key mutes her: Ben hears nothing, and her name says so', async () => {
    const { ada, ben } = pair;
    await ada.page.evaluate(() => globalThis.dispatchEvent(new KeyboardEvent('keydown', { key: 'm' })));
    await ada.until((stipple) => stipple.status['microphone'] === 'muted', undefined);
    await ben.page.locator('.label__microphone').waitFor({ state: 'attached' });
    await ben.page.locator('.label__pill--speaking').waitFor({ state: 'detached' });
    const { length } = await loudnessHeard(ben.page);
    expect(length).toBeGreaterThan(0);
    await expect.poll(async () => Math.max(...(await loudnessHeard(ben.page)).slice(-100).map(({ levelDb }) => levelDb)), { timeout: 20_000 }).toBeLessThan(-55);
  });

  test('nothing went wrong unseen', () => {
    expect(pair.ada.errors).toEqual([]);
    expect(pair.ben.errors).toEqual([]);
  });
});
