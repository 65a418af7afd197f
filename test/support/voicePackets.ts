const VERSION_AND_EXTENSION = 0x90;
const PAYLOAD_TYPE = 111;
const ONE_BYTE_EXTENSIONS = 0xbede;
const TICKS_A_PACKET = 960;

/** The header extension id of `voiceRtpParameters` for the audio level (RFC 6464). */
const AUDIO_LEVEL_ID = 1;

/** An Opus stream as a browser describes it. */
export function voiceRtpParameters(ssrc: number) {
  return {
    codecs: [{ mimeType: 'audio/opus', payloadType: PAYLOAD_TYPE, clockRate: 48_000 as const, channels: 2 as const, parameters: { useinbandfec: 1, usedtx: 1 }, rtcpFeedback: [] }],
    headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: AUDIO_LEVEL_ID }],
    encodings: [{ ssrc, dtx: true }],
    rtcp: { cname: `voice-${ssrc}` },
  };
}

/**
 * One packet of 20 ms. The payload is no Opus: nobody on the server looks inside.
 * @param levelDbov −127 (silence) to 0
 */
export function voicePacket(ssrc: number, index: number, levelDbov: number): Buffer {
  const packet = Buffer.alloc(12 + 8 + 40);
  packet[0] = VERSION_AND_EXTENSION;
  packet[1] = PAYLOAD_TYPE;
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((index * TICKS_A_PACKET) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.writeUInt16BE(ONE_BYTE_EXTENSIONS, 12);
  packet.writeUInt16BE(1, 14);
  packet[16] = AUDIO_LEVEL_ID << 4;
  packet[17] = 0x80 | -levelDbov;
  return packet;
}
