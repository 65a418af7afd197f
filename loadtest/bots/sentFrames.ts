/** Frames remembered: some eight seconds at 30 Hz. */
const REMEMBERED = 256;

/**
 * When a sender's newest frames were captured. An encoder sends nothing while a face does not change, so that the age of
 * the newest frame that came says little: a viewer that has a frame is up to date until the capture of the next one.
 */
export class SentFrames {
  /** Room clock, ascending. */
  readonly #captures: number[] = [];
  /** The sender has left; what it sent last may have gone with it. */
  ended = false;

  push(captureMs: number): void {
    this.#captures.push(captureMs);
    if (this.#captures.length > 2 * REMEMBERED) this.#captures.splice(0, REMEMBERED);
  }

  /** Capture of the first frame after the one captured at `captureMs`; undefined while there is none. */
  nextAfter(captureMs: number): number | undefined {
    let index = this.#captures.length;
    while (index > 0 && this.#captures[index - 1]! > captureMs) index--;
    return this.#captures[index];
  }
}

/** The senders of one process by room and slot; viewers watch those, since of these the truth is at hand. */
export class LocalSenders {
  readonly #senders = new Map<string, SentFrames>();

  add(roomId: string, slot: number, frames: SentFrames): void {
    this.#senders.set(`${roomId} ${slot}`, frames);
  }

  remove(roomId: string, slot: number, frames: SentFrames): void {
    frames.ended = true;
    if (this.find(roomId, slot) === frames) this.#senders.delete(`${roomId} ${slot}`);
  }

  find(roomId: string, slot: number): SentFrames | undefined {
    return this.#senders.get(`${roomId} ${slot}`);
  }
}
