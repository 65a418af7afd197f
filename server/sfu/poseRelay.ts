import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MotionRelay } from './motionRelays.ts';
import type { MotionTicker } from './motionTicker.ts';
import { PoseLink } from './poseLink.ts';
import type { PoseLinkOwner } from './poseLink.ts';
import type { RoomRouters } from './roomRouters.ts';
import { TickBundler } from './tickBundler.ts';

export interface PoseRelayOptions {
  readonly routers: RoomRouters;
  readonly ticker: MotionTicker;
  readonly motionRelay: MotionRelay;
  readonly framesPerSecond: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Carries everyone's motion to everyone else in a room. */
export class PoseRelay {
  readonly #options: PoseRelayOptions;
  readonly #links = new Set<PoseLink>();
  readonly #bundler: TickBundler | undefined;

  constructor(options: PoseRelayOptions) {
    this.#options = options;
    if (options.motionRelay === 'bundle') this.#bundler = new TickBundler(options.metrics);
  }

  /** Gives a connection its place in the relay. `close` the link when the connection ends. */
  attach(owner: PoseLinkOwner): PoseLink {
    const { ticker } = this.#options;
    const link = new PoseLink(owner, this.#options, this.#bundler, {
      producerOpened: () => { for (const other of this.#links) this.#join(link, other); },
      receiverOpened: () => {
        if (this.#bundler) this.#report(link, 'bundle channel was not opened', link.receiveBundles());
        else for (const other of this.#links) this.#join(other, link);
      },
      closed: () => {
        this.#links.delete(link);
        if (this.#bundler && this.#links.size === 0) ticker.remove(this.#bundler);
      },
    });
    this.#links.add(link);
    if (this.#bundler && this.#links.size === 1) ticker.add(this.#bundler);
    return link;
  }

  /** Who speaks, loudest first: they keep their full rate in a room too large for everyone's. */
  setSpeakers(participantIds: readonly string[]): void {
    const slots = new Map([...this.#links].map(({ owner }) => [owner.participantId, owner.slot]));
    this.#bundler?.setSpeakers(participantIds.flatMap((participantId) => slots.get(participantId) ?? []));
  }

  close(): void {
    for (const link of [...this.#links]) link.close();
    this.#options.routers.close();
  }

  /** Plainly: whenever one side of a pair comes up the pair is joined, if the other side stands already. */
  #join(from: PoseLink, to: PoseLink): void {
    if (this.#bundler || from === to || from.owner.participantId === to.owner.participantId) return;
    this.#report(to, 'pose channel was not joined', to.receiveFrom(from));
  }

  #report(to: PoseLink, failure: string, joining: Promise<void>): void {
    joining.catch((error: unknown) => {
      // A participant who leaves in between is no news.
      if (!to.closed) this.#options.log.warn({ to: to.owner.participantId, ...describeError(error) }, failure);
    });
  }
}
