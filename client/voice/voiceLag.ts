import type { VoiceTiming } from '../../shared/protocol/voice.ts';

const TICKS_PER_MS = 48;
/** What was heard longer ago says nothing about now. */
const FRESH_MS = 400;
/** A frame handed over is half of a packet: on average its sound is this much younger than the packet's first sample. */
const HALF_FRAME_MS = 5;

/** What of a receiver's synchronization source is used. */
export interface HeardPacket {
  readonly rtpTimestamp: number;
  /** When its sound left the jitter buffer, on the clock of `performance.now()`. */
  readonly heardAtMs: number;
}

/** The packet a receiver has played last; undefined while it plays nothing. */
export function heardPacket(receiver: RTCRtpReceiver, nowMs: number): HeardPacket | undefined {
  const source = receiver.getSynchronizationSources().toSorted((a, b) => b.timestamp - a.timestamp)[0];
  if (source === undefined) return undefined;
  // Some browsers count from the page's beginning, others from 1970.
  const heardAtMs = source.timestamp > 1e11 ? source.timestamp - performance.timeOrigin : source.timestamp;
  return nowMs - heardAtMs > FRESH_MS ? undefined : { rtpTimestamp: source.rtpTimestamp, heardAtMs };
}

/**
 * From a sound at the microphone to its leaving the jitter buffer, ms.
 * @param heardAtRoomMs `heardAtMs` on the room clock
 */
export function voiceLagMs({ rtpTimestamp }: HeardPacket, heardAtRoomMs: number, timing: VoiceTiming): number {
  // Signed distance modulo 2³².
  const mediaMs = ((rtpTimestamp - timing.rtpTimestamp) | 0) / TICKS_PER_MS;
  return heardAtRoomMs - (timing.capturedAtMs + mediaMs) - HALF_FRAME_MS;
}
