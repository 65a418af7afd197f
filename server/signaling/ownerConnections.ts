import type { EventName, EventOf } from '../../shared/protocol/signaling.ts';
import type { Connection } from './connection.ts';

/** Which connections speak for which owner: where the news of an owner's jobs goes. */
export class OwnerConnections {
  readonly #connections = new Map<string, Set<Connection>>();
  readonly #onGone: (ownerId: string) => void;
  readonly #onBack: (ownerId: string) => void;

  constructor(listeners: { onGone(ownerId: string): void; onBack(ownerId: string): void }) {
    this.#onGone = listeners.onGone;
    this.#onBack = listeners.onBack;
  }

  add(ownerId: string, connection: Connection): void {
    const present = this.#connections.get(ownerId) ?? new Set();
    this.#connections.set(ownerId, present.add(connection));
    if (present.size === 1) this.#onBack(ownerId);
  }

  remove(ownerId: string, connection: Connection): void {
    const present = this.#connections.get(ownerId);
    if (!present?.delete(connection) || present.size > 0) return;
    this.#connections.delete(ownerId);
    this.#onGone(ownerId);
  }

  of(ownerId: string): readonly Connection[] {
    return [...this.#connections.get(ownerId) ?? []];
  }

  tell<K extends EventName>(ownerId: string, name: K, event: EventOf<K>): void {
    for (const connection of this.of(ownerId)) connection.emit(name, event);
  }
}
