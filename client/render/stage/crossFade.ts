/** How strongly two heads that follow one another are seen. At any moment one of them is seen wholly: nothing shines through. */
export interface FadeShares {
  /** The head before, in [0, 1]; drawn behind. */
  readonly before: number;
  /** The head after, in [0, 1]; drawn in front. */
  readonly after: number;
}

/** Share of the time in which the new head comes; in the rest the old one's outline goes, behind it. */
const COMING = 0.65;
/** However far apart frames are drawn, a fade is seen in at least so many steps. */
const LEAST_FRAMES = 5;

/** The time course of one head's taking another's place. Its clock is that of the frames drawn. */
export class CrossFade {
  readonly #durationMs: number;
  #progress = 0;
  #lastMs: number | undefined;

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  get done(): boolean {
    return this.#progress >= 1;
  }

  /** To be called once a frame, from the first one that can show both. */
  advance(nowMs: number): FadeShares {
    const elapsedMs = this.#lastMs === undefined ? 0 : Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#progress = Math.min(1, this.#progress + Math.min(1 / LEAST_FRAMES, elapsedMs / this.#durationMs));
    return { before: 1 - smooth((this.#progress - COMING) / (1 - COMING)), after: smooth(this.#progress / COMING) };
  }
}

function smooth(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
