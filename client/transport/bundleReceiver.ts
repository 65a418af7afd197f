import { readMotionBundle } from '../../shared/motion/motionBundle.ts';
import type { MotionBundle } from '../../shared/motion/motionBundle.ts';
import {
  MOTION_REPORT_INTERVAL_MS, MOTION_REPORT_LATE_MS, MOTION_REPORT_URGENT_INTERVAL_MS, encodeMotionReport,
} from '../../shared/motion/motionReport.ts';

export interface BundleCounters {
  readonly received: number;
  readonly lost: number;
  /** Overtaken by a newer bundle of their stream, or come twice. */
  readonly late: number;
  readonly unreadable: number;
  readonly bytes: number;
}

/** A new path or a new clock estimate makes an old best age worthless after a while. */
const FRESHEST_MS = 10_000;
/** A silence of so many usual spacings beyond the allowed lateness is a stall; a longer one is nobody's moving. */
const STALL_SPACINGS = 3;
const STALL_ENDS_MS = 1500;
/** Share of a new spacing in the usual one. */
const SPACING_SHARE = 0.1;

/**
 * A viewer's end of the room's bundles: reads them, counts what is missing, and says when and what to report to the relay,
 * which goes by it where this viewer's link is full. Time comes in as the room clock, ms.
 */
export class BundleReceiver {
  #stream: number | undefined;
  #sequence = 0;
  #received = 0;
  #lost = 0;
  #late = 0;
  #unreadable = 0;
  #bytes = 0;
  /** Newest bundle: when it came and how old it was then. */
  #arrivedMs: number | undefined;
  #ageMs = 0;
  #freshest: { ageMs: number; atMs: number } | undefined;
  #spacingMs = 33;
  #lostReported = 0;
  #reportedMs = -Infinity;
  #wasUrgent = false;

  get counters(): BundleCounters {
    return { received: this.#received, lost: this.#lost, late: this.#late, unreadable: this.#unreadable, bytes: this.#bytes };
  }

  /** Age of the newest bundle when it came: the relay's tick to this page, ms, as exact as the room clock here. */
  get ageMs(): number {
    return this.#ageMs;
  }

  /** Takes a message of the bundle channel. Undefined: it is not a bundle, and was counted as such. */
  receive(bytes: Uint8Array, nowMs: number): MotionBundle | undefined {
    const bundle = readMotionBundle(bytes);
    if (!bundle) {
      this.#unreadable++;
      return undefined;
    }
    this.#received++;
    this.#bytes += bytes.length;
    const newer = this.#count(bundle);
    if (newer) this.#observe((Math.floor(nowMs) - bundle.tickTimestampMs) | 0, nowMs);
    return bundle;
  }

  /** The report to send now, if one is due; to be asked at least every {@link MOTION_REPORT_URGENT_INTERVAL_MS}. */
  report(nowMs: number): string | undefined {
    if (this.#stream === undefined || this.#arrivedMs === undefined) return undefined;
    const urgent = this.#isUrgent(nowMs);
    // The first sign of trouble is told at once, and so is its end.
    const intervalMs = urgent !== this.#wasUrgent ? 0 : urgent ? MOTION_REPORT_URGENT_INTERVAL_MS : MOTION_REPORT_INTERVAL_MS;
    if (nowMs - this.#reportedMs < intervalMs) return undefined;
    this.#wasUrgent = urgent;
    this.#reportedMs = nowMs;
    const lost = this.#lost - this.#lostReported;
    this.#lostReported = this.#lost;
    return encodeMotionReport({ stream: this.#stream, sequence: this.#sequence, ageMs: this.#ageMs, heldMs: nowMs - this.#arrivedMs, lost: Math.max(0, lost) });
  }

  #count({ stream, sequence }: MotionBundle): boolean {
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#sequence = sequence;
      return true;
    }
    const ahead = ((sequence - this.#sequence) << 16) >> 16;
    if (ahead <= 0) {
      this.#late++;
      // It had been taken for lost.
      if (ahead < 0 && this.#lost > this.#lostReported) this.#lost--;
      return false;
    }
    this.#lost += ahead - 1;
    this.#sequence = sequence;
    return true;
  }

  #observe(ageMs: number, nowMs: number): void {
    if (this.#arrivedMs !== undefined) {
      const spacingMs = Math.min(nowMs - this.#arrivedMs, 250);
      this.#spacingMs += (spacingMs - this.#spacingMs) * SPACING_SHARE;
    }
    this.#arrivedMs = nowMs;
    this.#ageMs = ageMs;
    if (!this.#freshest || ageMs <= this.#freshest.ageMs || nowMs - this.#freshest.atMs > FRESHEST_MS) this.#freshest = { ageMs, atMs: nowMs };
  }

  #isUrgent(nowMs: number): boolean {
    if (this.#ageMs - (this.#freshest?.ageMs ?? 0) > MOTION_REPORT_LATE_MS || this.#lost > this.#lostReported) return true;
    const silentMs = nowMs - this.#arrivedMs!;
    return silentMs > MOTION_REPORT_LATE_MS + STALL_SPACINGS * this.#spacingMs && silentMs < STALL_ENDS_MS;
  }
}
