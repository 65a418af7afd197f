import type { MotionReport } from '../../shared/motion/motionReport.ts';

/** A bundle that left: how much had left by then, and when. */
interface Departure {
  readonly stream: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly totalBytes: number;
}

/** What waits on the way may be this old before the viewer gets less, and has to be younger than the second to get more. */
const FULL_QUEUE_MS = 40;
const EMPTY_QUEUE_MS = 25;
/** The freshest age of late is the way without a queue; a new path or clock makes an old one worthless. */
const FRESHEST_MEMORY_MS = 30_000;
/** A queue stands for at least this long; what is gone sooner was a hiccup of one of the two processes. */
const STANDING_MS = 80;
/** A bundle reported missing this long after it left means that the link stands still. */
const SILENCE_MS = 400;
/** Of what the link proved to carry, the share used after it was full. */
const BACK_OFF = 0.8;
/**
 * Growth while nothing queues: doubling in the first; about where the link was last full in the second, for a while, and
 * then, since the link must be wider now, in the third.
 */
const DOUBLING_MS = 250;
const CAREFUL_DOUBLING_MS = 4_000;
const WIDER_DOUBLING_MS = 600;
const CAREFUL_SHARE = 0.85;
const CAREFUL_MS = 1_500;
/** Each time it was not wider, care lasts twice as long. */
const CAREFUL_MOST_MS = 12_000;
/** Room to spare before all may flow freely again. */
const RELEASE_SHARE = 1.15;
/** With less than this a viewer could as well be shown still pictures. */
const LEAST_BYTES_PER_SECOND = 2_000;
/** IP, UDP, DTLS and SCTP of each bundle. */
export const BUNDLE_HEADERS_BYTES = 93;
/** How long a pause may be. */
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** Without a report for this long the pace grows as if all were well: the relay's own queue will tell. */
const UNREPORTED_MS = 2_000;
const OWN_TIME_MOST_MS = 45;
/** Nothing is saved up for longer than this. */
const SAVED_MS = 45;
const REMEMBERED = 64;

/**
 * The pace of one viewer's downlink, found by its reports: free while bundles arrive in time. Once they queue on the way
 * it is what the link proved to carry; the queue first runs dry, and the pace rises again until all fits.
 */
export class LinkPace {
  /** Undefined: free. */
  #bytesPerSecond: number | undefined;
  #credit = 0;
  #creditAtMs = 0;
  #pausedUntilMs = 0;
  #freshest: { ageMs: number; atMs: number } | undefined;
  #departures: Departure[] = [];
  #totalBytes = 0;
  /** What the last report confirmed. */
  #confirmed: { totalBytes: number; atMs: number } | undefined;
  #reportedMs: number | undefined;
  #queueMs = 0;
  /** Where the link was last full, and how long the pace has been about there since. */
  #fullBytesPerSecond = 0;
  #carefulSinceMs: number | undefined;
  #carefulMs = CAREFUL_MS;
  #slowedMs = Number.NEGATIVE_INFINITY;
  /** When reports of a queue began, if the last one was such. */
  #fullSinceMs: number | undefined;
  /** Nothing queued at the last report: the pace may grow. */
  #clear = false;

  get paced(): boolean {
    return this.#bytesPerSecond !== undefined;
  }

  /** Bytes that may leave now; infinite while the pace is free. */
  allowance(nowMs: number): number {
    if (this.#bytesPerSecond === undefined) return Infinity;
    const elapsedMs = Math.min(SAVED_MS, nowMs - this.#creditAtMs);
    this.#creditAtMs = nowMs;
    if (nowMs < this.#pausedUntilMs) {
      this.#credit = 0;
      return 0;
    }
    if (this.#clear || nowMs - (this.#reportedMs ?? 0) > UNREPORTED_MS) this.#grow(elapsedMs, nowMs);
    this.#credit = Math.min(this.#mostCredit, this.#credit + this.#bytesPerSecond * elapsedMs / 1000);
    return Math.max(0, this.#credit - BUNDLE_HEADERS_BYTES);
  }

  /** As much may leave as can be saved up: waiting longer gains nothing. */
  get saved(): boolean {
    return this.#credit >= this.#mostCredit * 0.99;
  }

  get #mostCredit(): number {
    return (this.#bytesPerSecond ?? 0) * SAVED_MS / 1000 + BUNDLE_HEADERS_BYTES;
  }

  handleSent(stream: number, sequence: number, bytes: number, nowMs: number): void {
    this.#totalBytes += bytes + BUNDLE_HEADERS_BYTES;
    this.#credit -= bytes + BUNDLE_HEADERS_BYTES;
    this.#departures.push({ stream, sequence, atMs: nowMs, totalBytes: this.#totalBytes });
    if (this.#departures.length > REMEMBERED) this.#departures.shift();
  }

  /** The relay's own queue to this viewer is full: nothing gets through. */
  handleFull(nowMs: number): void {
    this.#slowDown(nowMs, 100);
  }

  handleReport({ stream, sequence, ageMs, heldMs }: MotionReport, nowMs: number): void {
    const { ageMs: freshest, atMs } = this.#freshest ?? { ageMs, atMs: nowMs };
    this.#freshest = ageMs <= freshest || nowMs - atMs > FRESHEST_MEMORY_MS ? { ageMs, atMs: nowMs } : { ageMs: freshest, atMs };
    this.#reportedMs = nowMs;
    const index = this.#departures.findLastIndex((departure) => departure.stream === stream && departure.sequence === sequence);
    const arrived = this.#departures[index];
    this.#queueMs = Math.max(0, ageMs - this.#freshest.ageMs - this.#ownTimeMs(index));
    // Nothing newer has come for so long, though it left long before: as good as a queue.
    const missing = this.#departures[index + 1];
    const silent = arrived !== undefined && missing !== undefined && heldMs > SILENCE_MS / 2 && nowMs - missing.atMs > SILENCE_MS;
    const carried = arrived && this.#carriedBytesPerSecond(arrived, nowMs - heldMs);
    if (silent) this.#stop(nowMs);
    // What left before the pace was last lowered tells of the queue that was answered then.
    else if (arrived === undefined ? !this.paced : arrived.atMs >= this.#slowedMs) this.#judge(nowMs, carried);
    // The one before it stays: it tells the size of the one reported.
    if (index > 1) this.#departures.splice(0, index - 1);
  }

  /** Back to free once the pace leaves room for `demandBytesPerSecond`, with some to spare. */
  release(demandBytesPerSecond: number): boolean {
    if (this.#bytesPerSecond === undefined || this.#bytesPerSecond < demandBytesPerSecond * RELEASE_SHARE) return false;
    this.#bytesPerSecond = undefined;
    this.#carefulMs = CAREFUL_MS;
    return true;
  }

  #sentBytesPerSecond(): number {
    const [first] = this.#departures;
    const last = this.#departures.at(-1);
    return first === undefined || last === undefined || last.atMs === first.atMs ? 0
      : (last.totalBytes - first.totalBytes) / (last.atMs - first.atMs) * 1000;
  }

  /** What a bundle's own bytes take on a slow link; a queue is what comes on top. */
  #ownTimeMs(index: number): number {
    const arrived = this.#departures[index];
    const before = this.#departures[index - 1];
    if (this.#bytesPerSecond === undefined || arrived === undefined || before === undefined) return 0;
    return Math.min(OWN_TIME_MOST_MS, (arrived.totalBytes - before.totalBytes) / this.#bytesPerSecond * 1000);
  }

  #judge(nowMs: number, carried: number | undefined): void {
    if (this.#queueMs <= FULL_QUEUE_MS) {
      this.#fullSinceMs = undefined;
      this.#clear = this.#queueMs < EMPTY_QUEUE_MS;
      return;
    }
    this.#fullSinceMs ??= nowMs;
    this.#clear = false;
    // A link known to be slow is believed at once.
    if (this.paced || nowMs - this.#fullSinceMs >= STANDING_MS) this.#slowDown(nowMs, this.#queueMs, carried);
  }

  #carriedBytesPerSecond(arrived: Departure, atMs: number): number | undefined {
    const before = this.#confirmed;
    if (before !== undefined && arrived.totalBytes <= before.totalBytes) return undefined;
    this.#confirmed = { totalBytes: arrived.totalBytes, atMs };
    if (before === undefined || atMs - before.atMs < 20) return undefined;
    return (arrived.totalBytes - before.totalBytes) / (atMs - before.atMs) * 1000;
  }

  #grow(elapsedMs: number, nowMs: number): void {
    let doublingMs = DOUBLING_MS;
    if (this.#bytesPerSecond! > CAREFUL_SHARE * this.#fullBytesPerSecond) {
      this.#carefulSinceMs ??= nowMs;
      doublingMs = nowMs - this.#carefulSinceMs < this.#carefulMs ? CAREFUL_DOUBLING_MS : WIDER_DOUBLING_MS;
    }
    this.#bytesPerSecond! *= 2 ** (elapsedMs / doublingMs);
  }

  #slowDown(nowMs: number, queueMs: number, carried?: number): void {
    if (nowMs < this.#pausedUntilMs) return;
    if (this.#carefulSinceMs !== undefined && nowMs - this.#carefulSinceMs > this.#carefulMs) {
      this.#carefulMs = Math.min(CAREFUL_MOST_MS, 2 * this.#carefulMs);
    }
    const present = this.#bytesPerSecond;
    const proven = carried ?? (present === undefined ? this.#sentBytesPerSecond() : present * BACK_OFF);
    this.#fullBytesPerSecond = present === undefined ? proven : Math.min(present, proven);
    this.#setPace(BACK_OFF * this.#fullBytesPerSecond, nowMs);
    // Until the queue has run dry.
    this.#pausedUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, queueMs));
  }

  /** Nothing gets through: only now and then a bundle tries whether that is still so. */
  #stop(nowMs: number): void {
    if (this.#bytesPerSecond === LEAST_BYTES_PER_SECOND) return;
    this.#fullBytesPerSecond = 0;
    this.#setPace(LEAST_BYTES_PER_SECOND, nowMs);
  }

  #setPace(bytesPerSecond: number, nowMs: number): void {
    this.#bytesPerSecond = Math.max(LEAST_BYTES_PER_SECOND, bytesPerSecond);
    this.#carefulSinceMs = undefined;
    this.#fullSinceMs = undefined;
    this.#clear = false;
    this.#slowedMs = nowMs;
    this.#credit = 0;
    this.#creditAtMs = nowMs;
  }
}
