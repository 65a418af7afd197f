import { RigFormatError } from './rigFormatError.ts';

/** Reads the fields of a rig file's payload, each within bounds. */
export class RigReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  bytes(field: string, count: number): Uint8Array {
    const start = this.#take(field, count);
    return this.#bytes.subarray(start, start + count);
  }

  u8(field: string): number {
    return this.#bytes[this.#take(field, 1)]!;
  }

  i8(field: string): number {
    return this.#view.getInt8(this.#take(field, 1));
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#take(field, 2), true);
  }

  /** A u32 of at least 1 and at most `limit`. */
  count(field: string, limit: number): number {
    const value = this.#view.getUint32(this.#take(field, 4), true);
    if (value < 1 || value > limit) throw new RigFormatError(field, `1 to ${limit}`, value);
    return value;
  }

  /** A finite f32. */
  f32(field: string): number {
    const value = this.#view.getFloat32(this.#take(field, 4), true);
    if (!Number.isFinite(value)) throw new RigFormatError(field, 'a finite number', value);
    return value;
  }

  /** A quantisation step: an f32 over 0 and at most a centimetre. */
  step(field: string): number {
    const value = this.f32(field);
    if (!(value > 0 && value <= 0.01)) throw new RigFormatError(field, 'over 0, at most 0.01', value);
    return value;
  }

  name(field: string): string {
    return String.fromCharCode(...this.bytes(field, this.u8(field)));
  }

  varint(field: string): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(field);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) throw new RigFormatError(field, 'at most 32 bits', value);
        return value;
      }
    }
    throw new RigFormatError(field, 'a varint of at most 5 bytes', 'a longer one');
  }

  signed(field: string): number {
    const value = this.varint(field);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** @throws RigFormatError when bytes are left. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw new RigFormatError('payload', `${this.#offset} bytes`, this.#bytes.length);
  }

  #take(field: string, count: number): number {
    const start = this.#offset;
    if (start + count > this.#bytes.length) {
      throw new RigFormatError(field, `${count} more bytes`, `${this.#bytes.length - start} left`);
    }
    this.#offset = start + count;
    return start;
  }
}
