import { PeerConnection } from 'node-datachannel';
import type { DataChannel } from 'node-datachannel';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';

const OPEN_LIMIT_MS = 20_000;
const LOOPBACK = '127.0.0.1';

/** Where a transport's datagrams go in place of the server: an impaired link. */
export interface Detour {
  readonly address: string;
  readonly port: number;
}

export interface BotTransportOptions {
  readonly parameters: TransportParameters;
  readonly detour: Detour | undefined;
  /** `transport:connect` with this end's certificate. */
  readonly connect: (fingerprint: string) => Promise<unknown>;
}

/** One WebRTC connection (ICE, DTLS, SCTP) to the relay, with channels whose ids both sides know. */
export class BotTransport {
  readonly transportId: string;
  readonly #options: BotTransportOptions;
  readonly #peer: PeerConnection;
  /** Channels that nobody refers to would be collected. */
  readonly #channels: DataChannel[] = [];
  #connected: Promise<void> | undefined;

  constructor(options: BotTransportOptions) {
    this.#options = options;
    this.transportId = options.parameters.transportId;
    this.#peer = new PeerConnection(this.transportId.slice(0, 8), { iceServers: [], bindAddress: LOOPBACK });
  }

  /** The relay's own address and port, as a bot on this machine reaches it. */
  static relayAddress(parameters: TransportParameters): Detour {
    const candidates = parameters.iceCandidates.filter(({ protocol }) => protocol === 'udp');
    const chosen = candidates.find(({ address }) => address === LOOPBACK) ?? candidates[0];
    if (chosen === undefined) throw new Error('expected a UDP candidate of the relay, got none');
    return { address: chosen.address, port: chosen.port };
  }

  /** Makes a channel, unordered and never resent; the first one also connects the transport. */
  async openChannel(streamId: number): Promise<DataChannel> {
    const first = this.#connected === undefined;
    const offered = first ? new Promise<string>((resolve) => this.#peer.onLocalDescription((sdp) => resolve(sdp))) : undefined;
    const channel = this.#peer.createDataChannel(MOTION_CHANNEL_LABEL, {
      negotiated: true, id: streamId, unordered: true, maxRetransmits: 0, protocol: MOTION_CHANNEL_PROTOCOL,
    });
    this.#channels.push(channel);
    if (offered) this.#connected = offered.then((sdp) => this.#connect(sdp));
    await this.#connected;
    await opened(channel);
    return channel;
  }

  close(): void {
    this.#peer.close();
    this.#channels.length = 0;
  }

  async #connect(offer: string): Promise<void> {
    const fingerprint = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(offer)?.[1];
    if (fingerprint === undefined) throw new Error('expected a SHA-256 fingerprint in the offer');
    await this.#options.connect(fingerprint);
    this.#peer.setRemoteDescription(answerFor(this.#options.parameters, this.#options.detour ?? BotTransport.relayAddress(this.#options.parameters)), 'answer');
  }
}

function opened(channel: DataChannel): Promise<void> {
  if (channel.isOpen()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the channel did not open within ${OPEN_LIMIT_MS / 1_000} s`)), OPEN_LIMIT_MS);
    const settle = (finish: () => void) => () => { clearTimeout(timer); finish(); };
    channel.onOpen(settle(resolve));
    channel.onClosed(settle(() => reject(new Error('the channel closed before it was open'))));
  });
}

/** mediasoup's parameters in the words of an SDP answer, with one candidate. */
function answerFor({ iceParameters, dtlsParameters, sctpParameters }: TransportParameters, { address, port }: Detour): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  if (fingerprint === undefined) throw new Error('expected a SHA-256 fingerprint of the relay');
  return [
    'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'a=ice-lite',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendrecv',
    `a=ice-ufrag:${iceParameters.usernameFragment}`, `a=ice-pwd:${iceParameters.password}`,
    'a=setup:passive', `a=fingerprint:sha-256 ${fingerprint.value}`,
    `a=sctp-port:${sctpParameters.port}`, `a=max-message-size:${sctpParameters.maxReceiveMessageSize}`,
    `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`, 'a=end-of-candidates', '',
  ].join('\r\n');
}
