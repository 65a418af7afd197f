/**
 * One message of the relay to a viewer: what came from everybody since the last one (PROTOCOL.md, chapter BUNDLE). The
 * frames in it are those the participants sent, byte for byte.
 */

/** Most bytes of a bundle: with UDP, DTLS and SCTP it stays below the 1,200 bytes that any path carries in one datagram. */
export const MOTION_BUNDLE_MAX_BYTES = 1_150;
/** Highest slot a participant can have. */
export const MOTION_SLOT_MAX = 1_023;
/** Longest frame an entry can hold. */
export const MOTION_BUNDLE_FRAME_MAX_BYTES = 319;

const VERSION = 1;
const HEADER_BYTES = 8;
/** An entry's first byte: length - 1 in the low six bits, how far its slot is from the last one's in the high two. */
const LENGTH_EXTENDED = 63;
const ADVANCE_EXTENDED = 3;
/** First byte, two bytes of advance, one of length. */
const ENTRY_HEAD_MAX_BYTES = 4;

export interface MotionBundleHeader {
  /**
   * Which sequence of bundles this one belongs to, [0, 255]. A viewer gets one at a time; when the relay moves it to
   * another, counting starts anew.
   */
  readonly stream: number;
  /** One more each bundle of the stream, 16 bits, wraps. */
  readonly sequence: number;
  /** Room clock when the relay closed the bundle, milliseconds modulo 2^32. */
  readonly tickTimestampMs: number;
}

export interface MotionBundleEntry {
  /** The participant's seat number in the room, `ParticipantInfo.slot`. */
  readonly slot: number;
  /** A frame of chapter MOTION. A view into the message. */
  readonly frame: Uint8Array;
}

export interface MotionBundle extends MotionBundleHeader {
  /** By slot; several of one slot stand in the order they came. */
  readonly entries: readonly MotionBundleEntry[];
}

/** Writes bundles into one buffer, used again for each. */
export class MotionBundleWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;
  #lastSlot = -1;
  #entries = 0;

  /** @param maxBytes most bytes of a bundle, {@link MOTION_BUNDLE_MAX_BYTES} unless given. */
  constructor(maxBytes: number = MOTION_BUNDLE_MAX_BYTES) {
    this.#bytes = new Uint8Array(Math.max(maxBytes, HEADER_BYTES + ENTRY_HEAD_MAX_BYTES + MOTION_BUNDLE_FRAME_MAX_BYTES));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Entries of the bundle begun last. */
  get entries(): number {
    return this.#entries;
  }

  begin({ stream, sequence, tickTimestampMs }: MotionBundleHeader): void {
    this.#view.setUint8(0, VERSION);
    this.#view.setUint8(1, stream);
    this.#view.setUint16(2, sequence & 0xffff, true);
    this.#view.setUint32(4, tickTimestampMs >>> 0, true);
    this.#length = HEADER_BYTES;
    this.#lastSlot = -1;
    this.#entries = 0;
  }

  /**
   * Adds a frame; slots must not fall. False, and nothing added, where it no longer fits: finish this bundle, begin the
   * next and add it there. A bundle that has been begun takes at least one frame of any allowed length.
   * @throws RangeError for a slot or a length that no bundle can hold.
   */
  add(slot: number, frame: Uint8Array): boolean {
    const length = frame.length;
    if (!(slot >= Math.max(0, this.#lastSlot) && slot <= MOTION_SLOT_MAX)) {
      throw new RangeError(`motion bundle: expected a slot from ${Math.max(0, this.#lastSlot)} to ${MOTION_SLOT_MAX}, got ${slot}`);
    }
    if (!(length >= 1 && length <= MOTION_BUNDLE_FRAME_MAX_BYTES)) {
      throw new RangeError(`motion bundle: expected a frame of 1 to ${MOTION_BUNDLE_FRAME_MAX_BYTES} bytes, got ${length}`);
    }
    const bytes = this.#bytes;
    let at = this.#length;
    const advance = slot - this.#lastSlot;
    const extended = advance - ADVANCE_EXTENDED;
    const headBytes = 1 + (extended < 0 ? 0 : extended < 128 ? 1 : 2) + (length > LENGTH_EXTENDED ? 1 : 0);
    if (at + headBytes + length > bytes.length) return false;
    bytes[at++] = (Math.min(advance, ADVANCE_EXTENDED) << 6) | Math.min(length - 1, LENGTH_EXTENDED);
    if (extended >= 128) {
      bytes[at++] = 0x80 | (extended & 0x7f);
      bytes[at++] = extended >> 7;
    } else if (extended >= 0) bytes[at++] = extended;
    if (length > LENGTH_EXTENDED) bytes[at++] = length - LENGTH_EXTENDED - 1;
    bytes.set(frame, at);
    this.#length = at + length;
    this.#lastSlot = slot;
    this.#entries++;
    return true;
  }

  /** The bundle, as a view that is good until `begin`. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads a bundle. Undefined where any byte breaks a rule: the receiver drops the message and counts it. Never throws. */
export function readMotionBundle(bytes: Uint8Array): MotionBundle | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return undefined;
  const entries: MotionBundleEntry[] = [];
  let slot = -1;
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const head = bytes[at++]!;
    let advance = head >> 6;
    if (advance === ADVANCE_EXTENDED) {
      // A missing byte reads as undefined, which counts as 0 and fails the length check below.
      const low = bytes[at++]! | 0;
      advance += low & 0x7f;
      if (low >= 0x80) advance += (bytes[at++]! | 0) << 7;
    }
    let length = (head & LENGTH_EXTENDED) + 1;
    if (length > LENGTH_EXTENDED) length += bytes[at++]! | 0;
    slot += advance;
    if (slot < 0 || slot > MOTION_SLOT_MAX || at + length > bytes.length) return undefined;
    entries.push({ slot, frame: bytes.subarray(at, at + length) });
    at += length;
  }
  return {
    stream: bytes[1]!, sequence: bytes[2]! | (bytes[3]! << 8),
    tickTimestampMs: (bytes[4]! | (bytes[5]! << 8) | (bytes[6]! << 16) | (bytes[7]! << 24)) >>> 0, entries,
  };
}
