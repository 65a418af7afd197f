import type { types } from 'mediasoup';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { DataConsumerInfo } from '../../shared/protocol/signaling.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import { FrameMonitor } from './frameMonitor.ts';
import type { PoseRelayOptions } from './poseRelay.ts';
import { RoomRouter, transportError } from './roomRouter.ts';

/** Whom a link speaks to. */
export interface PoseLinkOwner {
  readonly participantId: string;
  /** Resolves true once the client has made its side of the channel, false when it did not in time. */
  announceConsumer(consumer: DataConsumerInfo): Promise<boolean>;
  announceConsumerClosed(dataConsumerId: string, participantId: string): void;
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

/** One connection's side of the relay: a transport in each direction, its pose producer, and a consumer for each other's. */
export class PoseLink {
  readonly owner: PoseLinkOwner;
  readonly #options: PoseRelayOptions;
  readonly #listeners: LinkListeners;
  /** `'opening'` reserves the direction while the worker is asked. */
  readonly #transports = new Map<Direction, types.WebRtcTransport | 'opening'>();
  /** By the link they come from; `'opening'` as above. */
  readonly #consumers = new Map<PoseLink, types.DataConsumer | 'opening'>();
  #producer: types.DataProducer | 'opening' | undefined;
  #closed = false;

  constructor(owner: PoseLinkOwner, options: PoseRelayOptions, listeners: LinkListeners) {
    this.owner = owner;
    this.#options = options;
    this.#listeners = listeners;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws StippleError TRANSPORT_EXISTS */
  async createTransport(direction: Direction): Promise<TransportParameters> {
    if (this.#transports.has(direction)) throw new StippleError('TRANSPORT_EXISTS', { details: { direction } });
    this.#transports.set(direction, 'opening');
    let transport: types.WebRtcTransport;
    try {
      transport = await this.#options.router.createTransport();
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
    const { transport } = this.#find(transportId);
    await transport.connect({ dtlsParameters }).catch((error: unknown) => {
      throw transportError(error, 'the transport was not connected');
    });
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE */
  async restartIce(transportId: string): Promise<types.IceParameters> {
    const { transport } = this.#find(transportId);
    return transport.restartIce().catch((error: unknown) => {
      throw transportError(error, 'ICE was not restarted');
    });
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE, DATA_PRODUCER_EXISTS */
  async produce(transportId: string, streamId: number): Promise<string> {
    const { transport, direction } = this.#find(transportId);
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
      producer = await this.#options.router.produce(transport, streamId);
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
    await this.#watch(producer);
    if (!producer.closed) this.#listeners.producerOpened();
    return producer.id;
  }

  /** Joins another's producer to this link's receive transport where both stand; otherwise does nothing. */
  async receiveFrom(from: PoseLink): Promise<void> {
    const transport = this.#transports.get('receive');
    const producer = from.#producer;
    if (transport === undefined || transport === 'opening' || producer === undefined || producer === 'opening') return;
    if (this.#consumers.has(from)) return;
    this.#consumers.set(from, 'opening');
    let consumer: types.DataConsumer;
    try {
      consumer = await this.#options.router.consume(transport, producer.id);
    } catch (error) {
      this.#consumers.delete(from);
      throw error;
    }
    this.#consumers.set(from, consumer);
    consumer.observer.once('close', () => { if (this.#consumers.get(from) === consumer) this.#consumers.delete(from); });
    consumer.on('dataproducerclose', () => {
      if (!this.#closed) this.owner.announceConsumerClosed(consumer.id, from.owner.participantId);
    });
    const sctpStreamParameters = consumer.sctpStreamParameters;
    if (sctpStreamParameters === undefined) throw new Error('expected an SCTP consumer');
    const ready = await this.owner.announceConsumer({
      dataConsumerId: consumer.id,
      dataProducerId: producer.id,
      participantId: from.owner.participantId,
      sctpStreamParameters,
      label: consumer.label,
      protocol: consumer.protocol,
    });
    if (consumer.closed) return;
    if (ready) await consumer.resume();
    else consumer.close();
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
    this.#listeners.closed();
  }

  async #watch(producer: types.DataProducer): Promise<void> {
    const { metrics, framesPerSecond, router } = this.#options;
    const monitor = new FrameMonitor({
      framesPerSecond,
      nowMs: () => performance.now(),
      onFrame: () => metrics.poseFrames.inc(),
      onRejected: () => metrics.poseFramesRejected.inc(),
      report: (error, framesRejected) => this.owner.announceRejected(error, framesRejected),
      onAbuse: (error) => {
        producer.close();
        this.owner.endForAbuse(error);
      },
    });
    await router.tap(producer.id, (bytes) => monitor.handleMessage(bytes)).catch((error: unknown) => {
      throw transportError(error, 'the pose channel was not opened');
    });
  }

  #noteStalled(): void {
    this.#options.log.debug({ participantId: this.owner.participantId }, 'receive transport lost its path');
  }

  #find(transportId: string): { transport: types.WebRtcTransport; direction: Direction } {
    for (const [direction, transport] of this.#transports) {
      if (transport !== 'opening' && transport.id === transportId) return { transport, direction };
    }
    throw new StippleError('TRANSPORT_UNKNOWN');
  }
}
