/** Reads what `RangeEncoder` wrote. Never throws: behind the end there are zeros. */
export class RangeDecoder {
  #bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  #code = 0;
  #range = 0xffffffff;
  #step = 0;

  /** @param position first byte of the coded message. */
  begin(bytes: Uint8Array, position: number): void {
    this.#bytes = bytes;
    this.#position = position;
    this.#code = 0;
    this.#range = 0xffffffff;
    for (let index = 0; index < 4; index++) this.#code = this.#code * 256 + this.#next();
  }

  /** Where in [0, total) the next symbol lies. `take` has to follow with that symbol's interval. */
  peek(total: number): number {
    this.#step = Math.floor(this.#range / total);
    return Math.min(total - 1, Math.floor(this.#code / this.#step));
  }

  take(start: number, size: number, total: number): void {
    this.#code -= this.#step * start;
    this.#range = start + size === total ? this.#range - this.#step * start : this.#step * size;
    while (this.#range < 0x1_00_00_00) {
      this.#code = (this.#code % 0x1_00_00_00) * 256 + this.#next();
      this.#range *= 256;
    }
  }

  /** Whether every byte has had a part in what was read: a message is neither longer than it need be nor followed by others. */
  get exhausted(): boolean {
    return this.#position >= this.#bytes.length;
  }

  #next(): number {
    const byte = this.#position < this.#bytes.length ? this.#bytes[this.#position]! : 0;
    this.#position++;
    return byte;
  }
}
