import type { types } from 'mediasoup';

/** Where a room's bundles enter one of its routers: sent once, fanned out there to whom the subchannels name. */
export class MotionOutlet {
  readonly #producer: types.DataProducer;

  constructor(producer: types.DataProducer) {
    this.#producer = producer;
  }

  get dataProducerId(): string {
    return this.#producer.id;
  }

  get closed(): boolean {
    return this.#producer.closed;
  }

  /** Bytes are copied before this returns. */
  send(bytes: Uint8Array, channels: number[]): void {
    if (this.#producer.closed) return;
    this.#producer.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), undefined, channels);
  }
}
