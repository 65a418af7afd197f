/** Somebody must have spoken for so long, pauses for breath included, before a camera turns to them. */
const WORTH_TURNING_MS = 1_100;
/** Shorter silences are pauses for breath. */
const BREATH_MS = 700;
/** A camera that has turned stays at least so long. */
const STAY_MS = 4_000;
/** After so long a silence of everybody it goes back to all. */
const REST_MS = 6_000;

interface Speech {
  startedMs: number;
  lastMs: number;
}

/**
 * Whom a camera should turn to, from who speaks: not to every cough, not to and fro in a quick exchange, and to nobody
 * while several speak. Pure: time comes in as an argument.
 */
export class SpeakerFocus {
  readonly #speeches = new Map<string, Speech>();
  #focus: string | undefined;
  #sinceMs = -Infinity;
  #lastSpeechMs = -Infinity;

  /** Whom the last update chose. */
  get speaker(): string | undefined {
    return this.#focus;
  }

  /** @param speaking who speaks at this moment */
  update(speaking: readonly string[], nowMs: number): string | undefined {
    for (const id of speaking) {
      const speech = this.#speeches.get(id);
      if (speech) speech.lastMs = nowMs;
      else this.#speeches.set(id, { startedMs: nowMs, lastMs: nowMs });
    }
    for (const [id, { lastMs }] of this.#speeches) if (nowMs - lastMs > BREATH_MS) this.#speeches.delete(id);
    if (this.#speeches.size > 0) this.#lastSpeechMs = nowMs;
    const long = [...this.#speeches].filter(([, { startedMs }]) => nowMs - startedMs >= WORTH_TURNING_MS);
    const stayed = nowMs - this.#sinceMs >= STAY_MS;
    if (long.length === 1 && this.#speeches.size === 1 && long[0]![0] !== this.#focus && (this.#focus === undefined || stayed)) this.#turn(long[0]![0], nowMs);
    else if (long.length > 1 && this.#focus !== undefined && stayed) this.#turn(undefined, nowMs);
    else if (this.#focus !== undefined && nowMs - this.#lastSpeechMs > REST_MS) this.#turn(undefined, nowMs);
    return this.#focus;
  }

  /** Somebody is gone. */
  forget(id: string): void {
    this.#speeches.delete(id);
    if (this.#focus === id) this.#focus = undefined;
  }

  #turn(id: string | undefined, nowMs: number): void {
    this.#focus = id;
    this.#sinceMs = nowMs;
  }
}
