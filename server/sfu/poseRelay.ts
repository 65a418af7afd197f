import { describeError } from '../log.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { PoseLink } from './poseLink.ts';
import type { PoseLinkOwner } from './poseLink.ts';
import type { RoomRouter } from './roomRouter.ts';

export interface PoseRelayOptions {
  readonly router: RoomRouter;
  readonly framesPerSecond: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * Connects everyone's pose channel to everyone else in a room. Whenever one side of a pair comes up (a producer, or a
 * receive transport) the pair is joined if the other side stands already.
 */
export class PoseRelay {
  readonly #options: PoseRelayOptions;
  readonly #links = new Set<PoseLink>();

  constructor(options: PoseRelayOptions) {
    this.#options = options;
  }

  /** Gives a connection its place in the relay. `close` the link when the connection ends. */
  attach(owner: PoseLinkOwner): PoseLink {
    const link = new PoseLink(owner, this.#options, {
      producerOpened: () => { for (const other of this.#links) this.#join(link, other); },
      receiverOpened: () => { for (const other of this.#links) this.#join(other, link); },
      closed: () => { this.#links.delete(link); },
    });
    this.#links.add(link);
    return link;
  }

  close(): void {
    for (const link of [...this.#links]) link.close();
    this.#options.router.close();
  }

  #join(from: PoseLink, to: PoseLink): void {
    if (from === to || from.owner.participantId === to.owner.participantId) return;
    to.receiveFrom(from).catch((error: unknown) => {
      // A participant who leaves in between is no news.
      if (from.closed || to.closed) return;
      this.#options.log.warn({ from: from.owner.participantId, to: to.owner.participantId, ...describeError(error) }, 'pose channel was not joined');
    });
  }
}
