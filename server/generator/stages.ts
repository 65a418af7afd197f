import { setImmediate } from 'node:timers/promises';
import type { GenerateOptions } from '../avatar/avatarGenerator.ts';

/** Runs a generator's stages one after the other: reports them, takes their times, stops between them when aborted. */
export class Stages {
  readonly #options: GenerateOptions;
  readonly #milliseconds: Record<string, number> | undefined;

  /** @param milliseconds filled in with what each stage took, as they end */
  constructor(options: GenerateOptions, milliseconds?: Record<string, number>) {
    this.#options = options;
    this.#milliseconds = milliseconds;
  }

  /**
   * @param fraction share of the whole work done when the stage begins
   * @throws the signal's reason
   */
  async run<T>(name: string, fraction: number, work: () => T | Promise<T>): Promise<T> {
    this.#options.onProgress?.({ stage: name, fraction });
    // Lets the event loop breathe between stages, and an abort arrive.
    await setImmediate();
    this.#options.signal.throwIfAborted();
    const startMs = performance.now();
    const result = await work();
    if (this.#milliseconds !== undefined) this.#milliseconds[name] = (this.#milliseconds[name] ?? 0) + performance.now() - startMs;
    return result;
  }

  done(): void {
    this.#options.onProgress?.({ stage: 'done', fraction: 1 });
  }
}
