/**
 * What a viewer tells the relay about its downlink (PROTOCOL.md, chapter BUNDLE): a text message on its own pose channel,
 * whose binary messages are frames.
 */
export interface MotionReport {
  /** Stream and sequence of the newest bundle that came. */
  readonly stream: number;
  readonly sequence: number;
  /** The newest bundle's age when it came: room clock then, less its tick; as exact as the viewer's clock. [-32768, 32767] */
  readonly ageMs: number;
  /** How long ago that was when this report left, [0, 65535]. */
  readonly heldMs: number;
  /** Bundles of any stream missed since the report before, [0, 65535]. */
  readonly lost: number;
}

/** Longest report in characters. */
export const MOTION_REPORT_MAX_CHARACTERS = 40;
/** How often a viewer reports while bundles come in time, and while they come late or not at all. */
export const MOTION_REPORT_INTERVAL_MS = 1_000;
export const MOTION_REPORT_URGENT_INTERVAL_MS = 100;
/** A bundle this much older on arrival than the freshest of late, or a silence this long, is urgent. */
export const MOTION_REPORT_LATE_MS = 40;

const PATTERN = /^(\d{1,3}),(\d{1,5}),(-?\d{1,5}),(\d{1,5}),(\d{1,5})$/;

/** The report's text. Numbers are rounded, and clamped to their ranges. */
export function encodeMotionReport({ stream, sequence, ageMs, heldMs, lost }: MotionReport): string {
  return [clamp(stream, 0, 255), clamp(sequence, 0, 65_535), clamp(ageMs, -32_768, 32_767), clamp(heldMs, 0, 65_535), clamp(lost, 0, 65_535)].join(',');
}

/** Reads a report; undefined for anything that is not one. */
export function readMotionReport(text: string): MotionReport | undefined {
  if (text.length > MOTION_REPORT_MAX_CHARACTERS) return undefined;
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [stream, sequence, ageMs, heldMs, lost] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (stream > 255 || sequence > 65_535 || Math.abs(ageMs) > 32_768 || heldMs > 65_535 || lost > 65_535) return undefined;
  return { stream, sequence, ageMs, heldMs, lost };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(Number.isFinite(value) ? value : 0)));
}
