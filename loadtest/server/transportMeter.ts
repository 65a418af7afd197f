import { observer } from 'mediasoup';
import type { types } from 'mediasoup';

/** What a transport has carried so far: UDP payload. */
export interface TransportBytes {
  readonly transportId: string;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Keeps hold of every WebRTC transport in this process through mediasoup's observer, so that the server needs no code for it. */
export class TransportMeter {
  readonly #transports = new Map<string, types.WebRtcTransport>();

  constructor() {
    observer.on('newworker', (worker) => worker.observer.on('newrouter', (router) => router.observer.on('newtransport', (transport) => {
      if (transport.type !== 'webrtc') return;
      this.#transports.set(transport.id, transport as types.WebRtcTransport);
      transport.observer.once('close', () => this.#transports.delete(transport.id));
    })));
  }

  /** Bytes of all transports now open, asked a few at a time so that the relay's work is not held up. */
  async read(): Promise<TransportBytes[]> {
    const all = [...this.#transports.values()];
    const read: TransportBytes[] = [];
    for (let at = 0; at < all.length; at += 8) {
      const stats = await Promise.all(all.slice(at, at + 8).map((transport) => transport.getStats().catch(() => [])));
      for (const [stat] of stats) if (stat) read.push({ transportId: stat.transportId, bytesSent: stat.bytesSent, bytesReceived: stat.bytesReceived });
    }
    return read;
  }
}
