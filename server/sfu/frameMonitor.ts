import { StippleError } from '../../shared/protocol/errors.ts';
import { decodePoseFrame, PoseFrameDecodeError } from '../../shared/protocol/poseFrame.ts';
import { RateBudget } from '../limits/rateBudget.ts';

export interface FrameMonitorOptions {
  /** What a sender may send in the long run. Ten seconds' worth may come at once: a network that stood still does that. */
  readonly framesPerSecond: number;
  readonly nowMs: () => number;
  onFrame(): void;
  onRejected(): void;
  /** At most once a second: frames rejected since the last time, and why the newest was. */
  report(error: PoseFrameDecodeError, framesRejected: number): void;
  /** Once: the sender does not stop and has to be let go. */
  onAbuse(error: StippleError): void;
}

const REPORT_INTERVAL_MS = 1_000;
const BURST_SECONDS = 10;
/** Unreadable frames in a row before the sender is let go: ten seconds at 30 Hz. */
const REJECTED_IN_A_ROW_LIMIT = 300;

/** Watches one participant's pose channel: counts, reports what cannot be read, and notices abuse. Never throws. */
export class FrameMonitor {
  readonly #options: FrameMonitorOptions;
  readonly #budget: RateBudget;
  #rejectedInARow = 0;
  #unreported = 0;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #abused = false;

  constructor(options: FrameMonitorOptions) {
    this.#options = options;
    const { framesPerSecond, nowMs } = options;
    this.#budget = new RateBudget({ perSecond: framesPerSecond, burst: framesPerSecond * BURST_SECONDS, nowMs });
  }

  /** Takes one message off the channel. */
  handleMessage(bytes: Uint8Array): void {
    if (this.#abused) return;
    const nowMs = this.#options.nowMs();
    this.#countRate();
    try {
      decodePoseFrame(bytes);
      this.#rejectedInARow = 0;
      this.#options.onFrame();
    } catch (error) {
      if (!(error instanceof PoseFrameDecodeError)) throw error;
      this.#countRejected(error, nowMs);
    }
  }

  #countRate(): void {
    if (this.#budget.take()) return;
    const expected = `at most ${this.#options.framesPerSecond} frames a second`;
    this.#abuse(new StippleError('RATE_LIMITED', {
      message: `Pose frames came too fast: expected ${expected}.`,
      details: { field: 'pose channel', expected, got: `${this.#options.framesPerSecond * BURST_SECONDS} beyond that` },
    }));
  }

  #countRejected(error: PoseFrameDecodeError, nowMs: number): void {
    this.#options.onRejected();
    this.#rejectedInARow++;
    this.#unreported++;
    if (nowMs - this.#lastReportMs >= REPORT_INTERVAL_MS) {
      this.#lastReportMs = nowMs;
      this.#options.report(error, this.#unreported);
      this.#unreported = 0;
    }
    if (this.#rejectedInARow >= REJECTED_IN_A_ROW_LIMIT) this.#abuse(error);
  }

  #abuse(error: StippleError): void {
    if (this.#abused) return;
    this.#abused = true;
    this.#options.onAbuse(error);
  }
}
