import { readMotionHeader, MOTION_FRAME_MAX_BYTES, MOTION_HEADER_BYTES } from '../../shared/motion/motionHeader.ts';
import type { MotionHeader } from '../../shared/motion/motionHeader.ts';
import { MOTION_REPORT_MAX_CHARACTERS, readMotionReport } from '../../shared/motion/motionReport.ts';
import type { MotionReport } from '../../shared/motion/motionReport.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { RateBudget } from '../limits/rateBudget.ts';

export interface FrameMonitorOptions {
  /** What a sender may send in the long run. Ten seconds' worth may come at once: a network that stood still does that. */
  readonly framesPerSecond: number;
  readonly nowMs: () => number;
  /** A frame, of which only the header has been read. */
  onFrame(bytes: Uint8Array, header: MotionHeader): void;
  /** What the participant says about its own downlink. */
  onReport(report: MotionReport): void;
  onRejected(): void;
  /** At most once a second: frames rejected since the last time, and why the newest was. */
  report(error: StippleError, framesRejected: number): void;
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

  /** Takes one message off the channel: a frame, or as text a report. */
  handleMessage(bytes: Uint8Array, isText: boolean): void {
    if (this.#abused) return;
    this.#countRate();
    if (isText) {
      const report = bytes.length > MOTION_REPORT_MAX_CHARACTERS ? undefined : readMotionReport(String.fromCharCode(...bytes));
      if (report) this.#options.onReport(report);
      else this.#countRejected(unreadable('text', 'a report of five numbers', `${bytes.length} bytes of something else`), this.#options.nowMs());
      return;
    }
    const header = readMotionHeader(bytes);
    if (header) {
      this.#rejectedInARow = 0;
      this.#options.onFrame(bytes, header);
    } else {
      const expected = `a motion frame of ${MOTION_HEADER_BYTES} to ${MOTION_FRAME_MAX_BYTES} bytes`;
      this.#countRejected(unreadable('frame', expected, `${bytes.length} bytes that are none`), this.#options.nowMs());
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

  #countRejected(error: StippleError, nowMs: number): void {
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

function unreadable(field: string, expected: string, got: string): StippleError {
  return new StippleError('POSE_FRAME_INVALID', {
    message: `motion channel: field ${field}: expected ${expected}, got ${got}`, details: { field, expected, got },
  });
}
