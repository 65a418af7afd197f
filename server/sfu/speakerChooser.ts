export interface SpeakerChooserOptions {
  /** Voices forwarded to everyone at once. */
  readonly heardAtOnce: number;
}

/** A voice's loudness over the last interval. */
export interface VoiceVolume {
  readonly id: string;
  /** −127 to 0. */
  readonly levelDbov: number;
}

interface Voice {
  levelDbov: number;
  lastSpokeMs: number;
}

/** A pause between words is not the end of speaking. */
const SPEAKING_TAIL_MS = 700;
/** Weight of the newest interval in a voice's smoothed loudness. */
const LEVEL_SHARE = 0.5;
/** A voice that is heard gives way to a louder one only by this much, so that two do not take turns by the syllable. */
const INCUMBENT_BONUS_DB = 6;

/**
 * Decides who counts as speaking and whose voice is forwarded. While there are no more open microphones than may be
 * heard at once, all are: no first syllable is cut off. Beyond that, those who speak, then those who spoke last.
 * Pure: ids and times come in as arguments.
 */
export class SpeakerChooser {
  readonly #options: SpeakerChooserOptions;
  /** Open microphones. */
  readonly #voices = new Map<string, Voice>();
  #heard = new Set<string>();

  constructor(options: SpeakerChooserOptions) {
    this.#options = options;
  }

  /** Whose voice is to be forwarded. */
  get heard(): ReadonlySet<string> {
    return this.#heard;
  }

  /** A microphone was opened, or is no longer muted. */
  open(id: string, nowMs: number): void {
    this.#voices.set(id, { levelDbov: -127, lastSpokeMs: -Infinity });
    this.#choose(nowMs);
  }

  /** A microphone was closed or muted. */
  close(id: string, nowMs: number): void {
    this.#voices.delete(id);
    this.#choose(nowMs);
  }

  /** Takes one interval's loudness; voices that are not listed were below the threshold. */
  update(volumes: readonly VoiceVolume[], nowMs: number): void {
    const loud = new Map(volumes.map(({ id, levelDbov }) => [id, levelDbov]));
    for (const [id, voice] of this.#voices) {
      const levelDbov = loud.get(id);
      if (levelDbov !== undefined) voice.lastSpokeMs = nowMs;
      const fresh = voice.levelDbov <= -127;
      voice.levelDbov = fresh ? levelDbov ?? -127 : voice.levelDbov + ((levelDbov ?? -127) - voice.levelDbov) * LEVEL_SHARE;
    }
    this.#choose(nowMs);
  }

  /** Who speaks now, loudest first. */
  speakers(nowMs: number): VoiceVolume[] {
    return [...this.#voices]
      .filter(([, voice]) => speaks(voice, nowMs))
      .map(([id, { levelDbov }]) => ({ id, levelDbov: Math.round(levelDbov) }))
      .sort((a, b) => b.levelDbov - a.levelDbov);
  }

  #choose(nowMs: number): void {
    if (this.#voices.size <= this.#options.heardAtOnce) {
      this.#heard = new Set(this.#voices.keys());
      return;
    }
    const rank = (id: string, voice: Voice): number => voice.levelDbov + (this.#heard.has(id) ? INCUMBENT_BONUS_DB : 0);
    const order = [...this.#voices].sort(([idA, a], [idB, b]) => {
      const [speaksA, speaksB] = [speaks(a, nowMs), speaks(b, nowMs)];
      if (speaksA !== speaksB) return speaksA ? -1 : 1;
      if (speaksA) return rank(idB, b) - rank(idA, a);
      if (a.lastSpokeMs !== b.lastSpokeMs) return b.lastSpokeMs - a.lastSpokeMs;
      return Number(this.#heard.has(idB)) - Number(this.#heard.has(idA));
    });
    this.#heard = new Set(order.slice(0, this.#options.heardAtOnce).map(([id]) => id));
  }
}

function speaks({ lastSpokeMs }: Voice, nowMs: number): boolean {
  return nowMs - lastSpokeMs <= SPEAKING_TAIL_MS;
}
