import { batch, signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import type { VoiceConsumerInfo, VoiceState, VoiceTiming } from '../../shared/protocol/voice.ts';
import type { DiagnosticsRecorder } from '../diagnostics/diagnostics.ts';
import type { RoomClock } from '../signaling/roomClock.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';
import type { ReceivedVoice, VoiceChannel } from '../transport/voiceChannel.ts';
import type { SeatPosition } from './hearingPlace.ts';
import { LipSync } from './lipSync.ts';
import { Microphone, MicrophoneError } from './microphone.ts';
import { SpatialVoices } from './spatialVoices.ts';
import { VoiceAnalyser } from './voiceAnalyser.ts';
import type { TimedVoiceReading } from './voiceAnalyser.ts';
import { heardPacket, voiceLagMs } from './voiceLag.ts';

export type MicrophoneState =
  | { readonly state: 'off' | 'starting' | 'on' | 'muted' }
  | { readonly state: 'failed'; readonly message: string };

/** What voices need to know of somebody in the room. */
export interface VoicePerson {
  readonly participantId: string;
  readonly isSelf: boolean;
  readonly voice: Signal<VoiceState | undefined>;
  readonly speaking: Signal<boolean>;
  /** Of the voice as it is heard here, [0, 1]. */
  readonly loudness: Signal<number>;
  readonly playout: { readonly mediaLagMs: number; minimumLagMs: number };
}

export interface VoiceSessionOptions {
  readonly signaling: SignalingConnection;
  readonly clock: RoomClock;
  readonly diagnostics: DiagnosticsRecorder;
  people(): readonly VoicePerson[];
  /** Says something for those who listen to the page. */
  announce(sentence: string): void;
}

/** Somebody's voice as it arrives, and what keeps their lips in step with it. */
interface Heard {
  readonly voice: ReceivedVoice;
  readonly lipSync: LipSync;
  timing: VoiceTiming | undefined;
}

const TICK_MS = 100;
const LIP_SYNC_TICKS = 2;
const DELAY_TICKS = 300;
/** A picture is on the screen about one refresh after it was made. */
const DISPLAY_MS = 16;
/** What lies outside is no delay but a clock that has jumped. */
const PLAUSIBLE_LAG_MS = 2_000;
const QUIET_DB = -60;
const LOUD_DB = -18;

/** The voices of one stay in a room: the own microphone, everybody's sound from their seat, lips in step. */
export class VoiceSession {
  readonly microphone = signal<MicrophoneState>({ state: 'off' });
  /** Of the own microphone, [0, 1]. */
  readonly level = signal(0);
  readonly voices = new SpatialVoices();
  /** Where somebody sits on the stage; set by whoever has one. */
  placeOf: (participantId: string) => SeatPosition | undefined = () => undefined;
  /** What the own voice does, a hundred times a second while the microphone is open. */
  onReading: (reading: TimedVoiceReading) => void = () => {};

  readonly #options: VoiceSessionOptions;
  readonly #heard = new Map<string, Heard>();
  readonly #cleanups: (() => void)[] = [];
  #channel: VoiceChannel | undefined;
  #microphone: Microphone | undefined;
  #analyser: VoiceAnalyser | undefined;
  #ticks = 0;
  #toldDelayMs = 0;
  #closed = false;

  constructor(options: VoiceSessionOptions) {
    this.#options = options;
    const { signaling } = options;
    const timer = setInterval(() => this.#tick(), TICK_MS);
    this.#cleanups.push(
      () => clearInterval(timer),
      signaling.on('voice:speaking', ({ speakers }) => this.#noteSpeakers(new Set(speakers.map(({ participantId }) => participantId)))),
      signaling.on('voice:state', ({ participantId, voice }) => this.#noteState(participantId, voice)),
      signaling.on('voice:timing', (timing) => {
        const heard = this.#heard.get(timing.participantId);
        if (heard) heard.timing = timing;
      }),
      signaling.on('voice:consumerClosed', ({ consumerId, participantId }) => this.#drop(participantId, consumerId)),
      signaling.onAcknowledged('voice:consumerCreated', (info) => this.#receive(info)),
    );
  }

  /** Voices flow over this channel from now on; undefined: over none. The microphone stays open meanwhile. */
  async useChannel(channel: VoiceChannel | undefined): Promise<void> {
    this.#channel = channel;
    for (const [participantId, { voice }] of [...this.#heard]) this.#drop(participantId, voice.consumerId);
    if (!channel) return;
    await channel.listen();
    if (this.#microphone) await this.#produce(channel, this.#microphone);
  }

  /** The one button: asks for the microphone, then mutes and unmutes it. */
  async toggle(): Promise<void> {
    switch (this.microphone.value.state) {
      case 'starting':
        return;
      case 'on':
      case 'muted':
        await this.#setMuted(this.microphone.value.state === 'on');
        return;
      default:
        await this.#open();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#shut();
    for (const { playout } of this.#options.people()) playout.minimumLagMs = 0;
    this.#heard.clear();
    this.voices.close();
    this.microphone.value = { state: 'off' };
  }

  async #open(): Promise<void> {
    this.microphone.value = { state: 'starting' };
    try {
      const microphone = await Microphone.open(() => this.#lost('The microphone was taken away.'));
      if (this.#closed) return microphone.close();
      this.#microphone = microphone;
      this.microphone.value = { state: 'on' };
      const { context } = this.voices;
      await this.voices.resume();
      await Promise.all([
        this.#analyse(context, microphone),
        this.#channel ? this.#produce(this.#channel, microphone) : undefined,
      ]);
      if (this.microphone.value.state === 'on') this.#options.announce('Your microphone is on.');
    } catch (error) {
      if (!(error instanceof MicrophoneError)) console.warn('microphone', error);
      this.#lost(error instanceof MicrophoneError ? error.message : 'Your voice could not be sent. Press again to retry.');
    }
  }

  /** Without audio worklets the voice is heard all the same; only the face does not move with it. */
  async #analyse(context: AudioContext, microphone: Microphone): Promise<void> {
    try {
      const analyser = await VoiceAnalyser.attach(context, microphone.stream, microphone.delayMs, (reading) => this.#read(reading));
      if (this.#microphone === microphone) this.#analyser = analyser;
      else analyser.close();
    } catch (error) {
      console.warn('the voice is not analysed', error);
    }
  }

  async #produce(channel: VoiceChannel, microphone: Microphone): Promise<void> {
    this.#toldDelayMs = this.#captureToServerMs(microphone);
    await channel.produce(microphone.track, this.microphone.value.state === 'muted', this.#toldDelayMs);
  }

  async #setMuted(muted: boolean): Promise<void> {
    this.microphone.value = { state: muted ? 'muted' : 'on' };
    if (muted) this.level.value = 0;
    this.#options.announce(muted ? 'You are muted.' : 'Your microphone is on.');
    // Also while there is no channel: the next one begins as it is now.
    if (this.#microphone) this.#microphone.track.enabled = !muted;
    await this.#channel?.setMuted(muted).catch((error: unknown) => console.warn('muting was not told', error));
  }

  #lost(message: string): void {
    this.#shut();
    if (!this.#closed) this.microphone.value = { state: 'failed', message };
    this.#options.announce(message);
  }

  #shut(): void {
    this.#analyser?.close();
    this.#analyser = undefined;
    this.#microphone?.close();
    this.#microphone = undefined;
    this.level.value = 0;
    void this.#channel?.stop().catch(() => undefined);
  }

  #read(reading: TimedVoiceReading): void {
    if (this.microphone.value.state !== 'on') return;
    const level = Math.min(1, Math.max(0, (reading.levelDb - QUIET_DB) / (LOUD_DB - QUIET_DB)));
    // Meters fall slowly, so that the eye can follow.
    const shown = Math.max(level, this.level.value - 0.02);
    if (Math.abs(shown - this.level.value) > 0.015) this.level.value = shown;
    this.onReading(reading);
  }

  async #receive(info: VoiceConsumerInfo): Promise<void> {
    const channel = this.#channel;
    if (!channel) throw new Error('no channel for voices');
    const voice = await channel.consume(info);
    if (channel !== this.#channel) return;
    this.#heard.set(info.participantId, { voice, lipSync: new LipSync(), timing: undefined });
    this.voices.add(info.participantId, voice.track);
    this.#options.diagnostics.count('voicesReceived');
  }

  #drop(participantId: string, consumerId: string): void {
    this.#channel?.stopConsuming(consumerId);
    if (this.#heard.get(participantId)?.voice.consumerId !== consumerId) return;
    this.#heard.delete(participantId);
    this.voices.remove(participantId);
    this.#release(participantId);
  }

  /** The face need not wait for a voice any more. */
  #release(participantId: string): void {
    const person = this.#find(participantId);
    if (!person) return;
    person.playout.minimumLagMs = 0;
    person.loudness.value = 0;
  }

  #noteState(participantId: string, voice: VoiceState | undefined): void {
    const person = this.#find(participantId);
    if (!person) return;
    batch(() => {
      person.voice.value = voice;
      if (voice !== 'on') person.speaking.value = false;
    });
    if (voice === 'on') return;
    // After a pause the stream's clock is another one.
    const heard = this.#heard.get(participantId);
    if (heard) heard.timing = undefined;
    heard?.lipSync.reset();
    this.#release(participantId);
  }

  #noteSpeakers(speaking: ReadonlySet<string>): void {
    batch(() => {
      for (const person of this.#options.people()) person.speaking.value = speaking.has(person.participantId);
    });
  }

  #tick(): void {
    this.#ticks++;
    const lipSync = this.#ticks % LIP_SYNC_TICKS === 0;
    for (const [participantId, heard] of this.#heard) {
      const person = this.#find(participantId);
      if (!person) continue;
      const loudness = this.voices.loudness(participantId);
      if (Math.abs(loudness - person.loudness.value) > 0.02) person.loudness.value = loudness;
      const place = this.placeOf(participantId);
      if (place) this.voices.place(participantId, place);
      if (lipSync) this.#keepInStep(person, heard);
    }
    if (this.#ticks % DELAY_TICKS === 0) this.#tellDelay();
  }

  #keepInStep({ participantId, playout }: VoicePerson, { voice: { receiver }, lipSync, timing }: Heard): void {
    const heard = receiver && timing && heardPacket(receiver, performance.now());
    if (!heard || !timing) return;
    const { outputDelayMs } = this.voices;
    const lagMs = voiceLagMs(heard, this.#options.clock.at(heard.heardAtMs), timing) + outputDelayMs;
    if (Math.abs(lagMs) > PLAUSIBLE_LAG_MS) return;
    const faceLagMs = playout.mediaLagMs + DISPLAY_MS;
    const plan = lipSync.update({ voiceLagMs: lagMs, faceLagMs });
    playout.minimumLagMs = Math.max(0, plan.minimumFaceLagMs - DISPLAY_MS);
    const adjustable = receiver as RTCRtpReceiver & { jitterBufferTarget?: number | null };
    if ('jitterBufferTarget' in adjustable) adjustable.jitterBufferTarget = plan.jitterBufferTargetMs ?? null;
    this.#options.diagnostics.heard(participantId, { voiceLagMs: lagMs, faceLagMs, skewMs: lagMs - faceLagMs, outputDelayMs, displayDelayMs: DISPLAY_MS });
  }

  #tellDelay(): void {
    if (!this.#microphone || !this.#channel) return;
    const delayMs = this.#captureToServerMs(this.#microphone);
    if (Math.abs(delayMs - this.#toldDelayMs) < 3) return;
    this.#toldDelayMs = delayMs;
    this.#channel.tellDelay(delayMs).catch(() => undefined);
  }

  #captureToServerMs(microphone: Microphone): number {
    const { roundTripMs } = this.#options.clock;
    return Math.min(1_000, microphone.delayMs + (Number.isFinite(roundTripMs) ? roundTripMs / 2 : 0));
  }

  #find(participantId: string): VoicePerson | undefined {
    return this.#options.people().find((person) => person.participantId === participantId);
  }
}
