import type { SignalingConnection } from '../signaling/signalingConnection.ts';
import type { AvatarLibrary } from './avatarLibrary.ts';
import { GrowingHead } from './growingHead.ts';

/** Heads followed at once at most: a room's seats, and one's own. The oldest is let go. */
const MOST_HEADS = 32;

/** All heads in the making that the server lets this page see: one's own, and those shown in the room. By job. */
export class HeadsInTheMaking {
  readonly #heads = new Map<string, GrowingHead>();
  readonly #library: AvatarLibrary;

  constructor(connection: SignalingConnection, library: AvatarLibrary) {
    this.#library = library;
    connection.onAcknowledged('avatar:points', (points) => this.of(points.jobId).take(points));
  }

  /** The head that a job makes, from its first points on. */
  of(jobId: string): GrowingHead {
    const known = this.#heads.get(jobId);
    if (known) return known;
    const head = new GrowingHead((bytes) => this.#library.decode(bytes));
    this.#heads.set(jobId, head);
    const [oldest] = this.#heads.keys();
    if (this.#heads.size > MOST_HEADS && oldest !== undefined) this.#heads.delete(oldest);
    return head;
  }
}
