import { signal } from '@preact/signals';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import { parseWith } from '../../shared/protocol/parse.ts';
import { acknowledgedEvents, events, failedAckSchema, requests } from '../../shared/protocol/signaling.ts';
import type {
  AcknowledgedEventName, AcknowledgedEventOf, ClientToServerEvents, EventName, EventOf, ReplyOf, RequestInput, RequestName,
  ServerToClientEvents,
} from '../../shared/protocol/signaling.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import type { OwnerIdentity } from './ownerIdentity.ts';

/** `online` only after the server has answered `connection:hello`. `refused` is final: reload or give up. */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'refused';

const REQUEST_TIMEOUT_MS = 12_000;

type Limits = ReplyOf<'connection:hello'>['limits'];

/**
 * One signalling socket for the page's life. It says hello on every (re)connection before anything else is sent,
 * parses whatever comes in, and turns failed acknowledgements into `StippleError`s.
 */
export class SignalingConnection {
  readonly state = signal<ConnectionState>('connecting');
  /** Why the connection was refused or last failed. */
  readonly error = signal<StippleError | undefined>(undefined);
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #identity: OwnerIdentity;
  readonly #onlineListeners = new Set<() => void>();
  #limits: Limits | undefined;

  constructor(identity: OwnerIdentity) {
    this.#identity = identity;
    // Short waits: a seat in a room has to be taken again within three seconds of the network's return.
    this.#socket = io({ transports: ['websocket', 'polling'], reconnectionDelay: 150, reconnectionDelayMax: 1200, timeout: 4000 });
    this.#socket.on('connect', () => void this.#sayHello());
    this.#socket.on('disconnect', (reason) => {
      if (this.state.value === 'refused') return;
      this.state.value = 'reconnecting';
      // After a disconnect by the server socket.io waits for the application to try again.
      if (reason === 'io server disconnect') setTimeout(() => this.#socket.connect(), 300);
    });
    this.#socket.on('connect_error', () => {
      if (this.state.value === 'online') this.state.value = 'reconnecting';
      this.error.value = new StippleError('SERVER_SHUTTING_DOWN', { message: 'The server cannot be reached; trying again.' });
    });
    this.on('connection:closing', ({ error }) => {
      this.error.value = fromWireError(error);
    });
    this.onAcknowledged('connection:probe', () => undefined);
    // The browser knows of a lost or new network sooner than a heartbeat does.
    globalThis.addEventListener('online', () => this.#reconnectNow());
  }

  get limits(): Limits | undefined {
    return this.#limits;
  }

  /** The owner's secret; there once the connection has been online. */
  get ownerToken(): string | undefined {
    return this.#identity.token;
  }

  /** Calls `listener` every time the connection comes online, at once when it is. Returns how to stop. */
  onOnline(listener: () => void): () => void {
    this.#onlineListeners.add(listener);
    if (this.state.value === 'online') listener();
    return () => this.#onlineListeners.delete(listener);
  }

  /**
   * Sends a request and waits for its one answer.
   * @throws StippleError as the server put it, or REQUEST_TIMED_OUT.
   */
  async request<K extends RequestName>(name: K, request: RequestInput<K>): Promise<ReplyOf<K>> {
    let reply: unknown;
    try {
      // The event map says what each name carries; TypeScript cannot follow a generic name into its own overloads.
      reply = await (this.#socket.timeout(REQUEST_TIMEOUT_MS) as unknown as { emitWithAck(name: string, request: unknown): Promise<unknown> })
        .emitWithAck(name, request);
    } catch (cause) {
      throw new StippleError('REQUEST_TIMED_OUT', { details: { request: name }, cause });
    }
    const failed = failedAckSchema.safeParse(reply);
    if (failed.success) throw fromWireError(failed.data.error);
    const value = (reply as { value?: unknown } | null)?.value;
    return parseWith(requests[name].reply, value, `reply to ${name}`) as ReplyOf<K>;
  }

  /** Listens to an event of the server; what does not parse is reported and dropped. Returns how to stop. */
  on<K extends EventName>(name: K, listener: (event: EventOf<K>) => void): () => void {
    const receive = (payload: unknown): void => {
      const parsed = events[name].safeParse(payload);
      if (parsed.success) listener(parsed.data as EventOf<K>);
      else console.warn(`dropped an unreadable ${name} event`);
    };
    return this.#listen(name, receive);
  }

  /** As `on`, for events that the server waits for: acknowledged once `listener` has resolved, not when it fails. */
  onAcknowledged<K extends AcknowledgedEventName>(name: K, listener: (event: AcknowledgedEventOf<K>) => Promise<void> | void): () => void {
    const receive = async (payload: unknown, acknowledge?: () => void): Promise<void> => {
      const parsed = acknowledgedEvents[name].safeParse(payload);
      if (!parsed.success) {
        console.warn(`dropped an unreadable ${name} event`);
        return;
      }
      try {
        await listener(parsed.data as AcknowledgedEventOf<K>);
        acknowledge?.();
      } catch (error) {
        console.warn(`${name} failed`, error);
      }
    };
    return this.#listen(name, receive as (payload: unknown) => void);
  }

  /** Drops the socket as a failing network would; it comes back by itself. */
  drop(): void {
    this.#socket.io.engine?.close();
  }

  close(): void {
    this.#socket.disconnect();
  }

  #listen(name: string, receive: (payload: unknown) => void): () => void {
    const socket = this.#socket as unknown as { on(name: string, f: unknown): void; off(name: string, f: unknown): void };
    socket.on(name, receive);
    return () => socket.off(name, receive);
  }

  #reconnectNow(): void {
    if (!this.#socket.connected && this.state.value !== 'refused') this.#socket.connect();
  }

  async #sayHello(): Promise<void> {
    try {
      const token = this.#identity.token;
      const reply = await this.request('connection:hello', { protocolVersion: PROTOCOL_VERSION, ...(token ? { ownerToken: token } : {}) });
      this.#identity.token = reply.ownerToken;
      this.#limits = reply.limits;
      this.error.value = undefined;
      this.state.value = 'online';
      for (const listener of [...this.#onlineListeners]) listener();
    } catch (error) {
      const known = error instanceof StippleError ? error : new StippleError('INTERNAL', { cause: error });
      this.error.value = known;
      if (known.code === 'PROTOCOL_VERSION_UNSUPPORTED') {
        this.state.value = 'refused';
        this.#socket.disconnect();
      } else {
        setTimeout(() => {
          if (this.#socket.connected) void this.#sayHello();
        }, 1000);
      }
    }
  }
}
