/**
 * What a datagram costs on the wire beside its UDP payload: IPv4 and UDP headers. Link-layer headers are not counted, as
 * nowhere in the project's figures.
 */
export const IP_AND_UDP_BYTES = 20 + 8;
/** DTLS 1.2 record with AES-GCM: header, explicit nonce, tag. */
const DTLS_BYTES = 13 + 8 + 16;
const SCTP_HEADER_BYTES = 12;
const SCTP_DATA_CHUNK_BYTES = 16;
/** A selective acknowledgement without gaps, or a heartbeat, in a packet by itself: UDP payload. */
const ACKNOWLEDGEMENT_BYTES = DTLS_BYTES + SCTP_HEADER_BYTES + 16;

/** What one direction of one transport carried: bytes from the transport's statistics, messages as the bot counted them. */
export interface DirectionCount {
  /** UDP payload of all kinds: DTLS with SCTP data and acknowledgements, STUN. */
  readonly udpPayloadBytes: number;
  readonly messages: number;
  readonly messageBytes: number;
}

/**
 * Bytes on the wire, IP and UDP headers included. The transport's statistics count UDP payload, not datagrams; these are
 * worked out: a message is a datagram of known overhead (SCTP pads to four bytes), and whatever payload is left
 * over is acknowledgements, the smallest thing that is sent, so that their number is not underrated.
 * `test/integration/loadtest` compares this with datagrams counted one by one.
 */
export function wireBytes({ udpPayloadBytes, messages, messageBytes }: DirectionCount): number {
  const paddingBytes = messages * 1.5;
  const dataBytes = messageBytes + paddingBytes + messages * (DTLS_BYTES + SCTP_HEADER_BYTES + SCTP_DATA_CHUNK_BYTES);
  const acknowledgements = Math.max(0, udpPayloadBytes - dataBytes) / ACKNOWLEDGEMENT_BYTES;
  return udpPayloadBytes + (messages + acknowledgements) * IP_AND_UDP_BYTES;
}
