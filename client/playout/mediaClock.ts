export interface MediaClockOptions {
  /** Most delay behind the fastest frame's arrival, ms. */
  readonly maxDelayMs: number;
  /** How far beyond the newest frame the shown moment may usually run, ms: what is not waited for. */
  readonly reachMs: number;
}

/** Ages seen are remembered this long, and the fastest transit a little longer: paths and clocks change slowly. */
const AGE_WINDOW_MS = 4000;
const FASTEST_BUCKET_MS = 1500;
const FASTEST_BUCKETS = 6;
/**
 * The delay covers this share of the looks where there are many a second, and a smaller one where there are few: a page that
 * draws seldom shows no smooth motion anyway, and fresh is better than even.
 */
const COVERED_SHARE = { often: 0.95, seldom: 0.7 };
const OFTEN_HZ = 25;
const SELDOM_HZ = 10;
const REVIEW_MS = 100;
/** Media time runs faster or slower by at most this share, which no eye notices in a face; less while it catches up. */
const SLOWER_SHARE = 0.12;
const FASTER_SHARE = 0.06;
/** Right after the beginning nobody knows the face's pace yet. */
const OPENING_MS = 700;
const OPENING_SHARE = 0.5;
/** Longer gaps between frames (a slow face, a low rate) are not waited for: they are foreseen, and glided out of. */
const LONGEST_INTERVAL_MS = 50;
/** More than one machine's scheduling: an age beyond it is a silence, not jitter. */
const SILENCE_MS = 900;
/** A moment counted this often makes an age a rule rather than an accident. */
const FEWEST_AGES = 6;

/**
 * Decides which moment of a sender's media time is shown when. It needs no common clock: all it looks at is how old
 * (by the viewer's clock) the newest frame is whenever somebody looks, which takes in the offset of the clocks, the way,
 * the server's tick, the sender's frame interval, and this machine's own stalls.
 */
export class MediaClock {
  /** Nothing younger than this is shown, ms by the viewer's clock: for who waits for somebody's voice. */
  minimumLagMs = -Infinity;
  readonly #options: MediaClockOptions;
  /** What a look at some moment found: the newest frame's age; committed once the next frame says how far it was. */
  #ages: { readonly atMs: number; readonly ageMs: number }[] = [];
  #pending: { readonly atMs: number; readonly ageMs: number }[] = [];
  /** Fastest transit in each bucket, newest last. */
  readonly #fastest: { readonly sinceMs: number; transitMs: number }[] = [];
  #beganMs: number | undefined;
  #newestCaptureMs = -Infinity;
  /** Viewer's clock minus media time shown. */
  #lagMs = 0;
  #wantedLagMs = 0;
  #lastMs: number | undefined;
  #reviewedMs = -Infinity;

  constructor(options: MediaClockOptions) {
    this.#options = options;
  }

  /** Viewer's clock minus media time: how old by the viewer's clock is what is shown, ms. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** Transit of the fastest recent frame by the viewer's clock: way plus clock offset, ms. */
  get fastestTransitMs(): number {
    let fastest = Infinity;
    for (const { transitMs } of this.#fastest) fastest = Math.min(fastest, transitMs);
    return fastest;
  }

  /** A frame has arrived. @param intervalMs usual spacing of this sender's frames */
  arrived(captureTimestampMs: number, nowMs: number, intervalMs: number): void {
    this.#noteTransit(nowMs - captureTimestampMs, nowMs);
    if (this.#beganMs === undefined) {
      this.#beganMs = nowMs;
      this.#lagMs = this.#wantedLagMs = nowMs - captureTimestampMs + this.#options.reachMs;
    }
    if (captureTimestampMs <= this.#newestCaptureMs) return;
    this.#catchUp(nowMs - captureTimestampMs, nowMs);
    // Part of the waiting was the sender's own pause: no delay would have helped.
    const usualMs = Math.min(1.25 * intervalMs, LONGEST_INTERVAL_MS);
    const pauseMs = Math.max(0, captureTimestampMs - this.#newestCaptureMs - usualMs);
    this.#newestCaptureMs = captureTimestampMs;
    for (const { atMs, ageMs } of this.#pending) this.#ages.push({ atMs, ageMs: ageMs - pauseMs });
    this.#pending = [];
  }

  /** The moment to show now. Never runs backwards. */
  advance(nowMs: number): number {
    if (this.#beganMs === undefined) return 0;
    const ageMs = nowMs - this.#newestCaptureMs;
    if (ageMs - this.fastestTransitMs < SILENCE_MS && this.#pending.length < 256) this.#pending.push({ atMs: nowMs, ageMs });
    if (nowMs - this.#reviewedMs >= REVIEW_MS) this.#review(nowMs);
    const elapsedMs = this.#lastMs === undefined ? 0 : Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const opening = nowMs - this.#beganMs < OPENING_MS;
    const slower = elapsedMs * (opening ? OPENING_SHARE : SLOWER_SHARE);
    const faster = elapsedMs * (opening ? OPENING_SHARE : FASTER_SHARE);
    this.#lagMs += Math.min(slower, Math.max(-faster, this.#wantedLagMs - this.#lagMs));
    return nowMs - this.#lagMs;
  }

  /** Forgets everything: the sender's clock has begun anew. */
  restart(): void {
    this.#ages = [];
    this.#pending = [];
    this.#fastest.length = 0;
    this.#beganMs = this.#lastMs = undefined;
    this.#newestCaptureMs = -Infinity;
    this.#reviewedMs = -Infinity;
  }

  /**
   * A newcomer's first frame may be old (the relay keeps one for it), and so may the last one before a stall: what comes then
   * shows how far behind this is. Nobody wants to see it made up for by a twentieth.
   */
  #catchUp(transitMs: number, nowMs: number): void {
    const opening = nowMs - this.#beganMs! < OPENING_MS;
    const mostMs = Math.max(this.minimumLagMs, opening ? transitMs + LONGEST_INTERVAL_MS : this.fastestTransitMs + this.#options.maxDelayMs);
    if (this.#lagMs <= mostMs) return;
    this.#lagMs = mostMs;
    this.#wantedLagMs = Math.min(this.#wantedLagMs, mostMs);
  }

  #review(nowMs: number): void {
    this.#reviewedMs = nowMs;
    this.#wantedLagMs = Math.max(this.minimumLagMs, this.#neededLagMs(nowMs));
  }

  /** What lets nearly every look find a frame new enough. */
  #neededLagMs(nowMs: number): number {
    while (this.#ages.length > 0 && nowMs - this.#ages[0]!.atMs > AGE_WINDOW_MS) this.#ages.shift();
    if (this.#ages.length < FEWEST_AGES) return this.#lagMs;
    const sorted = this.#ages.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
    const spanMs = Math.max(500, nowMs - this.#ages[0]!.atMs);
    const often = Math.min(1, Math.max(0, ((1000 * this.#ages.length) / spanMs - SELDOM_HZ) / (OFTEN_HZ - SELDOM_HZ)));
    const covered = COVERED_SHARE.seldom + often * (COVERED_SHARE.often - COVERED_SHARE.seldom);
    const age = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * covered))]!;
    const { maxDelayMs, reachMs } = this.#options;
    const fastest = this.fastestTransitMs;
    return Math.min(fastest + maxDelayMs, Math.max(fastest, age - reachMs));
  }

  #noteTransit(transitMs: number, nowMs: number): void {
    const bucket = this.#fastest.at(-1);
    if (!bucket || nowMs - bucket.sinceMs >= FASTEST_BUCKET_MS) {
      this.#fastest.push({ sinceMs: nowMs, transitMs });
      if (this.#fastest.length > FASTEST_BUCKETS) this.#fastest.shift();
    } else if (transitMs < bucket.transitMs) {
      bucket.transitMs = transitMs;
    }
  }
}
