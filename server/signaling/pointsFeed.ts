import type { AcknowledgedEventOf } from '../../shared/protocol/signaling.ts';
import type { JobPoints } from '../avatar/avatarJobs.ts';
import type { RoomConnection } from '../room/participant.ts';
import type { RoomRegistry } from '../room/roomRegistry.ts';
import type { OwnerConnections } from './ownerConnections.ts';

export interface PointsFeedOptions {
  readonly rooms: RoomRegistry;
  readonly owners: OwnerConnections;
  /** The newest preview while the job runs. */
  readonly newest: (jobId: string) => JobPoints | undefined;
}

/** What a connection got of a job, as some participant's or as its owner. */
interface Sent {
  readonly jobId: string;
  readonly batch: number;
  readonly underWay: boolean;
}

/** A preview that is not acknowledged by then may be followed by the next. */
const ACKNOWLEDGE_MS = 5_000;

/**
 * Brings heads in the making to those who may see them: everyone who sits in a room where the owner shows the job, and
 * the owner's other connections. One preview at a time is under way to a connection; when it is acknowledged the newest
 * follows, so that a slow one skips some instead of falling behind.
 */
export class PointsFeed {
  readonly #options: PointsFeedOptions;
  readonly #sent = new WeakMap<RoomConnection, Map<string, Sent>>();

  constructor(options: PointsFeedOptions) {
    this.#options = options;
  }

  /** A job has a new preview, or new people who may see it. */
  tell(ownerId: string, jobId: string): void {
    const told = new Set<RoomConnection>();
    for (const { room, participant } of this.#options.rooms.makersOf(jobId)) {
      for (const connection of room.connections) {
        told.add(connection);
        this.#send(connection, jobId, participant.participantId);
      }
    }
    for (const connection of this.#options.owners.of(ownerId)) {
      if (!told.has(connection)) this.#send(connection, jobId, undefined);
    }
  }

  /** What is in the making in somebody's room just now, where they came late. */
  catchUp(connection: RoomConnection, makers: readonly { readonly participantId: string; readonly makingJobId: string | undefined }[]): void {
    for (const { participantId, makingJobId } of makers) {
      if (makingJobId !== undefined) this.#send(connection, makingJobId, participantId);
    }
  }

  #send(connection: RoomConnection, jobId: string, participantId: string | undefined): void {
    const points = this.#options.newest(jobId);
    if (points === undefined || !this.#maySee(connection, jobId, participantId)) return;
    const sent = this.#sentTo(connection);
    const key = `${jobId} ${participantId ?? ''}`;
    const before = sent.get(key);
    if (before !== undefined && (before.underWay || before.batch >= points.batch)) return;
    sent.set(key, { jobId, batch: points.batch, underWay: true });
    const { batch, pointsSoFar, pointsExpected, uploadedAtMs, bytes } = points;
    const event: AcknowledgedEventOf<'avatar:points'> = {
      jobId, batch, pointsSoFar, uploadedAtMs, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      ...(pointsExpected === undefined ? {} : { pointsExpected }), ...(participantId === undefined ? {} : { participantId }),
    };
    void connection.ask('avatar:points', event, ACKNOWLEDGE_MS).then(() => {
      sent.set(key, { jobId, batch, underWay: false });
      this.#send(connection, jobId, participantId);
    });
  }

  /** Without what jobs have left that are over. */
  #sentTo(connection: RoomConnection): Map<string, Sent> {
    const sent = this.#sent.get(connection) ?? new Map<string, Sent>();
    this.#sent.set(connection, sent);
    for (const [key, { jobId }] of sent) if (this.#options.newest(jobId) === undefined) sent.delete(key);
    return sent;
  }

  /** Checked anew for every preview: seats are given up and jobs hidden while one is under way. */
  #maySee(connection: RoomConnection, jobId: string, participantId: string | undefined): boolean {
    if (participantId === undefined) return connection.connected;
    return this.#options.rooms.makersOf(jobId)
      .some(({ room, participant }) => participant.participantId === participantId && room.connections.includes(connection));
  }
}
