import type { ChannelGate } from './channelGate.ts';

/** A room as the ticker sees it. */
export interface Ticked {
  /** How long this room's frames may wait for their bundle. */
  readonly intervalMs: number;
  /** Sends what has come since the last tick. */
  tick(): void;
}

/** Shortest and longest time between ticks. */
const SHORTEST_MS = 15;
const LONGEST_MS = 40;
/** Share of the time that ticks may take before they come less often. */
const BUSY_SHARE = 0.5;
const SMOOTHING = 0.05;

/**
 * One clock for all rooms of this process: at each tick the workers' frames are let in, all at once, and every room whose
 * time has come sends its bundles. Rooms share ticks, so that this process wakes once for many. Without rooms it stands
 * still, with the gates open.
 */
export class MotionTicker {
  readonly #gates: ReadonlySet<ChannelGate>;
  /** When each room's last bundles left. */
  readonly #rooms = new Map<Ticked, number>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  /** Time that a tick takes, smoothed. */
  #costMs = 0;

  /** @param gates of the workers that live; may change. */
  constructor(gates: ReadonlySet<ChannelGate>) {
    this.#gates = gates;
  }

  /** Time between ticks at present: that of the most impatient room, longer where the process cannot keep up. */
  get intervalMs(): number {
    let intervalMs = LONGEST_MS;
    for (const { intervalMs: wanted } of this.#rooms.keys()) intervalMs = Math.min(intervalMs, wanted);
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, intervalMs, this.#costMs / BUSY_SHARE));
  }

  add(room: Ticked): void {
    this.#rooms.set(room, performance.now());
    if (this.#timer !== undefined) return;
    this.#dueMs = performance.now();
    this.#schedule();
  }

  remove(room: Ticked): void {
    this.#rooms.delete(room);
    if (this.#rooms.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const gate of this.#gates) gate.open();
  }

  #schedule(): void {
    const nowMs = performance.now();
    // On an even beat; what was missed is not made up for.
    this.#dueMs = Math.max(this.#dueMs + this.intervalMs, nowMs + 1);
    this.#timer = setTimeout(() => this.#letIn(), Math.max(1, Math.round(this.#dueMs - nowMs)));
    this.#timer.unref();
  }

  /** The pipes are read after the timers, and mediasoup hands their messages over by `setImmediate`: theirs come before ours. */
  #letIn(): void {
    for (const gate of this.#gates) gate.open();
    setImmediate(() => setImmediate(() => this.#tick()));
  }

  #tick(): void {
    if (this.#timer === undefined) return;
    const startMs = performance.now();
    const slackMs = this.intervalMs / 2;
    this.#sendTogether([...this.#gates], () => {
      for (const [room, lastMs] of this.#rooms) {
        if (startMs - lastMs < room.intervalMs - slackMs) continue;
        this.#rooms.set(room, startMs);
        room.tick();
      }
    });
    for (const gate of this.#gates) gate.close();
    this.#costMs += (performance.now() - startMs - this.#costMs) * SMOOTHING;
    if (this.#rooms.size > 0) this.#schedule();
  }

  #sendTogether(gates: readonly ChannelGate[], send: () => void): void {
    const [gate, ...others] = gates;
    if (gate === undefined) send();
    else gate.together(() => this.#sendTogether(others, send));
  }
}
