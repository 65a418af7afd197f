import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { fromWireError } from '../../shared/protocol/errors.ts';
import { acknowledgedEvents, events, failedAckSchema, requests } from '../../shared/protocol/signaling.ts';
import type { AcknowledgedEventOf, EventName, EventOf, ReplyOf, RequestInput, RequestName } from '../../shared/protocol/signaling.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';

const REQUEST_LIMIT_MS = 30_000;

/** A bot's signalling connection: what the browser's does, without a page around it. */
export class BotSignaling {
  readonly #socket: Socket;
  #ownerToken = '';
  /** Makes the channel and resolves; false leaves the server without an answer. */
  onConsumerCreated: (consumer: AcknowledgedEventOf<'pose:consumerCreated'>) => Promise<boolean> = async () => false;
  /** The connection ended without `close`. */
  onLost: (reason: string) => void = () => {};

  private constructor(url: string) {
    this.#socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true });
    this.#socket.on('connection:probe', (_event: unknown, acknowledge?: () => void) => acknowledge?.());
    this.#socket.on('avatar:points', (_event: unknown, acknowledge?: () => void) => acknowledge?.());
    this.#socket.on('pose:consumerCreated', async (event: unknown, acknowledge?: () => void) => {
      const consumer = acknowledgedEvents['pose:consumerCreated'].parse(event);
      // A bot that is leaving, or whose server is, has nobody to tell.
      if (await this.onConsumerCreated(consumer).catch(() => false)) acknowledge?.();
    });
    this.#socket.on('disconnect', (reason) => { if (reason !== 'io client disconnect') this.onLost(reason); });
  }

  /** Connects and says hello. */
  static async open(url: string, ownerToken: string | undefined): Promise<BotSignaling> {
    const signaling = new BotSignaling(url);
    const reply = await signaling.request('connection:hello', { protocolVersion: PROTOCOL_VERSION, ...(ownerToken === undefined ? {} : { ownerToken }) });
    signaling.#ownerToken = reply.ownerToken;
    return signaling;
  }

  get ownerToken(): string {
    return this.#ownerToken;
  }

  /** @throws StippleError what the server answered instead. */
  async request<K extends RequestName>(name: K, request: RequestInput<K>): Promise<ReplyOf<K>> {
    const reply = await this.#socket.timeout(REQUEST_LIMIT_MS).emitWithAck(name, request) as unknown;
    const failed = failedAckSchema.safeParse(reply);
    if (failed.success) throw fromWireError(failed.data.error);
    return requests[name].reply.parse((reply as { value: unknown }).value) as ReplyOf<K>;
  }

  on<K extends EventName>(name: K, listener: (event: EventOf<K>) => void): void {
    this.#socket.on(name as string, (event: unknown) => listener(events[name].parse(event) as EventOf<K>));
  }

  close(): void {
    this.#socket.disconnect();
  }
}
