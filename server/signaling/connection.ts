import type { Socket } from 'socket.io';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type {
  AcknowledgedEventName, AcknowledgedEventOf, ClientToServerEvents, EventName, EventOf, ServerToClientEvents,
} from '../../shared/protocol/signaling.ts';
import type { Logger } from '../log.ts';
import type { Participant, RoomConnection } from '../room/participant.ts';
import type { Room } from '../room/room.ts';
import type { PoseLink } from '../sfu/poseLink.ts';
import type { VoiceLink } from '../sfu/voiceLink.ts';
import { randomId } from '../tokens/tokens.ts';

export type TypedSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** What a connection has got to; each state holds only its own fields. */
export type ConnectionState =
  | { readonly kind: 'new' }
  | { readonly kind: 'greeted'; readonly ownerId: string; readonly ownerToken: string }
  /** A join is under way. */
  | { readonly kind: 'joining'; readonly ownerId: string; readonly ownerToken: string }
  | {
    readonly kind: 'joined'; readonly ownerId: string; readonly ownerToken: string;
    readonly room: Room; readonly participant: Participant; readonly link: PoseLink; readonly voice: VoiceLink;
  }
  | { readonly kind: 'ended' };

export type JoinedState = Extract<ConnectionState, { kind: 'joined' }>;
export type GreetedState = Exclude<ConnectionState, { kind: 'new' | 'ended' }>;

/** One signalling socket. Sends typed events, and ends with everything that hangs on it. */
export class Connection implements RoomConnection {
  readonly #socket: TypedSocket;
  readonly #log: Logger;
  state: ConnectionState = { kind: 'new' };

  constructor(socket: TypedSocket, log: Logger) {
    this.#socket = socket;
    this.#log = log;
  }

  get id(): string {
    return this.#socket.id;
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  emit<K extends EventName>(name: K, event: EventOf<K>): void {
    // The union of listeners that TypeScript sees here is one for each event; `name` and `event` belong together.
    (this.#socket.emit as (name: string, event: unknown) => boolean)(name, event);
  }

  async ask<K extends AcknowledgedEventName>(name: K, event: AcknowledgedEventOf<K>, timeoutMs: number): Promise<boolean> {
    if (!this.#socket.connected) return false;
    const emitter = this.#socket.timeout(timeoutMs);
    return (emitter.emitWithAck as (name: string, event: unknown) => Promise<unknown>).call(emitter, name, event)
      .then(() => true, () => false);
  }

  reportRejectedFrames(error: StippleError, framesRejected: number): void {
    this.emit('pose:rejected', { error: toWireError(error, randomId()), framesRejected });
  }

  end(error: StippleError): void {
    this.#log.info({ connection: this.id, code: error.code }, 'connection ended by the server');
    this.emit('connection:closing', { error: toWireError(error, randomId()) });
    this.#socket.disconnect(true);
  }

  /** @throws StippleError HELLO_REQUIRED */
  requireGreeted(): GreetedState {
    if (this.state.kind === 'new') throw new StippleError('HELLO_REQUIRED');
    if (this.state.kind === 'ended') throw new StippleError('NOT_IN_ROOM');
    return this.state;
  }

  /** @throws StippleError HELLO_REQUIRED, NOT_IN_ROOM */
  requireJoined(): JoinedState {
    const state = this.requireGreeted();
    if (state.kind !== 'joined') throw new StippleError('NOT_IN_ROOM');
    // The room went away under the connection.
    if (state.room.closed) {
      this.leftRoom();
      throw new StippleError('ROOM_CLOSED');
    }
    return state;
  }

  /** Back to `greeted`: transports closed, the seat dealt with by the caller. */
  leftRoom(): void {
    if (this.state.kind !== 'joined') return;
    const { ownerId, ownerToken, link, voice } = this.state;
    this.state = { kind: 'greeted', ownerId, ownerToken };
    voice.close();
    link.close();
  }
}
