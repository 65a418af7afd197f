/** How far behind the room clock somebody's voice and face are at one moment, ms. */
export interface LipSyncReading {
  /** From a sound at their microphone to this page's loudspeaker. */
  readonly voiceLagMs: number;
  /** From their camera's picture (or their voice's) to this page's screen. */
  readonly faceLagMs: number;
}

/** What to do about it. */
export interface LipSyncPlan {
  /** The face is to be no younger than this. */
  readonly minimumFaceLagMs: number;
  /** Least delay of the voice's jitter buffer; undefined leaves it to the browser. */
  readonly jitterBufferTargetMs: number | undefined;
  /** Voice behind lips, ms; negative where lips are behind. */
  readonly skewMs: number;
}

/** Lips may lead by a little: sound is later than sight in any real room, too. */
const LIPS_LEAD_MS = 8;
/** The face may lead or lag by this much before the voice is touched. */
const TOLERANCE_MS = 15;
/** The face waits no longer than this. */
const MAXIMUM_HOLD_MS = 1_000;
const MAXIMUM_TARGET_MS = 400;
/** Delay that browsers' jitter buffers begin with, ms. */
const FIRST_TARGET_MS = 40;
const WINDOW = 5;
/** A face whose lag falls by more over the window is not as late as it must be: it needs no later voice, only a moment. */
const SETTLING_MS = 10;

/**
 * Keeps one participant's lips and voice in step with the least delay. Usually motion arrives first: then the face
 * waits. Where the face is the later one (slow tracking), the voice's buffer grows, and shrinks again by itself. Pure.
 */
export class LipSync {
  #voiceLags: number[] = [];
  #faceLags: number[] = [];
  #targetMs: number | undefined;

  /** Takes a reading; about five times a second. */
  update({ voiceLagMs, faceLagMs }: LipSyncReading): LipSyncPlan {
    keep(this.#voiceLags, voiceLagMs);
    keep(this.#faceLags, faceLagMs);
    const voice = median(this.#voiceLags);
    const skewMs = voice - median(this.#faceLags);
    const settling = this.#faceLags.at(-1)! < this.#faceLags[0]! - SETTLING_MS;
    if (skewMs < -TOLERANCE_MS && !settling) {
      this.#targetMs = Math.min(MAXIMUM_TARGET_MS, (this.#targetMs ?? FIRST_TARGET_MS) + Math.min(10, -skewMs * 0.1));
    } else if (this.#targetMs !== undefined && skewMs > LIPS_LEAD_MS - TOLERANCE_MS) {
      // The face waits for the voice again: the voice may come sooner.
      this.#targetMs -= 4;
      if (this.#targetMs < FIRST_TARGET_MS) this.#targetMs = undefined;
    }
    return {
      minimumFaceLagMs: Math.min(MAXIMUM_HOLD_MS, Math.max(0, voice - LIPS_LEAD_MS)),
      jitterBufferTargetMs: this.#targetMs === undefined ? undefined : Math.round(this.#targetMs),
      skewMs,
    };
  }

  /** The voice has paused or begun anew. */
  reset(): void {
    this.#voiceLags = [];
    this.#faceLags = [];
  }
}

function keep(values: number[], value: number): void {
  values.push(value);
  if (values.length > WINDOW) values.shift();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
