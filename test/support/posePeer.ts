import { PeerConnection } from 'node-datachannel';
import type { DataChannel } from 'node-datachannel';
import { readMotionBundle } from '../../shared/motion/motionBundle.ts';
import type { MotionBundle } from '../../shared/motion/motionBundle.ts';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import { encodeMotionReport } from '../../shared/motion/motionReport.ts';
import type { MotionReport } from '../../shared/motion/motionReport.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import { SignalingClient } from './signalingClient.ts';

const OPEN_LIMIT_MS = 15_000;
const SEND_STREAM_ID = 0;

/** One WebRTC connection (ICE, DTLS, SCTP) to a mediasoup transport, with channels whose ids both sides know. */
class DataTransport {
  readonly parameters: TransportParameters;
  readonly #client: SignalingClient;
  readonly #peer: PeerConnection;
  #connected: Promise<void> | undefined;

  constructor(client: SignalingClient, parameters: TransportParameters) {
    this.#client = client;
    this.parameters = parameters;
    this.#peer = new PeerConnection(parameters.transportId.slice(0, 8), { iceServers: [] });
  }

  /** Makes a channel; the first one also connects the transport. */
  async openChannel(streamId: number): Promise<DataChannel> {
    const first = this.#connected === undefined;
    const offered = first ? new Promise<string>((resolve) => this.#peer.onLocalDescription((sdp) => resolve(sdp))) : undefined;
    const channel = this.#peer.createDataChannel(MOTION_CHANNEL_LABEL, {
      negotiated: true, id: streamId, unordered: true, maxRetransmits: 0, protocol: MOTION_CHANNEL_PROTOCOL,
    });
    if (offered) this.#connected = offered.then((sdp) => this.#connect(sdp));
    await this.#connected;
    await opened(channel);
    return channel;
  }

  close(): void {
    this.#peer.close();
  }

  async #connect(offer: string): Promise<void> {
    const value = /a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(offer)?.[1];
    if (value === undefined) throw new Error('expected a fingerprint in the offer');
    await this.#client.request('transport:connect', {
      transportId: this.parameters.transportId, dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] },
    });
    this.#peer.setRemoteDescription(answerFor(this.parameters), 'answer');
  }
}

/** A participant with a real WebRTC stack: joins a room, produces a motion channel, consumes the room's bundles or each other's channel. */
export class PosePeer {
  readonly client: SignalingClient;
  /** Frames by the participant they came from. */
  readonly messages = new Map<string, Uint8Array[]>();
  /** Bundles in the order they came. */
  readonly bundles: MotionBundle[] = [];
  slot = -1;
  /** Participants by slot. */
  readonly #slots = new Map<number, string>();
  onMessage: (participantId: string, bytes: Uint8Array) => void = () => {};
  /** Keeps received channels from being collected. */
  readonly #channels: DataChannel[] = [];
  readonly #transports: DataTransport[] = [];
  #sendChannel: DataChannel | undefined;
  participantId = '';
  participantToken = '';
  roomToken = '';

  private constructor(client: SignalingClient) {
    this.client = client;
  }

  static async join(url: string, roomId: string, displayName: string, options: { client?: SignalingClient; participantToken?: string } = {}): Promise<PosePeer> {
    const client = options.client ?? await SignalingClient.open(url);
    const peer = new PosePeer(client);
    const joined = await client.request('room:join', {
      roomId, displayName, ...(options.participantToken === undefined ? {} : { participantToken: options.participantToken }),
    });
    for (const { slot, participantId } of joined.participants) peer.#slots.set(slot, participantId);
    client.socket.on('room:participantJoined', ({ participant }: { participant: { slot: number; participantId: string } }) => {
      peer.#slots.set(participant.slot, participant.participantId);
    });
    peer.participantId = joined.participantId;
    peer.slot = joined.participants.find(({ participantId }) => participantId === joined.participantId)!.slot;
    peer.participantToken = joined.participantToken;
    peer.roomToken = joined.roomToken;
    // Consumers may be announced in the same breath as the transport's reply: listen before asking.
    const receiving = peer.#createTransport('receive').then((parameters) => new DataTransport(client, parameters));
    client.onConsumerCreated = async (consumer) => {
      // Fails when this peer or the other one leaves meanwhile.
      const channel = await (await receiving).openChannel(consumer.sctpStreamParameters.streamId).catch(() => undefined);
      if (channel === undefined) return false;
      channel.onMessage((message) => {
        if (typeof message === 'string') return;
        const bytes = new Uint8Array(message);
        if (consumer.participantId === undefined) peer.#takeBundle(bytes);
        else peer.#takeFrame(consumer.participantId, bytes);
      });
      peer.#channels.push(channel);
      return true;
    };
    peer.#transports.push(await receiving);
    const send = new DataTransport(client, await peer.#createTransport('send'));
    peer.#transports.push(send);
    // mediasoup hands early messages on only to a producer that exists.
    await client.request('pose:produce', {
      transportId: send.parameters.transportId, label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
      sctpStreamParameters: { streamId: SEND_STREAM_ID, ordered: false, maxRetransmits: 0 },
    });
    peer.#sendChannel = await send.openChannel(SEND_STREAM_ID);
    return peer;
  }

  send(bytes: Uint8Array): void {
    if (this.#sendChannel?.isOpen() === true) this.#sendChannel.sendMessageBinary(Buffer.from(bytes));
  }

  report(report: MotionReport): void {
    this.#sendChannel?.sendMessage(encodeMotionReport(report));
  }

  /** Sends until the other has received something newer than before; for tests that need a path, not a rate. */
  async sendUntilReceivedBy(other: PosePeer, makeBytes: (index: number) => Uint8Array): Promise<Uint8Array> {
    const before = other.messages.get(this.participantId)?.length ?? 0;
    for (let index = 0; index < 500; index++) {
      this.send(makeBytes(index));
      await new Promise((resolve) => setTimeout(resolve, 20));
      const list = other.messages.get(this.participantId) ?? [];
      if (list.length > before) return list.at(-1)!;
    }
    throw new Error('nothing sent was received within 10 s');
  }

  /** Ends the WebRTC connections alone. */
  closeTransports(): void {
    for (const transport of this.#transports) transport.close();
  }

  close(): void {
    this.closeTransports();
    this.client.close();
  }

  #takeBundle(bytes: Uint8Array): void {
    const bundle = readMotionBundle(bytes);
    if (bundle === undefined) throw new Error('expected a bundle');
    this.bundles.push(bundle);
    for (const { slot, frame } of bundle.entries) {
      const participantId = this.#slots.get(slot);
      if (participantId !== undefined && participantId !== this.participantId) this.#takeFrame(participantId, frame);
    }
  }

  #takeFrame(participantId: string, bytes: Uint8Array): void {
    const list = this.messages.get(participantId) ?? [];
    this.messages.set(participantId, list);
    list.push(bytes);
    this.onMessage(participantId, bytes);
  }

  #createTransport(direction: 'send' | 'receive'): Promise<TransportParameters> {
    return this.client.request('transport:create', { direction });
  }
}

function opened(channel: DataChannel): Promise<void> {
  if (channel.isOpen()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the channel did not open')), OPEN_LIMIT_MS);
    channel.onOpen(() => { clearTimeout(timer); resolve(); });
  });
}

/** mediasoup's parameters in the words of an SDP answer. */
function answerFor({ iceParameters, iceCandidates, dtlsParameters, sctpParameters }: TransportParameters): string {
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  if (fingerprint === undefined) throw new Error('expected a SHA-256 fingerprint');
  return [
    'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'a=ice-lite',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendrecv',
    `a=ice-ufrag:${iceParameters.usernameFragment}`, `a=ice-pwd:${iceParameters.password}`,
    'a=setup:passive', `a=fingerprint:sha-256 ${fingerprint.value}`,
    `a=sctp-port:${sctpParameters.port}`, `a=max-message-size:${sctpParameters.maxReceiveMessageSize}`,
    ...iceCandidates.filter(({ protocol }) => protocol === 'udp').map((candidate) =>
      `a=candidate:${candidate.foundation} 1 udp ${candidate.priority} ${candidate.address} ${candidate.port} typ host`),
    'a=end-of-candidates', '',
  ].join('\r\n');
}
