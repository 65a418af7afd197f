import { StippleError } from '../../shared/protocol/errors.ts';
import { decodePoseFrame, PoseFrameDecodeError } from '../../shared/protocol/poseFrame.ts';

export interface FrameMonitorOptions {
  /** What a sender may send; twice as much for a second is forgiven. */
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
const WINDOW_MS = 1_000;
/** Unreadable frames in a row before the sender is let go: ten seconds at 30 Hz. */
const REJECTED_IN_A_ROW_LIMIT = 300;

/** Watches one participant's pose channel: counts, reports what cannot be read, and notices abuse. Never throws. */
export class FrameMonitor {
  readonly #options: FrameMonitorOptions;
  #windowStartMs: number;
  #messagesInWindow = 0;
  #rejectedInARow = 0;
  #unreported = 0;
  #lastReportMs = Number.NEGATIVE_INFINITY;
  #abused = false;

  constructor(options: FrameMonitorOptions) {
    this.#options = options;
    this.#windowStartMs = options.nowMs();
  }

  /** Takes one message off the channel. */
  handleMessage(bytes: Uint8Array): void {
    if (this.#abused) return;
    const nowMs = this.#options.nowMs();
    this.#countRate(nowMs);
    try {
      decodePoseFrame(bytes);
      this.#rejectedInARow = 0;
      this.#options.onFrame();
    } catch (error) {
      if (!(error instanceof PoseFrameDecodeError)) throw error;
      this.#countRejected(error, nowMs);
    }
  }

  #countRate(nowMs: number): void {
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#messagesInWindow = 0;
    }
    this.#messagesInWindow++;
    const limit = this.#options.framesPerSecond * 2;
    if (this.#messagesInWindow > limit) {
      this.#abuse(new StippleError('RATE_LIMITED', {
        message: `Pose frames came too fast: expected at most ${this.#options.framesPerSecond} a second.`,
        details: { field: 'pose channel', expected: `at most ${this.#options.framesPerSecond} frames a second`, got: `over ${limit} in a second` },
      }));
    }
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
