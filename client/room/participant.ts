import { signal } from '@preact/signals';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { MotionDecoder } from '../../shared/motion/motionDecoder.ts';
import type { ParticipantInfo } from '../../shared/protocol/signaling.ts';
import type { VoiceState } from '../../shared/protocol/voice.ts';
import { PlayoutBuffer } from '../playout/playoutBuffer.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';

export type AvatarLoad =
  | { state: 'none' }
  | { state: 'loading'; ref: AvatarRef }
  | { state: 'ready'; ref: AvatarRef; avatar: LoadedAvatar }
  | { state: 'failed'; ref: AvatarRef; message: string };

/** Somebody in the room as this page knows them. */
export class Participant {
  readonly participantId: string;
  /** Seat number in the room: names them in motion bundles. */
  readonly slot: number;
  readonly displayName: string;
  readonly isSelf: boolean;
  readonly connected = signal(true);
  readonly avatar = signal<AvatarLoad>({ state: 'none' });
  /** The job that makes their next avatar, where the room may watch. */
  readonly makingJobId = signal<string | undefined>(undefined);
  /** Their motion; unused for oneself, whose pose needs no wire. */
  readonly playout = new PlayoutBuffer();
  readonly decoder = new MotionDecoder();
  /** Their microphone; undefined where there is none. */
  readonly voice = signal<VoiceState | undefined>(undefined);
  readonly speaking = signal(false);
  /** Of their voice as it is heard here, [0, 1]. */
  readonly loudness = signal(0);

  constructor(info: ParticipantInfo, isSelf: boolean) {
    this.participantId = info.participantId;
    this.slot = info.slot;
    this.displayName = info.displayName;
    this.isSelf = isSelf;
    this.connected.value = info.connected;
  }
}
