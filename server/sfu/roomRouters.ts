import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { RoomRouter } from './roomRouter.ts';
import type { WorkerPool } from './workerPool.ts';

export interface RoomRoutersOptions {
  readonly workers: Pick<WorkerPool, 'createRouter'>;
  /** Participants before the room takes another worker. */
  readonly participantsPerRouter: number;
  /** More than one: the room may spread over workers. */
  readonly mostRouters: number;
  readonly log: Logger;
}

/** The routers of one room: one, and another on a worker of its own whenever those there are full. */
export class RoomRouters {
  readonly #options: RoomRoutersOptions;
  /** Each with the participants placed on it. */
  readonly #routers = new Map<RoomRouter, number>();
  readonly #diedListeners: (() => void)[] = [];
  #adding: Promise<void> | undefined;
  #closed = false;

  private constructor(options: RoomRoutersOptions) {
    this.#options = options;
  }

  /** @throws StippleError SFU_UNAVAILABLE */
  static async create(options: RoomRoutersOptions): Promise<RoomRouters> {
    const routers = new RoomRouters(options);
    await routers.#add();
    return routers;
  }

  get first(): RoomRouter {
    return this.#routers.keys().next().value!;
  }

  get closed(): boolean {
    return this.first.closed;
  }

  /** Called when a router's worker has died: the room cannot go on without the participants on it. */
  onDied(listener: () => void): void {
    this.#diedListeners.push(listener);
  }

  /** A router for one more participant; `release` it when that participant's connection has gone. */
  async place(): Promise<RoomRouter> {
    const { participantsPerRouter, mostRouters, log } = this.#options;
    const full = [...this.#routers.values()].every((placed) => placed >= participantsPerRouter);
    if (full && this.#routers.size < mostRouters) {
      // Those there serve on where no other can be had.
      this.#adding ??= this.#add()
        .catch((error: unknown) => log.warn(describeError(error), 'room did not get another relay worker'))
        .finally(() => { this.#adding = undefined; });
      await this.#adding;
    }
    const [router, placed] = [...this.#routers].sort(([, a], [, b]) => a - b)[0]!;
    this.#routers.set(router, placed + 1);
    return router;
  }

  release(router: RoomRouter): void {
    const placed = this.#routers.get(router);
    if (placed !== undefined) this.#routers.set(router, placed - 1);
  }

  close(): void {
    this.#closed = true;
    for (const router of this.#routers.keys()) router.close();
  }

  async #add(): Promise<void> {
    const router = await this.#options.workers.createRouter([...this.#routers.keys()]);
    if (this.#closed) {
      router.close();
      return;
    }
    this.#routers.set(router, 0);
    router.onClosed((end) => {
      if (end === 'worker-died') for (const listener of this.#diedListeners.splice(0)) listener();
    });
  }
}
