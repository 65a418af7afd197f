import { batch, computed, signal } from '@preact/signals';
import { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import { PortraitFlow } from '../lobby/portraitFlow.ts';
import { AvatarLibrary } from '../rig/avatarLibrary.ts';
import { HeadsInTheMaking } from '../rig/headsInTheMaking.ts';
import { RoomSession } from '../room/roomSession.ts';
import { keptSeat } from '../room/seat.ts';
import type { Seat } from '../room/seat.ts';
import { OwnerIdentity } from '../signaling/ownerIdentity.ts';
import { SignalingConnection } from '../signaling/signalingConnection.ts';
import { isGalleryAddress, roomIdOfAddress, showAddress, showGalleryAddress } from './route.ts';

const NAME_KEY = 'stipple.name';

/** Everything the page keeps: one connection, one library of avatars, and either a lobby or a room. */
export class AppState {
  /** Every point and every pixel, however slow; for pictures and strong machines. `?quality=full` starts with it. */
  readonly fullQuality = signal(new URLSearchParams(location.search).get('quality') === 'full');
  readonly diagnostics = new DiagnosticsRecorder();
  readonly connection = new SignalingConnection(new OwnerIdentity());
  readonly library = new AvatarLibrary();
  readonly making = new HeadsInTheMaking(this.connection, this.library);
  readonly portrait = new PortraitFlow(this.connection, this.library, this.making, this.diagnostics);
  readonly displayName = signal(storedName());
  /** The room that the address names; undefined: entering will open a new one. */
  readonly invitedTo = signal(roomIdOfAddress());
  readonly session = signal<RoomSession | undefined>(undefined);
  /** Whether the gallery is on, instead of the lobby. */
  readonly inGallery = signal(isGalleryAddress());
  readonly entering = signal(false);
  readonly enterError = signal<string | undefined>(undefined);
  /** With an avatar, or with one that the server has begun to make. */
  readonly canEnter = computed(() => this.displayName.value.trim().length > 0 && !this.entering.value
    && (this.portrait.step.value.kind === 'ready' || this.portrait.jobId !== undefined));

  constructor() {
    this.diagnostics.install();
    this.connection.state.subscribe((state) => this.diagnostics.status('connection', state));
    addEventListener('popstate', () => this.#followAddress());
    // A reload inside a room goes straight back to the kept seat.
    const seat = keptSeat();
    if (seat && seat.roomId === this.invitedTo.value) this.#open(seat);
  }

  /** From the lobby into the room of the address, or a new one. */
  async enter(): Promise<void> {
    const step = this.portrait.step.value;
    const displayName = this.displayName.value.trim();
    if (!this.canEnter.value) return;
    const { jobId } = this.portrait;
    batch(() => {
      this.entering.value = true;
      this.enterError.value = undefined;
    });
    storeName(displayName);
    try {
      const roomId = this.invitedTo.value ?? (await this.connection.request('room:create', {})).roomId;
      const kept = keptSeat();
      this.#open({
        roomId, displayName, ...(step.kind === 'ready' ? { avatarHash: step.avatar.hash } : {}), ...(jobId === undefined ? {} : { jobId }),
        ...(kept?.roomId === roomId && kept.participantToken ? { participantToken: kept.participantToken } : {}),
      });
    } catch (error) {
      this.enterError.value = error instanceof Error ? error.message : 'The room could not be opened.';
    } finally {
      this.entering.value = false;
    }
  }

  /** Out of the room, into the lobby of that room. */
  async leave(): Promise<void> {
    const session = this.session.value;
    if (!session) return;
    this.session.value = undefined;
    await session.leave();
  }

  openGallery(): void {
    this.inGallery.value = true;
    showGalleryAddress();
  }

  /** Out of the gallery, into the lobby as it was. */
  leaveGallery(): void {
    this.inGallery.value = false;
    showAddress(this.invitedTo.value);
  }

  #open(seat: Seat): void {
    const session = new RoomSession(seat, this.connection, this.library, this.diagnostics);
    session.state.subscribe((state) => this.diagnostics.status('room', state));
    batch(() => {
      this.session.value = session;
      this.invitedTo.value = seat.roomId;
    });
    showAddress(seat.roomId);
  }

  #followAddress(): void {
    const roomId = roomIdOfAddress();
    if (this.session.value && this.session.value.roomId !== roomId) void this.leave();
    batch(() => {
      this.inGallery.value = isGalleryAddress();
      // The gallery is a side step: who was invited still is.
      if (!this.inGallery.value) this.invitedTo.value = roomId;
    });
  }
}

function storedName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

function storeName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Not kept, then.
  }
}
