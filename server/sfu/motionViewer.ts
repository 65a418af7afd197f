import type { types } from 'mediasoup';
import { LinkPace } from './linkPace.ts';
import type { Levels } from './motionInterest.ts';
import type { MotionOutlet } from './motionOutlet.ts';
import type { SourceFrame } from './motionSource.ts';

/** One who watches the room: its consumer of the bundles, what it wants, and how much its link carries. */
export class MotionViewer {
  /** Subchannel that only this viewer listens to. */
  readonly channel: number;
  readonly outlet: MotionOutlet;
  readonly consumer: types.DataConsumer;
  readonly pace = new LinkPace();
  /** What the viewer asked for. */
  wanted: Levels | undefined;
  /** What it is to get while its link is free. */
  levels: Levels = new Map();
  /** Viewers of the same name share bundles; those who get what everybody gets have none. */
  audience = '';
  /** Has not got anything yet: the first bundle brings everybody's last keyframe. */
  isNew = true;
  /** What it got last of each source, while it gets bundles of its own because its link is full. */
  readonly lastGot = new Map<number, SourceFrame>();
  /** Sequence of its own bundles. */
  sequence = 0;

  constructor(channel: number, outlet: MotionOutlet, consumer: types.DataConsumer) {
    this.channel = channel;
    this.outlet = outlet;
    this.consumer = consumer;
  }
}
