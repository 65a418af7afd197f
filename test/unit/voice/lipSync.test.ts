import { describe, expect, it } from 'vitest';
import { ContextClock } from '../../../client/voice/contextClock.ts';
import { hearingPlace } from '../../../client/voice/hearingPlace.ts';
import { LipSync } from '../../../client/voice/lipSync.ts';
import { voiceLagMs } from '../../../client/voice/voiceLag.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** A receiver whose face and voice are as late as the network makes them, and as the plan asks. */
function converge(network: { voiceMs: number; faceMs: number }, readings: number): { skewMs: number; faceLagMs: number; voiceLagMs: number } {
  const lipSync = new LipSync();
  const random = new SeededRandom(4);
  let [faceLagMs, voiceLagMs] = [network.faceMs, network.voiceMs];
  for (let i = 0; i < readings; i++) {
    const plan = lipSync.update({ voiceLagMs: voiceLagMs + random.between(-8, 8), faceLagMs: faceLagMs + random.between(-4, 4) });
    const wantedFace = Math.max(network.faceMs, plan.minimumFaceLagMs);
    faceLagMs += Math.min(25, Math.max(-25, wantedFace - faceLagMs));
    voiceLagMs = network.voiceMs + Math.max(0, (plan.jitterBufferTargetMs ?? 40) - 40);
  }
  return { skewMs: voiceLagMs - faceLagMs, faceLagMs, voiceLagMs };
}

describe('lips and voice', () => {
  it.each([
    { name: 'a voice later than motion, as usual', voiceMs: 130, faceMs: 45 },
    { name: 'both alike', voiceMs: 90, faceMs: 90 },
    { name: 'a slow tracker', voiceMs: 110, faceMs: 290 },
    { name: 'a slow network', voiceMs: 380, faceMs: 200 },
    { name: 'a starved machine', voiceMs: 720, faceMs: 300 },
  ])('come into step: $name', ({ voiceMs, faceMs }) => {
    const { skewMs, faceLagMs, voiceLagMs } = converge({ voiceMs, faceMs }, 60);
    expect(Math.abs(skewMs)).toBeLessThan(30);
    // And neither waits longer than the slower of both needs.
    expect(Math.max(faceLagMs, voiceLagMs)).toBeLessThan(Math.max(voiceMs, faceMs) + 30);
  });

  it('the lag of a voice follows from its timestamps, also over their wrap', () => {
    const timing = { participantId: 'a', rtpTimestamp: 2 ** 32 - 48 * 100, capturedAtMs: 5_000 };
    // 300 ms after the reading's sample, heard 120 ms after its capture.
    expect(voiceLagMs({ rtpTimestamp: 48 * 200, heardAtMs: 0 }, 5_420, timing)).toBeCloseTo(115, 6);
  });
});

describe('an audio context\'s clock', () => {
  it('is related to the page\'s by the quickest message, and follows when devices change', () => {
    const clock = new ContextClock();
    const random = new SeededRandom(9);
    for (let i = 0; i < 300; i++) clock.observe(i * 20, 1_000 + i * 20 + random.between(0, 200) * (i % 7 === 0 ? 0 : 1));
    expect(clock.performanceMs(400)).toBeCloseTo(1_400, 0);
    for (let i = 300; i < 1_000; i++) clock.observe(i * 20, 1_250 + i * 20);
    expect(clock.performanceMs(400)).toBeCloseTo(1_650, 0);
  });
});

describe('where a voice comes from', () => {
  it('is the side its avatar sits on, wider than on the screen, as far away', () => {
    const [leftX, , leftZ] = hearingPlace([-0.4, 0, -1.4]);
    expect(leftX).toBeLessThan(-0.4);
    expect(leftZ).toBeLessThan(0);
    expect(Math.hypot(leftX, leftZ)).toBeCloseTo(Math.hypot(0.4, 1.4), 6);
    expect(hearingPlace([0, 0, -1.4])[0]).toBeCloseTo(0, 9);
    const [farX, , farZ] = hearingPlace([9, 0, -1.4]);
    expect(farX).toBeGreaterThan(0);
    expect(farZ).toBeLessThan(0);
  });
});
