import type { types } from 'mediasoup';
import { MOTION_BUNDLE_MAX_BYTES } from '../../shared/motion/motionBundle.ts';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { POSE_MESSAGE_MAX_BYTES } from '../../shared/protocol/limits.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ChannelGate } from './channelGate.ts';
import { MotionOutlet } from './motionOutlet.ts';
import { VOICE_CODECS } from './voiceCodecs.ts';

/** Why a router ended: closed by its room, or its worker died. */
export type RouterEnd = 'closed' | 'worker-died';

/**
 * Send buffer of a receiver's transport. mediasoup's default of 2 MB would be minutes of stale motion; this is about a
 * quarter second of a full room, and an unordered channel's frames do not even wait for it: they expire at once.
 */
const SEND_BUFFER_BYTES = 16 * 1024;
const STREAM_QUEUE_BYTES = 8 * 1024;
/** What waits in the relay because the link's window is full is thrown away after this. */
const QUEUED_MS = 80;
/** SCTP's payload protocol of text on a data channel (RFC 8831). */
const TEXT_PPID = 51;
/** A link that has not proved its path for so long is closed. */
const ICE_CONSENT_TIMEOUT_SECONDS = 15;

/** The relay of one room: a mediasoup router and a direct transport that listens in on the pose frames. */
export class RoomRouter {
  readonly #router: types.Router;
  readonly #webRtcServer: types.WebRtcServer;
  readonly #tapTransport: types.DirectTransport;
  readonly #gate: ChannelGate;
  readonly #metrics: Metrics;
  #outlet: Promise<MotionOutlet> | undefined;
  readonly #closedListeners: ((end: RouterEnd) => void)[] = [];

  private constructor(router: types.Router, webRtcServer: types.WebRtcServer, tapTransport: types.DirectTransport, gate: ChannelGate, metrics: Metrics) {
    this.#router = router;
    this.#gate = gate;
    this.#webRtcServer = webRtcServer;
    this.#tapTransport = tapTransport;
    this.#metrics = metrics;
    let end: RouterEnd = 'closed';
    router.on('workerclose', () => { end = 'worker-died'; this.#announceClosed(end); });
    router.observer.on('close', () => { if (end === 'closed') this.#announceClosed(end); });
  }

  static async create(worker: types.Worker, webRtcServer: types.WebRtcServer, gate: ChannelGate, metrics: Metrics): Promise<RoomRouter> {
    const router = await gate.hold(worker.createRouter({ mediaCodecs: VOICE_CODECS }));
    try {
      const tap = await gate.hold(router.createDirectTransport({ maxSendMessageSize: MOTION_BUNDLE_MAX_BYTES }));
      return new RoomRouter(router, webRtcServer, tap, gate, metrics);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  /** For mediasoup-client's `Device.load`. */
  get rtpCapabilities(): types.RouterRtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  /** mediasoup's own, for voices. */
  get router(): types.Router {
    return this.#router;
  }

  get closed(): boolean {
    return this.#router.closed;
  }

  /** Called once, when the router has ended, with everything on it. */
  onClosed(listener: (end: RouterEnd) => void): void {
    this.#closedListeners.push(listener);
  }

  async createTransport(): Promise<types.WebRtcTransport> {
    const transport = await this.answer(this.#router.createWebRtcTransport({
      webRtcServer: this.#webRtcServer,
      enableUdp: true, enableTcp: true, preferUdp: true,
      iceConsentTimeout: ICE_CONSENT_TIMEOUT_SECONDS,
      enableSctp: true,
      maxSendMessageSize: MOTION_BUNDLE_MAX_BYTES,
      maxReceiveMessageSize: POSE_MESSAGE_MAX_BYTES,
      sctpSendBufferSize: SEND_BUFFER_BYTES,
      sctpPerStreamSendQueueLimit: STREAM_QUEUE_BYTES,
    }));
    this.#metrics.transports.inc();
    transport.observer.once('close', () => this.#metrics.transports.dec());
    return transport;
  }

  /** What a client needs to make its side of a transport. */
  static describeTransport(transport: types.WebRtcTransport): TransportParameters {
    if (transport.sctpParameters === undefined) throw new Error('expected a transport with SCTP');
    return {
      transportId: transport.id,
      iceParameters: { ...transport.iceParameters },
      iceCandidates: transport.iceCandidates.map((candidate) => ({ ...candidate })),
      dtlsParameters: { ...transport.dtlsParameters },
      sctpParameters: { ...transport.sctpParameters },
    };
  }

  /** The receiving end of a participant's pose channel. */
  async produce(transport: types.WebRtcTransport, streamId: number): Promise<types.DataProducer> {
    return this.answer(transport.produceData({
      // Zero retransmits are implied: mediasoup takes `maxRetransmits: 0` for unset and never resends what is unordered.
      sctpStreamParameters: { streamId, ordered: false },
      label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
    }));
  }

  /**
   * Delivers a participant's motion, or with `subchannel` the room's bundles, to a receiver; paused until the receiver has
   * made its side.
   */
  async consume(transport: types.WebRtcTransport, dataProducerId: string, subchannel?: number): Promise<types.DataConsumer> {
    const consumer = await this.answer(transport.consumeData({
      dataProducerId, ordered: false, maxPacketLifeTime: QUEUED_MS, paused: true,
      ...(subchannel === undefined ? {} : { subchannels: [subchannel] }),
    }));
    this.#metrics.dataConsumers.inc();
    consumer.observer.once('close', () => this.#metrics.dataConsumers.dec());
    consumer.on('sctpsendbufferfull', () => this.#metrics.poseFramesDropped.inc());
    return consumer;
  }

  /** Hands every message of a motion channel to `onMessage`, on this process's side of the relay; `isText` where it is not binary. */
  async tap(dataProducerId: string, onMessage: (bytes: Uint8Array, isText: boolean) => void): Promise<void> {
    const consumer = await this.answer(this.#tapTransport.consumeData({ dataProducerId }));
    consumer.on('message', (message, ppid) => onMessage(message, ppid === TEXT_PPID));
  }

  /** Where the room's bundles enter this router; made when first asked for. */
  outlet(): Promise<MotionOutlet> {
    this.#outlet ??= this.answer(this.#tapTransport.produceData({ label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL }))
      .then((producer) => new MotionOutlet(producer));
    return this.#outlet;
  }

  /** Waits for the worker's answer without waiting for the next tick. */
  answer<T>(asked: Promise<T>): Promise<T> {
    return this.#gate.hold(asked);
  }

  /** Closes the router and every transport, producer and consumer on it. */
  close(): void {
    this.#router.close();
  }

  #announceClosed(end: RouterEnd): void {
    for (const listener of this.#closedListeners.splice(0)) listener(end);
  }
}

/** Turns what mediasoup throws at a request into an error for the one who asked. */
export function transportError(error: unknown, action: string): StippleError {
  if (error instanceof StippleError) return error;
  return new StippleError('TRANSPORT_STATE', { message: `${action}: ${(error as Error).message}`.slice(0, 200), cause: error });
}
