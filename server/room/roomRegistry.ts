import { StippleError } from '../../shared/protocol/errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MotionRelay } from '../sfu/motionRelays.ts';
import { PoseRelay } from '../sfu/poseRelay.ts';
import { RoomRouters } from '../sfu/roomRouters.ts';
import { VoiceRelay } from '../sfu/voiceRelay.ts';
import type { WorkerPool } from '../sfu/workerPool.ts';
import { randomRoomId, tokenDigest } from '../tokens/tokens.ts';
import type { Participant } from './participant.ts';
import { Room } from './room.ts';

export interface RoomRegistryOptions {
  readonly workers: WorkerPool;
  readonly maxRooms: number;
  readonly maxParticipants: number;
  readonly rejoinWindowMs: number;
  readonly emptyRoomMs: number;
  readonly probeTimeoutMs: number;
  readonly poseFramesPerSecond: number;
  readonly voicesHeardAtOnce: number;
  readonly motionRelay: MotionRelay;
  readonly participantsPerWorker: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** One person must not be able to use all rooms up. */
const EMPTY_ROOMS_PER_OWNER = 10;

/** All open rooms. An empty one is closed after a while. */
export class RoomRegistry {
  readonly #options: RoomRegistryOptions;
  readonly #rooms = new Map<string, Room>();
  /** Ids whose room is being opened. */
  readonly #opening = new Set<string>();
  readonly #emptyTimers = new Map<string, NodeJS.Timeout>();

  constructor(options: RoomRegistryOptions) {
    this.#options = options;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /** @throws StippleError ROOM_UNKNOWN */
  require(roomId: string): Room {
    const room = this.#rooms.get(roomId);
    if (room === undefined) throw new StippleError('ROOM_UNKNOWN', { details: { roomId } });
    return room;
  }

  /** @throws StippleError ROOM_EXISTS, ROOM_LIMIT_REACHED, RATE_LIMITED, SFU_UNAVAILABLE */
  async create(ownerId: string, wantedId: string | undefined): Promise<Room> {
    const { maxRooms, workers, log, metrics } = this.#options;
    const empty = [...this.#rooms.values()].filter((room) => room.openedBy === ownerId && room.participantCount === 0).length;
    if (empty >= EMPTY_ROOMS_PER_OWNER) {
      throw new StippleError('RATE_LIMITED', { message: `You have ${empty} empty rooms open; use one of them.`, details: { rooms: empty } });
    }
    if (this.#rooms.size + this.#opening.size >= maxRooms) throw new StippleError('ROOM_LIMIT_REACHED', { details: { rooms: maxRooms } });
    const roomId = wantedId ?? randomRoomId();
    if (this.#rooms.has(roomId) || this.#opening.has(roomId)) throw new StippleError('ROOM_EXISTS', { details: { roomId } });
    this.#opening.add(roomId);
    try {
      const { motionRelay, participantsPerWorker, poseFramesPerSecond: framesPerSecond } = this.#options;
      const routers = await RoomRouters.create({
        workers, log, participantsPerRouter: participantsPerWorker, mostRouters: motionRelay === 'plain' ? 1 : workers.size,
      });
      const relay = new PoseRelay({ routers, ticker: workers.ticker, motionRelay, framesPerSecond, metrics, log });
      const voices = new VoiceRelay({ heardAtOnce: this.#options.voicesHeardAtOnce, log });
      const room = new Room({
        roomId, relay, voices, openedBy: ownerId,
        routerRtpCapabilities: { ...routers.first.rtpCapabilities },
        maxParticipants: this.#options.maxParticipants,
        rejoinWindowMs: this.#options.rejoinWindowMs,
        probeTimeoutMs: this.#options.probeTimeoutMs,
        onEmptyChange: (empty) => (empty ? this.#watchEmpty(room) : this.#unwatchEmpty(roomId)),
        onSeatsChange: (difference) => metrics.participants.inc(difference),
        onRejoin: () => metrics.rejoins.inc(),
      });
      this.#rooms.set(roomId, room);
      metrics.rooms.set(this.#rooms.size);
      this.#watchEmpty(room);
      voices.onSpeaking((speakers) => relay.setSpeakers(speakers.map(({ participantId }) => participantId)));
      routers.onDied(() => this.#close(room, new StippleError('SFU_WORKER_DIED')));
      if (routers.closed) throw new StippleError('SFU_UNAVAILABLE');
      log.info({ roomId }, 'room opened');
      return room;
    } finally {
      this.#opening.delete(roomId);
    }
  }

  /** Whether a room token allows reading an avatar, in whichever room it belongs to. */
  allowsReading(roomToken: string, avatarHash: string): boolean {
    const digest = tokenDigest(roomToken);
    return [...this.#rooms.values()].some((room) => room.allowsReading(digest, avatarHash));
  }

  /** Whether an avatar is in use anywhere. */
  showsAvatar(avatarHash: string): boolean {
    return [...this.#rooms.values()].some((room) => room.showsAvatar(avatarHash));
  }

  /** Everyone who shows this job, in whichever room. */
  makersOf(jobId: string): { room: Room; participant: Participant }[] {
    return [...this.#rooms.values()].flatMap((room) => room.makersOf(jobId).map((participant) => ({ room, participant })));
  }

  closeAll(error: StippleError): void {
    for (const room of [...this.#rooms.values()]) this.#close(room, error);
  }

  #watchEmpty(room: Room): void {
    this.#unwatchEmpty(room.roomId);
    const timer = setTimeout(() => this.#close(room, new StippleError('ROOM_CLOSED')), this.#options.emptyRoomMs);
    timer.unref();
    this.#emptyTimers.set(room.roomId, timer);
  }

  #unwatchEmpty(roomId: string): void {
    clearTimeout(this.#emptyTimers.get(roomId));
    this.#emptyTimers.delete(roomId);
  }

  #close(room: Room, error: StippleError): void {
    if (this.#rooms.get(room.roomId) === room) this.#rooms.delete(room.roomId);
    this.#unwatchEmpty(room.roomId);
    room.close(error);
    this.#options.metrics.rooms.set(this.#rooms.size);
    this.#options.log.info({ roomId: room.roomId, code: error.code }, 'room closed');
  }
}
