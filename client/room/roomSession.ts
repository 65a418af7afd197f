import { batch, computed, signal } from '@preact/signals';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { StippleError, fromWireError } from '../../shared/protocol/errors.ts';
import type { DataConsumerInfo, ParticipantInfo, ReplyOf } from '../../shared/protocol/signaling.ts';
import type { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import type { AvatarLibrary } from '../rig/avatarLibrary.ts';
import { RoomClock } from '../signaling/roomClock.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';
import { LinkRateMeter } from '../transport/linkStats.ts';
import type { PoseTransport } from '../transport/poseTransport.ts';
import { VoiceSession } from '../voice/voiceSession.ts';
import { MotionLink } from './motionLink.ts';
import type { PoseSample } from './poseDriver.ts';
import { Participant } from './participant.ts';
import { keepSeat } from './seat.ts';
import type { Seat } from './seat.ts';

/** `closed` is final: leave, or a reason that `error` tells. */
export type RoomState = 'joining' | 'live' | 'reconnecting' | 'closed';

/** What the small panel shows. */
export interface LinkReading {
  readonly kilobitsPerSecondUp: number;
  readonly kilobitsPerSecondDown: number;
  readonly roundTripMs: number | undefined;
}

const LINK_READING_MS = 1000;
const CLOCK_SYNC_MS = 60_000;
/** Failures in a row, each of a kind that may pass, after which the stay is given up. */
const MAX_FAILED_ENTRIES = 5;

/**
 * One stay in one room: takes the seat, keeps it over dropped connections, sends the own motion and collects the
 * others'. Ends with `leave` or when the server says so.
 */
export class RoomSession {
  readonly state = signal<RoomState>('joining');
  readonly error = signal<StippleError | undefined>(undefined);
  readonly participants = signal<readonly Participant[]>([]);
  readonly self = computed(() => this.participants.value.find((participant) => participant.isSelf));
  readonly link = signal<LinkReading>({ kilobitsPerSecondUp: 0, kilobitsPerSecondDown: 0, roundTripMs: undefined });
  /** The newest thing worth saying aloud. */
  readonly announcement = signal('');

  readonly #signaling: SignalingConnection;
  readonly #library: AvatarLibrary;
  readonly #diagnostics: DiagnosticsRecorder;
  readonly #clock = new RoomClock();
  readonly motion: MotionLink;
  readonly voice: VoiceSession;
  readonly #meter = new LinkRateMeter();
  readonly #cleanups: (() => void)[] = [];
  #seat: Seat;
  #roomToken: string | undefined;
  /** Settles when the newest connection's transports stand; offers of channels wait for it. */
  #transport: Promise<PoseTransport> | undefined;
  #openTransport: PoseTransport | undefined;
  #entering: Promise<void> | undefined;
  #failedEntries = 0;

  constructor(seat: Seat, signaling: SignalingConnection, library: AvatarLibrary, diagnostics: DiagnosticsRecorder) {
    this.#seat = seat;
    this.#signaling = signaling;
    this.#library = library;
    this.#diagnostics = diagnostics;
    this.motion = new MotionLink({
      clock: this.#clock, diagnostics, participants: () => this.participants.peek(),
      sendInterest: (levels) => signaling.request('motion:interest', { levels }),
    });
    this.voice = new VoiceSession({
      signaling, diagnostics, clock: this.#clock, people: () => this.participants.peek(),
      announce: (sentence) => { this.announcement.value = sentence; },
    });
    this.#listen();
  }

  get roomId(): string {
    return this.#seat.roomId;
  }

  get clock(): RoomClock {
    return this.#clock;
  }

  /** Sends one sample of the own face while the room is live. */
  publish(sample: PoseSample): void {
    if (this.state.value === 'live') this.motion.publish(sample);
  }

  /** Lets the room watch the own next avatar being made, and see it when it is done. */
  async showJob(jobId: string): Promise<void> {
    await this.#signaling.request('avatar:show', { jobId });
  }

  /** Leaves for good; the seat is given up. */
  async leave(): Promise<void> {
    keepSeat(undefined);
    this.#end(undefined);
    await this.#signaling.request('room:leave', {}).catch(() => undefined);
  }

  #listen(): void {
    const on = this.#signaling.on.bind(this.#signaling);
    this.#cleanups.push(
      this.#signaling.onOnline(() => void this.#enter()),
      this.#signaling.state.subscribe((state) => {
        if (state === 'reconnecting' && this.state.value === 'live') {
          this.state.value = 'reconnecting';
          this.announcement.value = 'Connection lost. Reconnecting.';
        }
        if (state === 'refused') this.#end(this.#signaling.error.value);
      }),
      on('room:participantJoined', ({ participant }) => {
        this.#add(participant);
        this.motion.greet();
        this.announcement.value = `${participant.displayName} joined.`;
      }),
      on('room:participantLeft', ({ participantId, reason }) => {
        const gone = this.#find(participantId);
        this.#remove(participantId);
        if (gone && !gone.isSelf) this.announcement.value = `${gone.displayName} ${reason === 'left' ? 'left' : 'is gone'}.`;
        if (gone?.isSelf && reason !== 'left') this.#end(new StippleError('PARTICIPANT_TOKEN_UNKNOWN'));
      }),
      on('room:participantConnection', ({ participantId, connected }) => {
        const participant = this.#find(participantId);
        if (!participant || participant.isSelf) return;
        participant.connected.value = connected;
        if (connected) this.motion.greet();
        this.announcement.value = connected ? `${participant.displayName} is back.` : `${participant.displayName} lost the connection.`;
      }),
      on('room:avatarPublished', ({ participantId, avatar }) => {
        const participant = this.#find(participantId);
        if (!participant) return;
        // In one go: between the two the head in the making would count as gone.
        batch(() => {
          void this.#loadAvatar(participant, avatar);
          participant.makingJobId.value = undefined;
        });
        if (participant.isSelf) this.#keep({ ...this.#seat, avatarHash: avatar.hash, jobId: undefined });
      }),
      on('room:avatarMaking', ({ participantId, jobId }) => {
        const participant = this.#find(participantId);
        if (participant) participant.makingJobId.value = jobId;
        if (participant?.isSelf) this.#keep({ ...this.#seat, jobId });
      }),
      on('room:closed', ({ error }) => {
        const reason = fromWireError(error);
        if (reason.retryable) void this.#enter(true);
        else this.#end(reason);
      }),
      on('pose:consumerClosed', ({ dataConsumerId }) => this.#openTransport?.stopConsuming(dataConsumerId)),
      on('pose:rejected', ({ framesRejected }) => this.#diagnostics.count('framesRejectedByServer', framesRejected)),
      this.#signaling.onAcknowledged('pose:consumerCreated', (info) => this.#consume(info)),
    );
    const reading = setInterval(() => void this.#readLink(), LINK_READING_MS);
    const sync = setInterval(() => {
      if (this.state.value === 'live') void this.#clock.sync(this.#signaling).catch(() => undefined);
    }, CLOCK_SYNC_MS);
    this.#cleanups.push(() => clearInterval(reading), () => clearInterval(sync));
  }

  /** Takes the seat, once at a time. @param fresh the room is new: forget the old seat in it. */
  #enter(fresh = false): Promise<void> {
    if (fresh) this.#seat = { ...this.#seat, participantToken: undefined };
    this.#entering ??= this.#takeSeat()
      .catch((error: unknown) => {
        const known = error instanceof StippleError ? error : new StippleError('INTERNAL', { cause: error });
        if (known.code === 'INTERNAL' && !(error instanceof StippleError)) console.error('joining failed', error);
        // With the connection gone the next one will try again by itself.
        if (this.#signaling.state.value !== 'online') return;
        if (known.retryable && ++this.#failedEntries <= MAX_FAILED_ENTRIES) setTimeout(() => void this.#enter(), 700);
        else this.#end(known);
      })
      .finally(() => {
        this.#entering = undefined;
      });
    return this.#entering;
  }

  async #takeSeat(): Promise<void> {
    if (this.state.value === 'closed') return;
    this.#openTransport?.close();
    this.#openTransport = undefined;
    this.motion.useChannel(undefined);
    void this.voice.useChannel(undefined);
    const joined = await this.#join();
    this.#roomToken = joined.roomToken;
    this.#keep({ ...this.#seat, participantToken: joined.participantToken });
    this.#reconcile(joined);
    await this.#clock.sync(this.#signaling);

    const opening = import('../transport/poseTransport.ts').then(({ PoseTransport }) => PoseTransport.open(this.#signaling, joined.routerRtpCapabilities, {
      onBundle: (bytes) => this.motion.receiveBundle(bytes),
      onFrame: (participantId, bytes) => this.motion.receiveFrame(participantId, bytes),
      onFailed: () => {
        this.#diagnostics.count('transportFailures');
        this.#signaling.drop(); // Everything anew, by the one path that is also the rejoin's.
      },
    }));
    this.#transport = opening;
    this.#openTransport = await opening;
    this.motion.useChannel(this.#openTransport);
    // The room is live without voices, too.
    this.voice.useChannel(this.#openTransport.voice).catch((error: unknown) => console.warn('voices', error));
    this.#failedEntries = 0;
    const wasReconnecting = this.state.value === 'reconnecting';
    batch(() => {
      this.state.value = 'live';
      this.error.value = undefined;
    });
    this.#diagnostics.count(wasReconnecting ? 'rejoins' : 'joins');
    if (wasReconnecting) this.announcement.value = 'Reconnected.';
  }

  async #join(): Promise<ReplyOf<'room:join'>> {
    const { roomId, displayName } = this.#seat;
    for (let attempt = 0; ; attempt++) {
      const { participantToken, avatarHash, jobId } = this.#seat;
      try {
        return await this.#signaling.request('room:join', {
          roomId, displayName, ...(participantToken ? { participantToken } : {}), ...(avatarHash ? { avatarHash } : {}), ...(jobId ? { jobId } : {}),
        });
      } catch (error) {
        if (!(error instanceof StippleError) || attempt >= 4) throw error;
        if (error.code === 'PARTICIPANT_TOKEN_UNKNOWN' || error.code === 'PARTICIPANT_TOKEN_IN_USE' || (error.code === 'TOKEN_INVALID' && participantToken)) {
          this.#seat = { ...this.#seat, participantToken: undefined };
        } else if (jobId && /^(JOB|PORTRAIT|AVATAR)_/.test(error.code)) {
          // No head will come of it: the seat is taken without.
          this.#seat = { ...this.#seat, jobId: undefined };
        } else if (error.code === 'ROOM_UNKNOWN') {
          // A shared link outlives the room behind it: whoever comes first opens it again.
          await this.#signaling.request('room:create', { roomId }).catch((reason: unknown) => {
            if (!(reason instanceof StippleError && reason.code === 'ROOM_EXISTS')) throw reason;
          });
        } else {
          throw error;
        }
      }
    }
  }

  /** Makes the list what the server says, keeping everyone already known (their avatars and motion stay). */
  #reconcile(joined: ReplyOf<'room:join'>): void {
    batch(() => {
      const present = new Set(joined.participants.map((info) => info.participantId));
      for (const participant of this.participants.value) if (!present.has(participant.participantId)) this.#remove(participant.participantId);
      for (const info of joined.participants) this.#add(info, info.participantId === joined.participantId);
    });
  }

  #add(info: ParticipantInfo, isSelf = false): void {
    let participant = this.#find(info.participantId);
    if (!participant) {
      participant = new Participant(info, isSelf);
      this.participants.value = [...this.participants.value, participant];
      if (!isSelf) this.#diagnostics.remote(info.participantId).displayName = info.displayName;
    }
    participant.connected.value = info.connected;
    participant.makingJobId.value = info.makingJobId;
    participant.voice.value = info.voice;
    if (info.avatar) void this.#loadAvatar(participant, info.avatar);
  }

  #remove(participantId: string): void {
    const gone = this.#find(participantId)?.avatar.value;
    this.participants.value = this.participants.value.filter((participant) => participant.participantId !== participantId);
    this.#diagnostics.forgetRemote(participantId);
    if (gone && gone.state !== 'none') this.#forget(gone.ref.hash);
  }

  /** Lets an avatar go that nobody here shows any more. */
  #forget(hash: string): void {
    const shown = this.participants.value.some(({ avatar: { value } }) => value.state !== 'none' && value.ref.hash === hash);
    if (!shown) this.#library.forget(hash);
  }

  #keep(seat: Seat): void {
    this.#seat = seat;
    if (this.state.value !== 'closed') keepSeat(seat);
  }

  #find(participantId: string): Participant | undefined {
    return this.participants.value.find((participant) => participant.participantId === participantId);
  }

  async #loadAvatar(participant: Participant, ref: AvatarRef): Promise<void> {
    const current = participant.avatar.value;
    if (current.state !== 'none' && current.state !== 'failed' && current.ref.hash === ref.hash) return;
    participant.avatar.value = { state: 'loading', ref };
    const superseded = (): boolean => {
      const now = participant.avatar.value;
      return now.state === 'none' || now.ref.hash !== ref.hash;
    };
    try {
      const token = (participant.isSelf ? this.#signaling.ownerToken : undefined) ?? this.#roomToken ?? '';
      const avatar = await this.#library.load(ref, token);
      if (superseded()) return;
      participant.avatar.value = { state: 'ready', ref, avatar };
      if (current.state !== 'none') this.#forget(current.ref.hash);
      if (!participant.isSelf) this.#diagnostics.remote(participant.participantId).avatarHash = ref.hash;
    } catch (error) {
      if (superseded()) return;
      participant.avatar.value = { state: 'failed', ref, message: error instanceof Error ? error.message : 'The avatar could not be loaded.' };
    }
  }

  async #consume(info: DataConsumerInfo): Promise<void> {
    const transport = this.#openTransport ?? await this.#transport;
    if (!transport) throw new StippleError('TRANSPORT_STATE');
    await transport.consume(info);
  }

  async #readLink(): Promise<void> {
    const transport = this.#openTransport;
    if (!transport || this.state.value !== 'live') return;
    const stats = await transport.stats().catch(() => undefined);
    if (!stats) return;
    this.link.value = { ...this.#meter.read(stats, performance.now()), roundTripMs: stats.roundTripMs ?? this.#clock.roundTripMs };
  }

  #end(error: StippleError | undefined): void {
    if (this.state.value === 'closed') return;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.motion.close();
    this.voice.close();
    this.#openTransport?.close();
    this.#openTransport = undefined;
    batch(() => {
      this.state.value = 'closed';
      this.error.value = error;
    });
    if (error) keepSeat(undefined);
  }
}
