const ASSEMBLY_MS = 1100;
/** The first points shown: already a head, coarsely. */
const FIRST_POINTS = 900;
/** The prefix that is a good head by itself, close by: no device draws less of an avatar that has arrived. */
const LEAST_POINTS = 20_000;
/** The same for a head that is a few dozen pixels high. */
const LEAST_POINTS_FAR = 1_500;

/** An avatar that arrives: its points come in over a second, the coarse ones first. */
export class PointAssembly {
  readonly #total: number;
  readonly #startMs: number;

  constructor(total: number, startMs: number) {
    this.#total = total;
    this.#startMs = startMs;
  }

  /**
   * Points to draw at a moment. Steps of a few per cent, because each new count costs an upload of the order.
   * @param share of the total that the device manages, in [0, 1]
   * @param sizeShare of the total that can be told apart at the size it is seen in, in [0, 1]
   */
  countAt(nowMs: number, share: number, sizeShare = 1): number {
    const least = Math.max(LEAST_POINTS_FAR, LEAST_POINTS * Math.min(1, sizeShare));
    const wanted = Math.min(this.#total, Math.max(Math.round(least), Math.round(this.#total * share * Math.min(1, sizeShare))));
    const t = (nowMs - this.#startMs) / ASSEMBLY_MS;
    if (t >= 1) return wanted;
    const eased = Math.max(0, t) ** 2.2;
    return Math.min(wanted, Math.max(FIRST_POINTS, Math.round(eased * 24) / 24 * wanted));
  }
}
