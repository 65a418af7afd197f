import { Device } from 'mediasoup-client';
import type { types } from 'mediasoup-client';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { DataConsumerInfo, ReplyOf } from '../../shared/protocol/signaling.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';
import { sumLinkStats } from './linkStats.ts';
import type { LinkStats } from './linkStats.ts';
import { VoiceChannel } from './voiceChannel.ts';

/**
 * Bytes allowed to wait in the channel. Motion is a few hundred bytes a second: three frames waiting are a tenth of a second
 * of stale motion, and newer frames are better than older ones.
 */
const MAX_BUFFERED_BYTES = 120;

export interface PoseTransportEvents {
  /** A message of the room's bundle channel, as it came. */
  readonly onBundle: (bytes: Uint8Array) => void;
  /** A message of one participant's channel, where the relay sends no bundles. */
  readonly onFrame: (participantId: string, bytes: Uint8Array) => void;
  /** ICE or DTLS gave up; the transports are of no more use. */
  readonly onFailed: () => void;
}

/**
 * Both directions of the WebRTC link to the relay: one unordered, never-resent channel out for the own motion, one in
 * for the room's (or one for each of the others). Belongs to one signalling connection and ends with it.
 */
export class PoseTransport {
  readonly #signaling: SignalingConnection;
  readonly #events: PoseTransportEvents;
  readonly #device: Device;
  readonly #consumers = new Map<string, types.DataConsumer>();
  #send: types.Transport | undefined;
  #receive: types.Transport | undefined;
  #producer: types.DataProducer | undefined;
  #voice: VoiceChannel | undefined;
  #closed = false;
  #droppedFrames = 0;

  private constructor(signaling: SignalingConnection, device: Device, events: PoseTransportEvents) {
    this.#signaling = signaling;
    this.#device = device;
    this.#events = events;
  }

  /**
   * Sets up both directions and starts to listen.
   * @throws StippleError when the browser has no WebRTC or the server refuses.
   */
  static async open(signaling: SignalingConnection, routerRtpCapabilities: ReplyOf<'room:join'>['routerRtpCapabilities'], events: PoseTransportEvents): Promise<PoseTransport> {
    let device: Device;
    try {
      device = new Device();
    } catch (cause) {
      throw new StippleError('SFU_UNAVAILABLE', { message: 'This browser has no WebRTC, which the room needs.', retryable: false, cause });
    }
    await device.load({ routerRtpCapabilities: routerRtpCapabilities as types.RtpCapabilities });
    const transport = new PoseTransport(signaling, device, events);
    try {
      // The receiving side first: the server offers the others' channels as soon as it exists.
      transport.#receive = await transport.#createTransport('receive');
      transport.#send = await transport.#createTransport('send');
      transport.#producer = await transport.#send.produceData({
        ordered: false, maxRetransmits: 0, label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
      });
      transport.#voice = new VoiceChannel(signaling, device, transport.#send, transport.#receive);
    } catch (error) {
      transport.close();
      throw error;
    }
    return transport;
  }

  /** Frames not sent because older ones were still waiting. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Voices, over the same two transports. */
  get voice(): VoiceChannel | undefined {
    return this.#voice;
  }

  /** Whether the channel out is open. */
  get ready(): boolean {
    return this.#producer?.readyState === 'open';
  }

  /** Sends now or drops; never queues. Says whether it was sent. */
  send(bytes: Uint8Array): boolean {
    const producer = this.#producer;
    if (!producer || producer.readyState !== 'open') return false;
    if (producer.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#droppedFrames++;
      return false;
    }
    producer.send(bytes as Uint8Array<ArrayBuffer>);
    return true;
  }

  /** Words for the relay itself, on the same channel; dropped where frames would be. */
  sendText(text: string): void {
    if (this.#producer?.readyState === 'open' && this.#producer.bufferedAmount <= MAX_BUFFERED_BYTES) this.#producer.send(text);
  }

  /** Makes the channel that the server offers; resolve before acknowledging, frames flow from then on. */
  async consume(info: DataConsumerInfo): Promise<void> {
    if (!this.#receive || this.#closed) throw new StippleError('TRANSPORT_STATE');
    const consumer = await this.#receive.consumeData({
      id: info.dataConsumerId, dataProducerId: info.dataProducerId,
      sctpStreamParameters: info.sctpStreamParameters as types.SctpStreamParameters, label: info.label, protocol: info.protocol,
    });
    consumer.binaryType = 'arraybuffer';
    consumer.on('message', (data: unknown) => {
      if (!(data instanceof ArrayBuffer)) return;
      if (info.participantId === undefined) this.#events.onBundle(new Uint8Array(data));
      else this.#events.onFrame(info.participantId, new Uint8Array(data));
    });
    this.#consumers.set(info.dataConsumerId, consumer);
  }

  stopConsuming(dataConsumerId: string): void {
    this.#consumers.get(dataConsumerId)?.close();
    this.#consumers.delete(dataConsumerId);
  }

  /** What both links have carried so far, headers included as far as the browser counts them. */
  async stats(): Promise<LinkStats> {
    const reports = await Promise.all([this.#send, this.#receive].map((transport) => transport && !transport.closed ? transport.getStats() : undefined));
    return sumLinkStats(reports);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#consumers.clear();
    this.#send?.close();
    this.#receive?.close();
  }

  async #createTransport(direction: 'send' | 'receive'): Promise<types.Transport> {
    const { transportId, ...parameters } = await this.#signaling.request('transport:create', { direction });
    const options = { id: transportId, ...parameters } as unknown as types.TransportOptions;
    const transport = direction === 'send' ? this.#device.createSendTransport(options) : this.#device.createRecvTransport(options);
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      this.#signaling.request('transport:connect', { transportId, dtlsParameters: dtlsParameters as never }).then(() => done(), failed);
    });
    transport.on('producedata', ({ sctpStreamParameters }, done, failed) => {
      this.#signaling.request('pose:produce', {
        transportId,
        sctpStreamParameters: { streamId: sctpStreamParameters.streamId ?? 0, ordered: false, maxRetransmits: 0 },
        label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
      }).then(({ dataProducerId }) => done({ id: dataProducerId }), failed);
    });
    transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      if (state === 'failed') this.#events.onFailed();
      else if (state === 'disconnected') void this.#restartIce(transport);
    });
    return transport;
  }

  async #restartIce(transport: types.Transport): Promise<void> {
    try {
      const { iceParameters } = await this.#signaling.request('transport:restartIce', { transportId: transport.id });
      if (!this.#closed) await transport.restartIce({ iceParameters: iceParameters as types.IceParameters });
    } catch {
      if (!this.#closed) this.#events.onFailed();
    }
  }
}
