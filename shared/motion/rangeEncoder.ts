/**
 * An arithmetic coder for messages of some tens of bytes: 32-bit range, carries propagated into what is written already, and an end
 * that costs as few bytes as possible (trailing zero bytes are left out; the decoder reads zeros behind the end).
 */
export class RangeEncoder {
  readonly #bytes: Uint8Array;
  #length = 0;
  #low = 0;
  #range = 0xffffffff;

  /** @param capacityBytes messages beyond it throw RangeError. */
  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  begin(): void {
    this.#length = 0;
    this.#low = 0;
    this.#range = 0xffffffff;
  }

  /** Codes the symbol that takes [start, start + size) of `total` (at most 65,536). */
  encode(start: number, size: number, total: number): void {
    const step = Math.floor(this.#range / total);
    this.#low += step * start;
    // The last symbol takes what division left over.
    this.#range = start + size === total ? this.#range - step * start : step * size;
    if (this.#low >= 0x1_0000_0000) {
      this.#low -= 0x1_0000_0000;
      this.#carry();
    }
    while (this.#range < 0x1_00_00_00) {
      this.#push(Math.floor(this.#low / 0x1_00_00_00));
      this.#low = (this.#low % 0x1_00_00_00) * 256;
      this.#range *= 256;
    }
  }

  /** Ends the message; it lies in `bytes` until the next `begin`. */
  finish(): Uint8Array {
    // Of all numbers in [low, low + range), one with the most zero bits at its end.
    const last = this.#low + this.#range - 1;
    for (let unit = 0x1_0000_0000; unit >= 1; unit /= 256) {
      const value = Math.ceil(this.#low / unit) * unit;
      if (value > last) continue;
      this.#low = value;
      break;
    }
    if (this.#low >= 0x1_0000_0000) {
      this.#low -= 0x1_0000_0000;
      this.#carry();
    }
    for (let shift = 24; shift >= 0; shift -= 8) this.#push((this.#low >>> shift) & 255);
    while (this.#length > 0 && this.#bytes[this.#length - 1] === 0) this.#length--;
    return this.#bytes.subarray(0, this.#length);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) throw new RangeError(`range coder: more than ${this.#bytes.length} bytes`);
    this.#bytes[this.#length++] = byte;
  }

  #carry(): void {
    for (let at = this.#length - 1; at >= 0; at--) {
      const byte = (this.#bytes[at]! + 1) & 255;
      this.#bytes[at] = byte;
      if (byte !== 0) return;
    }
  }
}
