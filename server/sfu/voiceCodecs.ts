import type { types } from 'mediasoup';

/** What a router carries of voices: Opus with in-band error correction and discontinuous transmission. */
export const VOICE_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1, usedtx: 1 } },
];

/** RTP clock of Opus, whatever rate it codes at (RFC 7587). */
export const VOICE_CLOCK_HZ = 48_000;
/** Length of a packet, ms: its first sample is that much older than its departure. */
export const VOICE_PACKET_MS = 20;
