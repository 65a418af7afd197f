import type { types } from 'mediasoup';
import { StippleError } from '../../shared/protocol/errors.ts';
import { POSE_MESSAGE_MAX_BYTES } from '../../shared/protocol/limits.ts';
import { POSE_CHANNEL_LABEL, POSE_CHANNEL_PROTOCOL } from '../../shared/protocol/poseFrame.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** Why a router ended: closed by its room, or its worker died. */
export type RouterEnd = 'closed' | 'worker-died';

/**
 * Send buffer of a receiver's transport. mediasoup's default of 2 MB would be minutes of stale motion; this is about a
 * quarter second of a full room, and an unordered channel's frames do not even wait for it: they expire at once.
 */
const SEND_BUFFER_BYTES = 16 * 1024;
const STREAM_QUEUE_BYTES = 2 * 1024;
/** Streams a transport can carry: one for each other participant, with room to spare while they come and go. */
const ICE_CONSENT_TIMEOUT_SECONDS = 15;

/** The relay of one room: a mediasoup router and a direct transport that listens in on the pose frames. */
export class RoomRouter {
  readonly #router: types.Router;
  readonly #webRtcServer: types.WebRtcServer;
  readonly #tapTransport: types.DirectTransport;
  readonly #metrics: Metrics;
  readonly #closedListeners: ((end: RouterEnd) => void)[] = [];

  private constructor(router: types.Router, webRtcServer: types.WebRtcServer, tapTransport: types.DirectTransport, metrics: Metrics) {
    this.#router = router;
    this.#webRtcServer = webRtcServer;
    this.#tapTransport = tapTransport;
    this.#metrics = metrics;
    let end: RouterEnd = 'closed';
    router.on('workerclose', () => { end = 'worker-died'; this.#announceClosed(end); });
    router.observer.on('close', () => { if (end === 'closed') this.#announceClosed(end); });
  }

  static async create(worker: types.Worker, webRtcServer: types.WebRtcServer, metrics: Metrics): Promise<RoomRouter> {
    const router = await worker.createRouter();
    try {
      const tap = await router.createDirectTransport({ maxSendMessageSize: POSE_MESSAGE_MAX_BYTES });
      return new RoomRouter(router, webRtcServer, tap, metrics);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  /** For mediasoup-client's `Device.load`. */
  get rtpCapabilities(): types.RouterRtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  get closed(): boolean {
    return this.#router.closed;
  }

  /** Called once, when the router has ended, with everything on it. */
  onClosed(listener: (end: RouterEnd) => void): void {
    this.#closedListeners.push(listener);
  }

  async createTransport(): Promise<types.WebRtcTransport> {
    const transport = await this.#router.createWebRtcTransport({
      webRtcServer: this.#webRtcServer,
      enableUdp: true, enableTcp: true, preferUdp: true,
      iceConsentTimeout: ICE_CONSENT_TIMEOUT_SECONDS,
      enableSctp: true,
      maxSendMessageSize: POSE_MESSAGE_MAX_BYTES,
      maxReceiveMessageSize: POSE_MESSAGE_MAX_BYTES,
      sctpSendBufferSize: SEND_BUFFER_BYTES,
      sctpPerStreamSendQueueLimit: STREAM_QUEUE_BYTES,
    });
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
    return transport.produceData({
      // Zero retransmits are implied: mediasoup takes `maxRetransmits: 0` for unset and never resends what is unordered.
      sctpStreamParameters: { streamId, ordered: false },
      label: POSE_CHANNEL_LABEL, protocol: POSE_CHANNEL_PROTOCOL,
    });
  }

  /** Delivers a pose channel to a receiver; paused until the receiver has made its side. */
  async consume(transport: types.WebRtcTransport, dataProducerId: string): Promise<types.DataConsumer> {
    const consumer = await transport.consumeData({ dataProducerId, ordered: false, paused: true });
    this.#metrics.dataConsumers.inc();
    consumer.observer.once('close', () => this.#metrics.dataConsumers.dec());
    consumer.on('sctpsendbufferfull', () => this.#metrics.poseFramesDropped.inc());
    return consumer;
  }

  /** Hands every message of a pose channel to `onMessage`, on this process's side of the relay. */
  async tap(dataProducerId: string, onMessage: (bytes: Uint8Array) => void): Promise<void> {
    const consumer = await this.#tapTransport.consumeData({ dataProducerId });
    consumer.on('message', (message) => onMessage(message));
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
