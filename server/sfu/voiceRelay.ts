import type { types } from 'mediasoup';
import type { EventOf } from '../../shared/protocol/signaling.ts';
import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import { SpeakerChooser } from './speakerChooser.ts';
import { VoiceLink } from './voiceLink.ts';
import type { VoiceLinkOwner, VoicePlace } from './voiceLink.ts';
import type { VoiceProducer } from './voiceProducer.ts';

export interface VoiceRelayOptions {
  /** Voices forwarded to everyone at once. */
  readonly heardAtOnce: number;
  readonly log: Logger;
}

export type Speakers = EventOf<'voice:speaking'>['speakers'];

/** mediasoup counts a voice only with ten packets in the interval: 0.2 s of speech, and some jitter. */
const OBSERVER_INTERVAL_MS = 300;
/** Quieter than this is breath and traffic, dBov. */
const SPEAKING_THRESHOLD_DBOV = -52;
/** Receivers a viewer keeps, as multiples of the voices heard at once: who speaks again is heard without a new one. */
const RECEIVERS_KEPT_FACTOR = 2;
/** A level that has changed by less is not told again. */
const LEVEL_STEP_DB = 6;

/**
 * The voices of one room. Everyone's microphone goes to one producer; who speaks is found by mediasoup's level
 * observers, one a router, and only the voices that the `SpeakerChooser` picks flow to the viewers.
 */
export class VoiceRelay {
  readonly #options: VoiceRelayOptions;
  readonly #links = new Set<VoiceLink>();
  readonly #chooser: SpeakerChooser;
  /** By the router's id: a promise while the worker makes it. */
  readonly #observers = new Map<string, Promise<types.AudioLevelObserver>>();
  /** Newest volumes a router, of the voices that come in there. */
  readonly #volumes = new Map<string, readonly { id: string; levelDbov: number }[]>();
  readonly #byProducerId = new Map<string, VoiceLink>();
  readonly #speakingListeners: ((speakers: Speakers) => void)[] = [];
  readonly #ticker: NodeJS.Timeout;
  #told: Speakers = [];

  constructor(options: VoiceRelayOptions) {
    this.#options = options;
    this.#chooser = new SpeakerChooser({ heardAtOnce: options.heardAtOnce });
    // Observers are silent about silence: who has ceased to speak is noticed here.
    this.#ticker = setInterval(() => this.#announce(), OBSERVER_INTERVAL_MS);
    this.#ticker.unref();
  }

  /** Who speaks now, loudest first. */
  get speakers(): Speakers {
    return this.#told;
  }

  /** Calls `listener` whenever somebody begins or ceases to speak, and when the order of loudness changes. */
  onSpeaking(listener: (speakers: Speakers) => void): void {
    this.#speakingListeners.push(listener);
  }

  /** Gives a connection its place among the voices. `close` the link when the connection ends. */
  attach(owner: VoiceLinkOwner, place: VoicePlace): VoiceLink {
    const link = new VoiceLink(owner, place, { receiversKept: this.#options.heardAtOnce * RECEIVERS_KEPT_FACTOR }, {
      opened: (opened) => this.#opened(opened),
      mutedChanged: (changed) => this.#mutedChanged(changed),
      gone: (gone, producer) => this.#gone(gone, producer),
      timing: (from) => this.#tellTiming(from),
      listening: (listener) => listener.hear(this.#heard(), performance.now()),
      failed: (failed, error) => this.#options.log.warn({ to: failed.owner.participantId, ...describeError(error) }, 'voice was not joined'),
      closed: (closed) => { this.#links.delete(closed); },
    });
    this.#links.add(link);
    return link;
  }

  /** Observers and producers end with their routers, which are not the relay's. */
  close(): void {
    clearInterval(this.#ticker);
    for (const link of [...this.#links]) link.close();
    this.#speakingListeners.length = 0;
  }

  #opened(link: VoiceLink): void {
    const { voice } = link;
    if (voice === undefined) return;
    this.#byProducerId.set(voice.producer.id, link);
    this.#observe(link.router, voice.producer).catch((error: unknown) => {
      if (!voice.producer.closed) this.#options.log.warn({ from: link.owner.participantId, ...describeError(error) }, 'voice is not observed');
    });
    if (!voice.muted) this.#chooser.open(voice.producer.id, performance.now());
    this.#forward();
  }

  #mutedChanged({ voice }: VoiceLink): void {
    if (voice === undefined) return;
    const nowMs = performance.now();
    if (voice.muted) this.#chooser.close(voice.producer.id, nowMs);
    else this.#chooser.open(voice.producer.id, nowMs);
    this.#forward();
    this.#announce();
  }

  #gone(_link: VoiceLink, producer: types.Producer): void {
    this.#byProducerId.delete(producer.id);
    this.#chooser.close(producer.id, performance.now());
    this.#forward();
    this.#announce();
  }

  async #observe(router: types.Router, producer: types.Producer): Promise<void> {
    let observer = this.#observers.get(router.id);
    if (observer === undefined) {
      observer = router.createAudioLevelObserver({ interval: OBSERVER_INTERVAL_MS, threshold: SPEAKING_THRESHOLD_DBOV, maxEntries: 32 });
      this.#observers.set(router.id, observer);
      const forget = (): void => { this.#observers.delete(router.id); this.#volumes.delete(router.id); };
      observer.then((made) => {
        made.on('volumes', (volumes) => {
          this.#volumes.set(router.id, volumes.map(({ producer: { id }, volume }) => ({ id, levelDbov: volume })));
          this.#measured();
        });
        made.on('silence', () => {
          this.#volumes.delete(router.id);
          this.#measured();
        });
        made.observer.once('close', forget);
      }, forget);
    }
    const made = await observer;
    if (!producer.closed) await made.addProducer({ producerId: producer.id });
  }

  /** Some router's observer has spoken. */
  #measured(): void {
    this.#chooser.update([...this.#volumes.values()].flat(), performance.now());
    this.#forward();
    this.#announce();
  }

  #heard(): Set<VoiceProducer> {
    const voices = new Set<VoiceProducer>();
    for (const id of this.#chooser.heard) {
      const voice = this.#byProducerId.get(id)?.voice;
      if (voice) voices.add(voice);
    }
    return voices;
  }

  #forward(): void {
    const voices = this.#heard();
    const nowMs = performance.now();
    for (const link of this.#links) link.hear(voices, nowMs);
  }

  #tellTiming({ voice }: VoiceLink): void {
    if (voice === undefined) return;
    for (const link of this.#links) link.tell(voice);
  }

  #announce(): void {
    const speakers = this.#chooser.speakers(performance.now()).flatMap(({ id, levelDbov }) => {
      const participantId = this.#byProducerId.get(id)?.owner.participantId;
      return participantId === undefined ? [] : [{ participantId, level: levelDbov }];
    });
    if (sameSpeakers(speakers, this.#told)) return;
    this.#told = speakers;
    for (const listener of this.#speakingListeners) listener(speakers);
  }
}

/** The same people in the same order, none of them clearly louder or quieter. */
function sameSpeakers(a: Speakers, b: Speakers): boolean {
  return a.length === b.length && a.every(({ participantId, level }, index) =>
    participantId === b[index]!.participantId && Math.abs(level - b[index]!.level) < LEVEL_STEP_DB);
}
