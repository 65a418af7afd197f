import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { WireError } from '../../shared/protocol/errors.ts';
import { acknowledgedEvents, events, requests } from '../../shared/protocol/signaling.ts';
import type {
  Ack, AcknowledgedEventName, AcknowledgedEventOf, EventName, EventOf, ReplyOf, RequestInput, RequestName,
} from '../../shared/protocol/signaling.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';

/** A refused request. */
export class RefusedError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(`${wire.code}: ${wire.message}`);
    this.wire = wire;
  }
}

const WAIT_LIMIT_MS = 15_000;

/** A real socket.io client for tests. Every event that arrives is checked against its schema and kept in order. */
export class SignalingClient {
  readonly socket: Socket;
  readonly received: { name: string; event: unknown }[] = [];
  /** How `connection:probe`, `avatar:points` and `pose:consumerCreated` are answered; false stays silent. */
  answerProbe = true;
  answerPoints = true;
  onConsumerCreated: (consumer: AcknowledgedEventOf<'pose:consumerCreated'>) => boolean | Promise<boolean> = () => true;
  ownerToken = '';
  #waiters: (() => void)[] = [];

  constructor(url: string, options: { transports?: string[] } = {}) {
    this.socket = io(url, { transports: options.transports ?? ['websocket'], reconnection: false, forceNew: true });
    this.socket.onAny((name: string, payload: unknown, acknowledge?: () => void) => void this.#handle(name, payload, acknowledge));
    this.socket.on('disconnect', () => this.#wake());
  }

  /** Connects and greets. */
  static async open(url: string, ownerToken?: string): Promise<SignalingClient> {
    const client = new SignalingClient(url);
    const reply = await client.request('connection:hello', { protocolVersion: PROTOCOL_VERSION, ...(ownerToken === undefined ? {} : { ownerToken }) });
    client.ownerToken = reply.ownerToken;
    return client;
  }

  /** @throws RefusedError what the server answered instead. */
  async request<K extends RequestName>(name: K, request: RequestInput<K>): Promise<ReplyOf<K>> {
    const reply = await this.raw(name, request);
    if (!reply.ok) throw new RefusedError(reply.error);
    return requests[name].reply.parse(reply.value) as ReplyOf<K>;
  }

  /** Sends anything under any name and returns the acknowledgement as it came. */
  async raw(name: string, ...args: unknown[]): Promise<Ack<unknown>> {
    return this.socket.timeout(WAIT_LIMIT_MS).emitWithAck(name, ...args) as Promise<Ack<unknown>>;
  }

  /** The code a request is refused with, or 'ok'. */
  async codeOf(name: string, ...args: unknown[]): Promise<string> {
    const reply = await this.raw(name, ...args);
    return reply.ok ? 'ok' : reply.error.code;
  }

  /** The first event of this name that `accept`s, past or to come. */
  async event<K extends EventName | AcknowledgedEventName>(
    name: K, accept: (event: K extends EventName ? EventOf<K> : AcknowledgedEventOf<K & AcknowledgedEventName>) => boolean = () => true,
  ): Promise<K extends EventName ? EventOf<K> : AcknowledgedEventOf<K & AcknowledgedEventName>> {
    const limit = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      const found = this.received.find((item) => item.name === name && accept(item.event as never));
      if (found) return found.event as never;
      if (Date.now() > limit) throw new Error(`no event ${name} came; received: ${this.received.map((item) => item.name).join(', ')}`);
      await this.#nextChange();
    }
  }

  /** Resolves when the server or the client has ended the connection. */
  async disconnected(): Promise<void> {
    const limit = Date.now() + WAIT_LIMIT_MS;
    while (this.socket.connected && Date.now() < limit) await this.#nextChange();
    if (this.socket.connected) throw new Error('expected the connection to end');
  }

  /** Ends the connection as a lost network does: no goodbye. */
  drop(): void {
    this.socket.io.engine.close();
  }

  close(): void {
    this.socket.disconnect();
  }

  async #handle(name: string, payload: unknown, acknowledge?: () => void): Promise<void> {
    const schema = name in events ? events[name as EventName] : acknowledgedEvents[name as AcknowledgedEventName];
    this.received.push({ name, event: schema.parse(payload) });
    this.#wake();
    if (name === 'connection:probe' && this.answerProbe) acknowledge?.();
    if (name === 'avatar:points' && this.answerPoints) acknowledge?.();
    if (name === 'voice:consumerCreated') acknowledge?.();
    if (name === 'pose:consumerCreated' && await this.onConsumerCreated(payload as AcknowledgedEventOf<'pose:consumerCreated'>)) acknowledge?.();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 200);
      this.#waiters.push(() => { clearTimeout(timer); resolve(); });
    });
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
