import { signal } from '@preact/signals';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import type { ParticipantInfo } from '../../shared/protocol/signaling.ts';
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
  readonly displayName: string;
  readonly isSelf: boolean;
  readonly connected = signal(true);
  readonly avatar = signal<AvatarLoad>({ state: 'none' });
  /** The job that makes their next avatar, where the room may watch. */
  readonly makingJobId = signal<string | undefined>(undefined);
  /** Their motion; unused for oneself, whose pose needs no wire. */
  readonly playout = new PlayoutBuffer();

  constructor(info: ParticipantInfo, isSelf: boolean) {
    this.participantId = info.participantId;
    this.displayName = info.displayName;
    this.isSelf = isSelf;
    this.connected.value = info.connected;
  }
}
