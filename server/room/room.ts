import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { EventName, EventOf, ParticipantInfo } from '../../shared/protocol/signaling.ts';
import type { VoiceState } from '../../shared/protocol/voice.ts';
import type { PoseRelay } from '../sfu/poseRelay.ts';
import type { VoiceRelay } from '../sfu/voiceRelay.ts';
import { randomId, tokenDigest } from '../tokens/tokens.ts';
import { Participant } from './participant.ts';
import type { RoomConnection } from './participant.ts';
import { Slots } from './slots.ts';

export interface RoomOptions {
  readonly roomId: string;
  /** Owner id of whoever opened it. */
  readonly openedBy: string;
  readonly relay: PoseRelay;
  readonly voices: VoiceRelay;
  /** mediasoup's router capabilities, passed through to clients. */
  readonly routerRtpCapabilities: Record<string, unknown>;
  readonly maxParticipants: number;
  readonly rejoinWindowMs: number;
  readonly probeTimeoutMs: number;
  /** Called when the last seat is given up, and when the first is taken. */
  readonly onEmptyChange: (empty: boolean) => void;
  readonly onSeatsChange: (difference: number) => void;
  readonly onRejoin: () => void;
}

export interface Seat {
  readonly participant: Participant;
  readonly participantToken: string;
  readonly roomToken: string;
  readonly resumed: boolean;
}

/** What a newcomer shows. */
export interface Shown {
  readonly avatar: AvatarRef | undefined;
  readonly makingJobId: string | undefined;
}

export type LeaveReason = EventOf<'room:participantLeft'>['reason'];

/** A room: its seats, who sits on them, what they show. Knows no socket and no transport. */
export class Room {
  readonly roomId: string;
  readonly openedBy: string;
  readonly relay: PoseRelay;
  readonly voices: VoiceRelay;
  readonly routerRtpCapabilities: Record<string, unknown>;
  readonly #options: RoomOptions;
  readonly #participants = new Map<string, Participant>();
  readonly #slots = new Slots();
  #closed = false;

  constructor(options: RoomOptions) {
    this.roomId = options.roomId;
    this.openedBy = options.openedBy;
    this.relay = options.relay;
    this.voices = options.voices;
    this.voices.onSpeaking((speakers) => this.#tellAll('voice:speaking', { speakers }));
    this.routerRtpCapabilities = options.routerRtpCapabilities;
    this.#options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get participantCount(): number {
    return this.#participants.size;
  }

  describeParticipants(): ParticipantInfo[] {
    return [...this.#participants.values()].map((participant) => participant.describe());
  }

  /**
   * Takes a new seat.
   * @throws StippleError ROOM_FULL, ROOM_CLOSED
   */
  join(connection: RoomConnection, ownerId: string, displayName: string, { avatar, makingJobId }: Shown): Seat {
    this.#requireOpen();
    const slot = this.#participants.size < this.#options.maxParticipants ? this.#slots.take() : undefined;
    if (slot === undefined) {
      throw new StippleError('ROOM_FULL', {
        message: `The room is full: it has ${this.#options.maxParticipants} seats.`,
        details: { seats: this.#options.maxParticipants },
      });
    }
    const { participant, participantToken } = Participant.create(ownerId, slot, displayName);
    participant.connection = connection;
    participant.avatar = avatar;
    participant.makingJobId = makingJobId;
    this.#participants.set(participant.participantId, participant);
    this.#options.onSeatsChange(1);
    if (this.#participants.size === 1) this.#options.onEmptyChange(false);
    this.#tellOthers(participant, 'room:participantJoined', { participant: participant.describe() });
    return { participant, participantToken, roomToken: participant.renewRoomToken(), resumed: false };
  }

  /**
   * Takes a kept seat again. Where a connection holds it that still answers, the newcomer is refused; where it does not
   * answer in time it counts as dropped and the newcomer replaces it.
   * @throws StippleError PARTICIPANT_TOKEN_UNKNOWN, PARTICIPANT_TOKEN_IN_USE, ROOM_CLOSED
   */
  async rejoin(connection: RoomConnection, participantToken: string, displayName: string, { avatar, makingJobId }: Shown): Promise<Seat> {
    this.#requireOpen();
    const digest = tokenDigest(participantToken);
    const participant = [...this.#participants.values()].find((candidate) => candidate.tokenDigest === digest);
    if (participant === undefined) throw new StippleError('PARTICIPANT_TOKEN_UNKNOWN');
    if (participant.claimed) throw new StippleError('PARTICIPANT_TOKEN_IN_USE');
    const holder = participant.connection;
    if (holder !== undefined) {
      participant.claimed = true;
      const answered = await holder.ask('connection:probe', {}, this.#options.probeTimeoutMs)
        .finally(() => { participant.claimed = false; });
      this.#requireOpen();
      if (answered && participant.connection === holder) throw new StippleError('PARTICIPANT_TOKEN_IN_USE');
      if (!this.#participants.has(participant.participantId)) throw new StippleError('PARTICIPANT_TOKEN_UNKNOWN');
    }
    const wasConnected = participant.connection !== undefined;
    clearTimeout(participant.expiry);
    participant.expiry = undefined;
    // The voice of the connection before is gone with it.
    this.showVoice(participant, undefined);
    participant.connection = connection;
    if (wasConnected && holder) holder.end(new StippleError('PARTICIPANT_TOKEN_IN_USE', { message: 'Another connection of this participant took over.' }));
    participant.displayName = displayName;
    if (avatar) this.publishAvatar(participant, avatar);
    if (makingJobId !== undefined) this.showMaking(participant, makingJobId);
    this.#options.onRejoin();
    // Sent even when the drop was never noticed: the others' channels to this participant are new.
    this.#tellOthers(participant, 'room:participantConnection', { participantId: participant.participantId, connected: true });
    return { participant, participantToken, roomToken: participant.renewRoomToken(), resumed: true };
  }

  /** Shows an avatar to everyone, its owner included. */
  publishAvatar(participant: Participant, avatar: AvatarRef): void {
    const { participantId } = participant;
    if (participant.avatar?.hash === avatar.hash) {
      this.showMaking(participant, undefined);
      return;
    }
    participant.avatar = avatar;
    participant.makingJobId = undefined;
    this.#tellAll('room:avatarPublished', { participantId, avatar });
  }

  /** Lets everyone watch the participant's next avatar come; with undefined says that it will not. */
  showMaking(participant: Participant, makingJobId: string | undefined): void {
    if (participant.makingJobId === makingJobId) return;
    participant.makingJobId = makingJobId;
    this.#tellAll('room:avatarMaking', { participantId: participant.participantId, ...(makingJobId === undefined ? {} : { jobId: makingJobId }) });
  }

  /** Tells everyone what has become of somebody's microphone. */
  showVoice(participant: Participant, voice: VoiceState | undefined): void {
    if (participant.voice === voice) return;
    participant.voice = voice;
    this.#tellAll('voice:state', { participantId: participant.participantId, ...(voice === undefined ? {} : { voice }) });
  }

  /** Those who show this job here. */
  makersOf(jobId: string): Participant[] {
    return [...this.#participants.values()].filter((participant) => participant.makingJobId === jobId);
  }

  /** Everyone who shows a head in the making. */
  get makers(): Participant[] {
    return [...this.#participants.values()].filter((participant) => participant.makingJobId !== undefined);
  }

  /** Connections of everyone who has one. */
  get connections(): RoomConnection[] {
    return [...this.#participants.values()].flatMap((participant) => participant.connection ?? []);
  }

  /** The connection is gone without a word: keep the seat for the rejoin window. */
  drop(participant: Participant, connection: RoomConnection): void {
    if (participant.connection !== connection || !this.#participants.has(participant.participantId)) return;
    participant.connection = undefined;
    this.#tellOthers(participant, 'room:participantConnection', { participantId: participant.participantId, connected: false });
    participant.expiry = setTimeout(() => this.#remove(participant, 'expired'), this.#options.rejoinWindowMs);
    participant.expiry.unref();
  }

  /** Gives the seat up. */
  leave(participant: Participant, reason: LeaveReason = 'left'): void {
    this.#remove(participant, reason);
  }

  /** Whether a room token now valid allows reading an avatar: one that somebody here shows. */
  allowsReading(digest: string, avatarHash: string): boolean {
    const participants = [...this.#participants.values()];
    return participants.some((participant) => participant.roomTokenDigest === digest)
      && participants.some((participant) => participant.avatar?.hash === avatarHash);
  }

  showsAvatar(avatarHash: string): boolean {
    return [...this.#participants.values()].some((participant) => participant.avatar?.hash === avatarHash);
  }

  /** Ends the room for everyone. Safe to call twice. */
  close(error: StippleError): void {
    if (this.#closed) return;
    this.#tellAll('room:closed', { roomId: this.roomId, error: toWireError(error, randomId()) });
    this.#closed = true;
    for (const participant of this.#participants.values()) clearTimeout(participant.expiry);
    const seats = this.#participants.size;
    this.#participants.clear();
    this.#options.onSeatsChange(-seats);
    this.voices.close();
    this.relay.close();
  }

  #remove(participant: Participant, reason: LeaveReason): void {
    if (!this.#participants.delete(participant.participantId)) return;
    this.#slots.release(participant.slot);
    clearTimeout(participant.expiry);
    participant.connection = undefined;
    participant.roomTokenDigest = '';
    this.#options.onSeatsChange(-1);
    this.#tellAll('room:participantLeft', { participantId: participant.participantId, reason });
    if (this.#participants.size === 0) this.#options.onEmptyChange(true);
  }

  #tellOthers<K extends EventName>(except: Participant, name: K, event: EventOf<K>): void {
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.connection?.emit(name, event);
    }
  }

  #tellAll<K extends EventName>(name: K, event: EventOf<K>): void {
    for (const participant of this.#participants.values()) participant.connection?.emit(name, event);
  }

  #requireOpen(): void {
    if (this.#closed) throw new StippleError('ROOM_CLOSED');
  }
}
