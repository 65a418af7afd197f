import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { machineClockMs } from '../clock.ts';
import { IP_AND_UDP_BYTES } from '../measure/wireBytes.ts';
import { NO_IMPAIRMENT } from './impairment.ts';
import type { Impairment } from './impairment.ts';
import { RateQueue } from './rateQueue.ts';

/** What passed a link in one direction, IP and UDP headers counted. */
export interface LinkCount {
  readonly datagrams: number;
  readonly bytes: number;
  readonly dropped: number;
}

interface Direction {
  datagrams: number;
  bytes: number;
  dropped: number;
}

const LOOPBACK = '127.0.0.1';

/**
 * A stretch of network between one bot's transport and the relay, in user space: takes the bot's datagrams at its entrance,
 * passes them to the relay from a port of its own, and the answers back, losing, delaying and queueing as it is told.
 */
export class ImpairedLink {
  readonly #relay: { address: string; port: number };
  readonly #inner: Socket;
  readonly #outer: Socket;
  readonly #random: () => number;
  readonly #down: Direction = { datagrams: 0, bytes: 0, dropped: 0 };
  readonly #up: Direction = { datagrams: 0, bytes: 0, dropped: 0 };
  #impairment: Impairment = NO_IMPAIRMENT;
  #queue: RateQueue | undefined;
  #bot: { address: string; port: number } | undefined;
  #closed = false;

  private constructor(relay: { address: string; port: number }, sockets: { inner: Socket; outer: Socket }, random: () => number) {
    this.#relay = relay;
    this.#inner = sockets.inner;
    this.#outer = sockets.outer;
    this.#random = random;
    this.#inner.on('message', (datagram, { address, port }) => {
      this.#bot = { address, port };
      this.#pass(datagram, this.#up, undefined, () => this.#outer.send(datagram, this.#relay.port, this.#relay.address));
    });
    this.#outer.on('message', (datagram, { address, port }) => {
      if (port !== this.#relay.port || address !== this.#relay.address) return;
      this.#pass(datagram, this.#down, this.#queue, () => { if (this.#bot) this.#inner.send(datagram, this.#bot.port, this.#bot.address); });
    });
    // The other end may be gone already.
    this.#inner.on('error', () => {});
    this.#outer.on('error', () => {});
  }

  /** @param random numbers in [0, 1), seeded. */
  static async open(relay: { address: string; port: number }, random: () => number): Promise<ImpairedLink> {
    const sockets = { inner: createSocket('udp4'), outer: createSocket('udp4') };
    for (const socket of [sockets.inner, sockets.outer]) {
      socket.bind(0, LOOPBACK);
      await once(socket, 'listening');
    }
    return new ImpairedLink(relay, sockets, random);
  }

  /** What a bot sends to in place of the relay. */
  get entrance(): { address: string; port: number } {
    return { address: LOOPBACK, port: this.#inner.address().port };
  }

  get counts(): { readonly down: LinkCount; readonly up: LinkCount } {
    return { down: { ...this.#down }, up: { ...this.#up } };
  }

  /** From now on. What is under way already comes as it was to come. */
  set impairment(impairment: Impairment) {
    this.#impairment = impairment;
    const { kilobitsPerSecond, queueBytes } = impairment;
    this.#queue = kilobitsPerSecond === undefined ? undefined : new RateQueue(kilobitsPerSecond, queueBytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inner.close();
    this.#outer.close();
  }

  #pass(datagram: Buffer, direction: Direction, queue: RateQueue | undefined, send: () => void): void {
    const { lossPercent, delayMs, jitterMs } = this.#impairment;
    const bytes = datagram.length + IP_AND_UDP_BYTES;
    const nowMs = machineClockMs();
    const throughMs = queue === undefined ? nowMs : queue.offer(bytes, nowMs);
    if (throughMs === undefined || this.#random() * 100 < lossPercent) {
      direction.dropped++;
      return;
    }
    direction.datagrams++;
    direction.bytes += bytes;
    const waitMs = throughMs - nowMs + delayMs + jitterMs * this.#random();
    if (waitMs <= 0) send();
    else setTimeout(() => { if (!this.#closed) send(); }, waitMs);
  }
}
