import { describe, expect, test } from 'vitest';
import type { AppliedRecord, SentRecord } from '../../../client/diagnostics/diagnostics.ts';
import { motionLatency } from '../../../client/diagnostics/motionLatency.ts';

const EPOCH_MS = 1_700_000_000_000;

function sent(captureTimestampMs: number): SentRecord {
  return {
    captureTimestampMs, capturedAtEpochMs: EPOCH_MS + captureTimestampMs, bytes: 12, tracked: false, measuredWeights: undefined,
    blendshapeWeights: [], headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0],
  };
}

function applied(atMs: number, ageMs: number, state: AppliedRecord['state'] = 'interpolated'): AppliedRecord {
  return {
    mediaTimeMs: atMs - ageMs, appliedAtEpochMs: EPOCH_MS + atMs, ageMs: 0, state, fromTimestampMs: undefined, toTimestampMs: undefined,
    mix: 0, correction: 0, blendshapeWeights: [], headRotation: [0, 0, 0, 1],
  };
}

describe('latency from a face to a rig', () => {
  test('by the machine\'s clock, for what is shown and for what was sent', () => {
    const frames = [1000, 1032, 1064].map(sent);
    const shown = [applied(1030, 40), applied(1046, 40), applied(1062, 40), applied(1078, 40), applied(1110, 40)];
    const latency = motionLatency(frames, shown);
    expect(latency.shownAgeMs).toEqual([40, 40, 40, 40, 40]);
    // 1000 is first covered at 1046, which shows 1006; 1032 at 1078; 1064 at 1110.
    expect(latency.captureToAppliedMs).toEqual([46, 46, 46]);
  });

  test('poses without frames are not counted, nor frames that were not looked at yet', () => {
    const frames = [1000, 9000].map(sent);
    expect(motionLatency(frames, [applied(1060, 50), applied(4000, 40), applied(5000, 40, 'resting')])).toEqual({ shownAgeMs: [50], captureToAppliedMs: [] });
    expect(motionLatency([], [applied(1060, 50)])).toEqual({ shownAgeMs: [], captureToAppliedMs: [] });
  });
});
