import { Histogram } from '../measure/histogram.ts';
import type { PackedHistogram } from '../measure/histogram.ts';

/** A stretch of time that is measured, on the room clock. */
export interface MeasureWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a group of viewers in one process saw in the window. */
export interface GroupMeasures {
  /** Capture → arrival at the viewer, of frames captured in the window. */
  readonly delivery: PackedHistogram;
  /** Its part before the relay closed the bundle: uplink, worker, and the wait for the tick. Empty in the plain way. */
  readonly beforeTick: PackedHistogram;
  /** Its part after that: fan-out, worker, downlink, and the bot's own event loop. */
  readonly afterTick: PackedHistogram;
  /** Age of what the product's playout would show, sampled at a screen's pace. */
  readonly age: PackedHistogram;
  /** Delay that playout adds. */
  readonly playoutDelay: PackedHistogram;
  /** From the channel's opening to the first frame that could be shown, for viewers who came in the window. */
  readonly firstFace: PackedHistogram;
  /** By whole seconds since the window began. */
  readonly perSecond: readonly SecondMeasures[];
}

export interface SecondMeasures {
  readonly delivery: PackedHistogram;
  readonly age: PackedHistogram;
  readonly frames: number;
}

/** Collects what a group's viewers see. Frames are counted by the moment of their capture, ages by that of showing. */
export class ViewerMeter {
  readonly #delivery = new Histogram();
  readonly #beforeTick = new Histogram();
  readonly #afterTick = new Histogram();
  readonly #age = new Histogram();
  readonly #playoutDelay = new Histogram();
  readonly #firstFace = new Histogram();
  readonly #seconds: { delivery: Histogram; age: Histogram; frames: number; packed?: SecondMeasures }[] = [];
  #window: MeasureWindow = { fromMs: Infinity, toMs: Infinity };

  begin(window: MeasureWindow): void {
    this.#window = window;
    this.#seconds.length = 0;
    for (const histogram of [this.#delivery, this.#beforeTick, this.#afterTick, this.#age, this.#playoutDelay, this.#firstFace]) histogram.clear();
  }

  covers(timeMs: number): boolean {
    return timeMs >= this.#window.fromMs && timeMs < this.#window.toMs;
  }

  /** A frame came; call only where the window `covers` its capture. */
  frameCame(captureMs: number, tickMs: number | undefined, nowMs: number): void {
    this.#delivery.add(nowMs - captureMs);
    if (tickMs !== undefined) {
      this.#beforeTick.add(tickMs - captureMs);
      this.#afterTick.add(nowMs - tickMs);
    }
    const second = this.#second(captureMs);
    second.delivery.add(nowMs - captureMs);
    second.frames++;
  }

  /** A face is on the screen; call only where the window `covers` now. */
  faceShown(ageMs: number, delayMs: number, nowMs: number): void {
    this.#age.add(ageMs);
    this.#playoutDelay.add(delayMs);
    this.#second(nowMs).age.add(ageMs);
  }

  firstFace(waitMs: number): void {
    this.#firstFace.add(waitMs);
  }

  read(): GroupMeasures {
    return {
      delivery: this.#delivery.pack(), beforeTick: this.#beforeTick.pack(), afterTick: this.#afterTick.pack(),
      age: this.#age.pack(), playoutDelay: this.#playoutDelay.pack(), firstFace: this.#firstFace.pack(),
      perSecond: this.#seconds.map((second) => second.packed ?? packed(second)),
    };
  }

  #second(timeMs: number) {
    const index = Math.floor((timeMs - this.#window.fromMs) / 1_000);
    while (this.#seconds.length <= index) {
      // Long runs: a second that is five seconds old is final and is kept small.
      const done = this.#seconds.at(-5);
      if (done !== undefined && done.packed === undefined) {
        done.packed = packed(done);
        done.delivery = new Histogram(new Uint32Array(0));
        done.age = new Histogram(new Uint32Array(0));
      }
      this.#seconds.push({ delivery: new Histogram(), age: new Histogram(), frames: 0 });
    }
    return this.#seconds[index]!;
  }
}

function packed({ delivery, age, frames }: { delivery: Histogram; age: Histogram; frames: number }): SecondMeasures {
  return { delivery: delivery.pack(), age: age.pack(), frames };
}
