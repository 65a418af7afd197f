import type { AppliedRecord, SentRecord } from './diagnostics.ts';

/** How long it took from a face to a rig, ms. */
export interface MotionLatency {
  /** Of each pose a rig got while frames came: how long ago the moment it shows was captured. */
  readonly shownAgeMs: readonly number[];
  /** Of each frame sent: from its capture until a rig got a pose of its moment or a later one. */
  readonly captureToAppliedMs: readonly number[];
}

/**
 * Capture → applied between two pages of one machine: A's sent frames and what B applied of them. Camera and tracker are
 * not in it (`capturedAtEpochMs` is the sample's moment), the sender's codec, the relay's tick, the way and B's playout are.
 */
export function motionLatency(sent: readonly SentRecord[], applied: readonly AppliedRecord[]): MotionLatency {
  const frames = sent.map(({ captureTimestampMs, capturedAtEpochMs }) => ({ captureTimestampMs, capturedAtEpochMs }));
  const shown = applied.filter(({ state }) => state === 'interpolated' || state === 'extrapolated' || state === 'held');
  const shownAgeMs: number[] = [];
  for (const { mediaTimeMs, appliedAtEpochMs } of shown) {
    const capturedAtEpochMs = epochOf(frames, mediaTimeMs);
    if (capturedAtEpochMs !== undefined) shownAgeMs.push(appliedAtEpochMs - capturedAtEpochMs);
  }
  const captureToAppliedMs: number[] = [];
  let at = 0;
  for (const { captureTimestampMs, capturedAtEpochMs } of frames) {
    while (at < shown.length && shown[at]!.mediaTimeMs < captureTimestampMs) at++;
    // What was captured before the first look cannot say when it was first applied.
    if (at > 0 && at < shown.length) captureToAppliedMs.push(shown[at]!.appliedAtEpochMs - capturedAtEpochMs);
  }
  return { shownAgeMs, captureToAppliedMs };
}

/** The machine's clock at a moment of media time, from the sent frame nearest to it (its two clocks hardly drift). */
function epochOf(frames: readonly { readonly captureTimestampMs: number; readonly capturedAtEpochMs: number }[], mediaTimeMs: number): number | undefined {
  let best: { readonly captureTimestampMs: number; readonly capturedAtEpochMs: number } | undefined;
  for (const frame of frames) {
    if (!best || Math.abs(frame.captureTimestampMs - mediaTimeMs) < Math.abs(best.captureTimestampMs - mediaTimeMs)) best = frame;
  }
  return best && Math.abs(best.captureTimestampMs - mediaTimeMs) < 1000 ? best.capturedAtEpochMs + mediaTimeMs - best.captureTimestampMs : undefined;
}
