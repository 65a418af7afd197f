import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import type { StippleError } from '../../shared/protocol/errors.ts';
import type {
  AcknowledgedEventName, AcknowledgedEventOf, EventName, EventOf, ParticipantInfo,
} from '../../shared/protocol/signaling.ts';
import type { VoiceState } from '../../shared/protocol/voice.ts';
import { randomId, randomToken, tokenDigest } from '../tokens/tokens.ts';

/** A signalling connection as rooms see it. */
export interface RoomConnection {
  readonly id: string;
  readonly connected: boolean;
  emit<K extends EventName>(name: K, event: EventOf<K>): void;
  /** Resolves true when the client acknowledged in time, false otherwise; never rejects. */
  ask<K extends AcknowledgedEventName>(name: K, event: AcknowledgedEventOf<K>, timeoutMs: number): Promise<boolean>;
  /** Says why, then disconnects. */
  end(error: StippleError): void;
}

/** A seat in a room. It outlives a dropped connection for the rejoin window. */
export class Participant {
  readonly participantId = randomId();
  readonly ownerId: string;
  /** Seat number in the room; names the participant in motion bundles. */
  readonly slot: number;
  displayName: string;
  avatar: AvatarRef | undefined;
  /** The job whose avatar this participant will show, and whose points the room sees meanwhile. */
  makingJobId: string | undefined;
  /** The microphone; undefined where there is none. */
  voice: VoiceState | undefined;
  /** Undefined between a dropped connection and the rejoin. */
  connection: RoomConnection | undefined;
  /** True while another connection claims the seat and the present one is being asked. */
  claimed = false;
  expiry: NodeJS.Timeout | undefined;
  /** Digest of the participant token. */
  readonly tokenDigest: string;
  /** Digest of the room token now valid; a rejoin replaces it. */
  roomTokenDigest = '';

  private constructor(ownerId: string, slot: number, displayName: string, digest: string) {
    this.ownerId = ownerId;
    this.slot = slot;
    this.displayName = displayName;
    this.tokenDigest = digest;
  }

  static create(ownerId: string, slot: number, displayName: string): { participant: Participant; participantToken: string } {
    const participantToken = randomToken();
    return { participant: new Participant(ownerId, slot, displayName, tokenDigest(participantToken)), participantToken };
  }

  /** A fresh room token; the one before is void. */
  renewRoomToken(): string {
    const token = randomToken();
    this.roomTokenDigest = tokenDigest(token);
    return token;
  }

  describe(): ParticipantInfo {
    return {
      participantId: this.participantId,
      slot: this.slot,
      displayName: this.displayName,
      connected: this.connection !== undefined,
      ...(this.avatar ? { avatar: this.avatar } : {}),
      ...(this.makingJobId === undefined ? {} : { makingJobId: this.makingJobId }),
      ...(this.voice === undefined ? {} : { voice: this.voice }),
    };
  }
}
