import type { DataChannel } from 'node-datachannel';
import { BotTransport } from '../../loadtest/bots/botTransport.ts';
import { readMotionBundle } from '../../shared/motion/motionBundle.ts';
import type { MotionBundle } from '../../shared/motion/motionBundle.ts';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import { encodeMotionReport } from '../../shared/motion/motionReport.ts';
import type { MotionReport } from '../../shared/motion/motionReport.ts';
import { SignalingClient } from './signalingClient.ts';

const SEND_STREAM_ID = 0;

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
  readonly #transports: BotTransport[] = [];
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
    const receiving = peer.#createTransport('receive');
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
    const send = await peer.#createTransport('send');
    peer.#transports.push(send);
    // mediasoup hands early messages on only to a producer that exists.
    await client.request('pose:produce', {
      transportId: send.transportId, label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
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

  async #createTransport(direction: 'send' | 'receive'): Promise<BotTransport> {
    const parameters = await this.client.request('transport:create', { direction });
    return new BotTransport({ parameters, detour: undefined, connect: (value) => this.client.request('transport:connect', {
      transportId: parameters.transportId, dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] },
    }) });
  }
}
