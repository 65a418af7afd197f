import type { types } from 'mediasoup';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { DataConsumerInfo } from '../../shared/protocol/signaling.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import { FrameMonitor } from './frameMonitor.ts';
import type { Levels } from './motionInterest.ts';
import { MotionViewer } from './motionViewer.ts';
import type { PoseRelayOptions } from './poseRelay.ts';
import { RoomRouter, transportError } from './roomRouter.ts';
import type { TickBundler } from './tickBundler.ts';

/** Whom a link speaks to. */
export interface PoseLinkOwner {
  readonly participantId: string;
  readonly slot: number;
  /** Resolves true once the client has made its side of the channel, false when it did not in time. */
  announceConsumer(consumer: DataConsumerInfo): Promise<boolean>;
  announceConsumerClosed(dataConsumerId: string, participantId: string | undefined): void;
  announceRejected(error: StippleError, framesRejected: number): void;
  /** The owner misuses the relay: end its connection. */
  endForAbuse(error: StippleError): void;
}

interface LinkListeners {
  producerOpened(): void;
  receiverOpened(): void;
  closed(): void;
}

export type Direction = 'send' | 'receive';

/**
 * One connection's side of the relay: a transport in each direction, its motion producer, and a consumer of the room's
 * bundles, or plainly one of each other's motion.
 */
export class PoseLink {
  readonly owner: PoseLinkOwner;
  readonly #options: PoseRelayOptions;
  readonly #bundler: TickBundler | undefined;
  readonly #listeners: LinkListeners;
  #placing: Promise<RoomRouter> | undefined;
  #router: RoomRouter | undefined;
  #viewer: MotionViewer | undefined;
  #wanted: Levels = new Map();
  /** `'opening'` reserves the direction while the worker is asked. */
  readonly #transports = new Map<Direction, types.WebRtcTransport | 'opening'>();
  /** By the link they come from; `'opening'` as above. */
  readonly #consumers = new Map<PoseLink, types.DataConsumer | 'opening'>();
  #producer: types.DataProducer | 'opening' | undefined;
  #closed = false;

  /** @param bundler where motion is bundled; undefined: plainly. */
  constructor(owner: PoseLinkOwner, options: PoseRelayOptions, bundler: TickBundler | undefined, listeners: LinkListeners) {
    this.owner = owner;
    this.#options = options;
    this.#bundler = bundler;
    this.#listeners = listeners;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** mediasoup's own router, for voices: the one this link's transports are on. */
  get router(): types.Router {
    return (this.#router ?? this.#options.routers.first).router;
  }

  /** One of the transports, once it stands, for voices. */
  webRtcTransport(direction: Direction): types.WebRtcTransport | undefined {
    const transport = this.#transports.get(direction);
    return transport === 'opening' ? undefined : transport;
  }

  /** @throws StippleError TRANSPORT_EXISTS */
  async createTransport(direction: Direction): Promise<TransportParameters> {
    if (this.#transports.has(direction)) throw new StippleError('TRANSPORT_EXISTS', { details: { direction } });
    this.#transports.set(direction, 'opening');
    let transport: types.WebRtcTransport;
    try {
      transport = await (await this.#place()).createTransport();
    } catch (error) {
      this.#transports.delete(direction);
      throw new StippleError('SFU_UNAVAILABLE', { cause: error });
    }
    if (this.#closed) {
      transport.close();
      throw new StippleError('NOT_IN_ROOM');
    }
    this.#transports.set(direction, transport);
    // A transport that ended by itself (DTLS failed or closed, consent lost) makes way for a new one.
    const gone = (): void => { if (!transport.closed) transport.close(); };
    transport.on('dtlsstatechange', (state) => { if (state === 'failed' || state === 'closed') gone(); });
    transport.on('icestatechange', (state) => { if (state === 'disconnected' && direction === 'receive') this.#noteStalled(); });
    transport.observer.once('close', () => {
      if (this.#transports.get(direction) === transport) this.#transports.delete(direction);
    });
    if (direction === 'receive') this.#listeners.receiverOpened();
    return RoomRouter.describeTransport(transport);
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE */
  async connectTransport(transportId: string, dtlsParameters: types.DtlsParameters): Promise<void> {
    const { transport, router } = this.#find(transportId);
    await router.answer(transport.connect({ dtlsParameters })).catch((error: unknown) => {
      throw transportError(error, 'the transport was not connected');
    });
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE */
  async restartIce(transportId: string): Promise<types.IceParameters> {
    const { transport, router } = this.#find(transportId);
    return router.answer(transport.restartIce()).catch((error: unknown) => {
      throw transportError(error, 'ICE was not restarted');
    });
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE, DATA_PRODUCER_EXISTS */
  async produce(transportId: string, streamId: number): Promise<string> {
    const { transport, direction, router } = this.#find(transportId);
    if (direction !== 'send') {
      throw new StippleError('TRANSPORT_STATE', {
        message: 'pose:produce: field transportId: expected the send transport, got the receive transport',
        details: { field: 'transportId', expected: 'the send transport', got: 'the receive transport' },
      });
    }
    if (this.#producer !== undefined) throw new StippleError('DATA_PRODUCER_EXISTS');
    this.#producer = 'opening';
    let producer: types.DataProducer;
    try {
      producer = await router.produce(transport, streamId);
    } catch (error) {
      this.#producer = undefined;
      throw transportError(error, 'the pose channel was not opened');
    }
    if (this.#closed || producer.closed) {
      producer.close();
      throw new StippleError('NOT_IN_ROOM');
    }
    this.#producer = producer;
    producer.observer.once('close', () => { if (this.#producer === producer) this.#producer = undefined; });
    await this.#watch(producer, router);
    if (!producer.closed) this.#listeners.producerOpened();
    return producer.id;
  }

  /** What this viewer wants of whom. */
  want(levels: Levels): void {
    this.#wanted = levels;
    if (this.#viewer) this.#bundler?.want(this.#viewer, levels);
  }

  /** Opens the channel of the room's bundles on this link's receive transport. */
  async receiveBundles(): Promise<void> {
    const transport = this.webRtcTransport('receive');
    const router = this.#router;
    if (transport === undefined || router === undefined || this.#bundler === undefined) return;
    this.#viewer = await this.#bundler.admit(async (channel) => {
      const outlet = await router.outlet();
      const consumer = await router.consume(transport, outlet.dataProducerId, channel);
      return await this.#announce(consumer, undefined) ? new MotionViewer(channel, outlet, consumer) : undefined;
    });
    if (this.#viewer) this.#bundler.want(this.#viewer, this.#wanted);
  }

  /** Plainly: joins another's producer to this link's receive transport where both stand; otherwise does nothing. */
  async receiveFrom(from: PoseLink): Promise<void> {
    const transport = this.webRtcTransport('receive');
    const producer = from.#producer;
    if (transport === undefined || producer === undefined || producer === 'opening') return;
    if (this.#consumers.has(from)) return;
    this.#consumers.set(from, 'opening');
    let consumer: types.DataConsumer;
    try {
      consumer = await (await this.#place()).consume(transport, producer.id);
    } catch (error) {
      this.#consumers.delete(from);
      throw error;
    }
    this.#consumers.set(from, consumer);
    consumer.observer.once('close', () => { if (this.#consumers.get(from) === consumer) this.#consumers.delete(from); });
    await this.#announce(consumer, from.owner.participantId);
  }

  /** Ends both transports and all that is on them. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const transport of [...this.#transports.values()]) {
      if (transport !== 'opening') transport.close();
    }
    this.#transports.clear();
    this.#consumers.clear();
    this.#producer = undefined;
    if (this.#router) this.#options.routers.release(this.#router);
    this.#listeners.closed();
  }

  /** Tells the client of a consumer and lets it flow once the client's side stands; false, and closed, where that never comes. */
  async #announce(consumer: types.DataConsumer, participantId: string | undefined): Promise<boolean> {
    consumer.on('dataproducerclose', () => {
      if (!this.#closed) this.owner.announceConsumerClosed(consumer.id, participantId);
    });
    const { sctpStreamParameters } = consumer;
    if (sctpStreamParameters === undefined) throw new Error('expected an SCTP consumer');
    const ready = await this.owner.announceConsumer({
      dataConsumerId: consumer.id,
      dataProducerId: consumer.dataProducerId,
      ...(participantId === undefined ? {} : { participantId }),
      sctpStreamParameters,
      label: consumer.label,
      protocol: consumer.protocol,
    });
    if (consumer.closed) return false;
    if (ready) await this.#router!.answer(consumer.resume());
    else consumer.close();
    return ready && !consumer.closed;
  }

  /** The router that this link's transports are on; chosen when first needed. */
  #place(): Promise<RoomRouter> {
    this.#placing ??= this.#options.routers.place().then((router) => {
      if (this.#closed) this.#options.routers.release(router);
      else this.#router = router;
      return router;
    });
    return this.#placing;
  }

  async #watch(producer: types.DataProducer, router: RoomRouter): Promise<void> {
    const { metrics, framesPerSecond } = this.#options;
    const source = this.#bundler?.addSource(this.owner.slot);
    if (source) producer.observer.once('close', () => this.#bundler?.removeSource(source));
    const monitor = new FrameMonitor({
      framesPerSecond,
      nowMs: () => performance.now(),
      onFrame: (bytes, header) => {
        metrics.poseFrames.inc();
        source?.take(bytes, header, performance.now());
      },
      onReport: (report) => { if (this.#viewer) this.#bundler?.handleReport(this.#viewer, report); },
      onRejected: () => metrics.poseFramesRejected.inc(),
      report: (error, framesRejected) => this.owner.announceRejected(error, framesRejected),
      onAbuse: (error) => {
        producer.close();
        this.owner.endForAbuse(error);
      },
    });
    await router.tap(producer.id, (bytes, isText) => monitor.handleMessage(bytes, isText)).catch((error: unknown) => {
      throw transportError(error, 'the pose channel was not opened');
    });
  }

  #noteStalled(): void {
    this.#options.log.debug({ participantId: this.owner.participantId }, 'receive transport lost its path');
  }

  #find(transportId: string): { transport: types.WebRtcTransport; direction: Direction; router: RoomRouter } {
    for (const [direction, transport] of this.#transports) {
      if (transport !== 'opening' && transport.id === transportId) return { transport, direction, router: this.#router! };
    }
    throw new StippleError('TRANSPORT_UNKNOWN');
  }
}
