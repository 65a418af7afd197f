import type { types } from 'mediasoup';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { VoiceConsumerInfo, VoiceRtpParameters, VoiceState, VoiceTiming } from '../../shared/protocol/voice.ts';
import { transportError } from './roomRouter.ts';
import { VoiceProducer } from './voiceProducer.ts';

/** Whom a voice link speaks to. */
export interface VoiceLinkOwner {
  readonly participantId: string;
  /** Resolves true once the client can hear it, false when that was not so in time. */
  announceConsumer(consumer: VoiceConsumerInfo): Promise<boolean>;
  announceConsumerClosed(consumerId: string, participantId: string): void;
  announceTiming(timing: VoiceTiming): void;
  /** The own microphone went on, was muted or is gone: for the room to know. */
  voiceChanged(voice: VoiceState | undefined): void;
}

/** Where a connection's transports are. */
export interface VoicePlace {
  readonly router: types.Router;
  webRtcTransport(direction: 'send' | 'receive'): types.WebRtcTransport | undefined;
}

export interface VoiceLinkListeners {
  opened(link: VoiceLink): void;
  mutedChanged(link: VoiceLink): void;
  gone(link: VoiceLink, producer: types.Producer): void;
  timing(link: VoiceLink, timing: VoiceTiming): void;
  /** The viewer can hear from now on. */
  listening(link: VoiceLink): void;
  failed(link: VoiceLink, error: unknown): void;
  closed(link: VoiceLink): void;
}

export interface VoiceLinkOptions {
  /** Voices a viewer keeps a receiver for; the one unheard for longest makes way. */
  readonly receiversKept: number;
}

/** A receiver for one voice. `opening` while the worker or the client makes its side. */
interface Receiver {
  state: 'opening' | 'open';
  consumer: types.Consumer | undefined;
  wanted: boolean;
  unheardSinceMs: number;
}

/** One connection's side of the voices: its own, and a receiver for each of those it hears or has heard lately. */
export class VoiceLink {
  readonly owner: VoiceLinkOwner;
  readonly #place: VoicePlace;
  readonly #options: VoiceLinkOptions;
  readonly #listeners: VoiceLinkListeners;
  readonly #receivers = new Map<VoiceProducer, Receiver>();
  #voice: VoiceProducer | 'opening' | undefined;
  #rtpCapabilities: types.RtpCapabilities | undefined;
  #closed = false;

  constructor(owner: VoiceLinkOwner, place: VoicePlace, options: VoiceLinkOptions, listeners: VoiceLinkListeners) {
    this.owner = owner;
    this.#place = place;
    this.#options = options;
    this.#listeners = listeners;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get router(): types.Router {
    return this.#place.router;
  }

  /** The own voice, once it stands. */
  get voice(): VoiceProducer | undefined {
    return this.#voice === 'opening' ? undefined : this.#voice;
  }

  /** @throws StippleError TRANSPORT_UNKNOWN, TRANSPORT_STATE, VOICE_EXISTS */
  async produce(request: { transportId: string; rtpParameters: VoiceRtpParameters; muted: boolean; captureToServerMs: number }): Promise<string> {
    const transport = this.#place.webRtcTransport('send');
    if (transport === undefined || transport.id !== request.transportId) throw new StippleError('TRANSPORT_UNKNOWN');
    if (this.#voice !== undefined) throw new StippleError('VOICE_EXISTS');
    this.#voice = 'opening';
    let producer: types.Producer;
    try {
      producer = await transport.produce({
        kind: 'audio', rtpParameters: request.rtpParameters as unknown as types.RtpParameters, paused: request.muted,
      });
    } catch (error) {
      this.#voice = undefined;
      throw transportError(error, 'the voice was not opened');
    }
    if (this.#closed || producer.closed) {
      producer.close();
      throw new StippleError('NOT_IN_ROOM');
    }
    const voice = new VoiceProducer({
      producer, router: this.#place.router, participantId: this.owner.participantId, captureToServerMs: request.captureToServerMs,
      onTiming: (timing) => this.#listeners.timing(this, timing),
    });
    this.#voice = voice;
    producer.observer.once('close', () => {
      if (this.#voice === voice) this.#voice = undefined;
      this.#listeners.gone(this, producer);
      this.owner.voiceChanged(undefined);
    });
    this.owner.voiceChanged(request.muted ? 'muted' : 'on');
    this.#listeners.opened(this);
    return producer.id;
  }

  /** @throws StippleError VOICE_UNKNOWN */
  async setMuted(muted: boolean): Promise<void> {
    const voice = this.#requireVoice();
    if (voice.muted === muted) return;
    await voice.setMuted(muted);
    if (this.#voice !== voice) return;
    this.owner.voiceChanged(muted ? 'muted' : 'on');
    this.#listeners.mutedChanged(this);
  }

  /** @throws StippleError VOICE_UNKNOWN */
  setCaptureToServerMs(captureToServerMs: number): void {
    this.#requireVoice().captureToServerMs = captureToServerMs;
  }

  /** Gives the microphone up; without one does nothing. */
  stop(): void {
    this.voice?.close();
  }

  /** The viewer can hear: its receivers may be made. */
  listen(rtpCapabilities: types.RtpCapabilities): void {
    this.#rtpCapabilities = rtpCapabilities;
    this.#listeners.listening(this);
  }

  /** Makes exactly these voices flow to this viewer, its own left out. */
  hear(voices: ReadonlySet<VoiceProducer>, nowMs: number): void {
    if (this.#rtpCapabilities === undefined || this.#closed) return;
    for (const [voice, receiver] of this.#receivers) {
      const wanted = voices.has(voice);
      if (receiver.wanted && !wanted) receiver.unheardSinceMs = nowMs;
      if (receiver.wanted !== wanted) {
        receiver.wanted = wanted;
        // With its producer the consumer is closed already, as the worker is about to say.
        if (!voice.producer.closed) this.#apply(receiver);
      }
    }
    for (const voice of voices) {
      if (voice !== this.#voice && !this.#receivers.has(voice)) {
        this.#open(voice).catch((error: unknown) => { if (!this.#closed && !voice.producer.closed) this.#listeners.failed(this, error); });
      }
    }
    this.#letGo();
  }

  /** Passes on when a voice's sounds were captured, where this viewer can hear it. */
  tell(voice: VoiceProducer): void {
    if (voice.timing && this.#receivers.get(voice)?.state === 'open') this.owner.announceTiming(voice.timing);
  }

  /** The transports, and what is on them, are closed by their owner. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.voice?.close();
    this.#voice = undefined;
    this.#receivers.clear();
    this.#listeners.closed(this);
  }

  async #open(voice: VoiceProducer): Promise<void> {
    const transport = this.#place.webRtcTransport('receive');
    if (transport === undefined || this.#rtpCapabilities === undefined) return;
    const receiver: Receiver = { state: 'opening', consumer: undefined, wanted: true, unheardSinceMs: -Infinity };
    this.#receivers.set(voice, receiver);
    const forget = (): void => { if (this.#receivers.get(voice) === receiver) this.#receivers.delete(voice); };
    let consumer: types.Consumer;
    try {
      const producerId = await voice.reach(this.#place.router);
      consumer = await transport.consume({ producerId, rtpCapabilities: this.#rtpCapabilities, paused: true });
    } catch (error) {
      forget();
      throw error;
    }
    receiver.consumer = consumer;
    consumer.observer.once('close', forget);
    consumer.on('producerclose', () => {
      if (!this.#closed) this.owner.announceConsumerClosed(consumer.id, voice.participantId);
    });
    const ready = await this.owner.announceConsumer({
      consumerId: consumer.id, producerId: consumer.producerId, participantId: voice.participantId, rtpParameters: { ...consumer.rtpParameters },
    });
    if (consumer.closed) return;
    if (!ready) {
      consumer.close();
      return;
    }
    receiver.state = 'open';
    this.#apply(receiver);
    this.tell(voice);
  }

  #apply({ state, consumer, wanted }: Receiver): void {
    if (state !== 'open' || consumer === undefined || consumer.closed) return;
    (wanted ? consumer.resume() : consumer.pause()).catch(() => undefined);
  }

  /** Closes the receivers unheard for longest beyond those kept. */
  #letGo(): void {
    const spare = [...this.#receivers].filter(([, receiver]) => receiver.state === 'open' && !receiver.wanted)
      .sort(([, a], [, b]) => a.unheardSinceMs - b.unheardSinceMs);
    for (const [voice, { consumer }] of spare.slice(0, Math.max(0, this.#receivers.size - this.#options.receiversKept))) {
      if (consumer === undefined) continue;
      consumer.close();
      this.owner.announceConsumerClosed(consumer.id, voice.participantId);
    }
  }

  #requireVoice(): VoiceProducer {
    const { voice } = this;
    if (voice === undefined) throw new StippleError('VOICE_UNKNOWN');
    return voice;
  }
}
