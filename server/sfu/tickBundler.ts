import { MotionBundleWriter } from '../../shared/motion/motionBundle.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';
import type { MotionReport } from '../../shared/motion/motionReport.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { roomClockMs } from '../roomClock.ts';
import { BUNDLE_HEADERS_BYTES } from './linkPace.ts';
import { assignLevels, levelsKey, sharesWith } from './motionInterest.ts';
import type { Levels } from './motionInterest.ts';
import type { MotionOutlet } from './motionOutlet.ts';
import { belongsTo, MotionSource } from './motionSource.ts';
import type { SourceFrame } from './motionSource.ts';
import type { MotionViewer } from './motionViewer.ts';
import type { Ticked } from './motionTicker.ts';

/** Viewers who get the same bundles. Those of one router get them by one send. */
interface Audience {
  readonly levels: Levels;
  readonly viewers: readonly MotionViewer[];
  readonly outlets: readonly { outlet: MotionOutlet; channels: number[] }[];
  readonly stream: number;
  sequence: number;
}

/** Whose bundles are counted: an audience, or one viewer. */
interface Sequenced {
  sequence: number;
}
type SendBundle = (bytes: Uint8Array, entries: number) => void;

/** A viewer's own bundles, in the sequence counting; the audiences' streams follow. */
const OWN_STREAM = 0;
const AUDIENCE_STREAMS = 255;
const MOST_CHANNELS = 0xffff;
/** Name of the audience of those who get what everybody gets. */
const COMMON = '';
/** Without subchannels a message goes to all of a router, which is cheaper than naming each. */
const EVERYBODY: number[] = [];
/** Wishes and speakers are looked at this often at most. */
const ASSIGN_INTERVAL_MS = 400;
/** A room of this many is ticked at the longer of these intervals; smaller ones in proportion sooner. */
const INTERVAL_MS = { shortest: 16, longest: 34, perParticipant: 0.5 } as const;
/** Where a viewer's link is full: how much longer the frames of each level may wait than those of the first. */
const PATIENCE: Readonly<Record<MotionLevel, number>> = { full: 1, half: 2, low: 6, trickle: 20 };
/** Smoothing of what all would cost, as it grows and as it falls: a viewer let go too early queues again. */
const DEMAND_GROWS = 0.15;
const DEMAND_FALLS = 0.03;

/**
 * Gathers a room's frames and sends them at each tick: one message to everybody who gets the same, whatever their number.
 * Frames are passed on as they came.
 */
export class TickBundler implements Ticked {
  readonly #metrics: Metrics;
  readonly #writer = new MotionBundleWriter();
  /** By slot, in its order. */
  #sources: MotionSource[] = [];
  readonly #viewers = new Set<MotionViewer>();
  #audiences: Audience[] = [];
  #speakers: readonly number[] = [];
  #common: Levels = new Map();
  #assigned = false;
  #assignedMs = Number.NEGATIVE_INFINITY;
  #nextChannel = 0;
  /** Viewers whose consumers may flow already but who are not to get anything yet. */
  #opening = 0;
  #nextStream = 0;
  #tickMs = 0;
  /** Of a viewer who gets all that everybody gets. */
  #demandBytesPerSecond = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** With few, messages are small and often; with many, one wait longer saves everyone headers. */
  get intervalMs(): number {
    return Math.min(INTERVAL_MS.longest, INTERVAL_MS.shortest + INTERVAL_MS.perParticipant * this.#sources.length);
  }

  addSource(slot: number): MotionSource {
    const source = new MotionSource(slot);
    this.#sources = [...this.#sources.filter((other) => other.slot !== slot), source].sort((a, b) => a.slot - b.slot);
    this.#assigned = false;
    return source;
  }

  removeSource(source: MotionSource): void {
    this.#sources = this.#sources.filter((other) => other !== source);
    this.#assigned = false;
  }

  /**
   * Takes in a viewer once `open`, given a subchannel for it alone, has made its consumer flow; undefined: it never did.
   * Bundles go to the viewer from the next tick on.
   */
  async admit(open: (channel: number) => Promise<MotionViewer | undefined>): Promise<MotionViewer | undefined> {
    // It comes back after 65,535 others.
    this.#nextChannel = this.#nextChannel % MOST_CHANNELS + 1;
    this.#opening++;
    this.#group();
    try {
      const viewer = await open(this.#nextChannel);
      if (viewer !== undefined) this.#add(viewer);
      return viewer;
    } finally {
      this.#opening--;
      this.#group();
    }
  }

  want(viewer: MotionViewer, levels: Levels): void {
    viewer.wanted = levels.size > 0 ? levels : undefined;
    this.#assigned = false;
  }

  handleReport(viewer: MotionViewer, report: MotionReport): void {
    this.#watchPace(viewer, () => viewer.pace.handleReport(report, performance.now()));
  }

  /** Slots of who speaks, loudest first: they keep their full rate in a room too large for everyone's. */
  setSpeakers(slots: readonly number[]): void {
    this.#speakers = slots;
    this.#assigned = false;
  }

  tick(): void {
    const nowMs = performance.now();
    const tickTimestampMs = Math.floor(roomClockMs()) >>> 0;
    if (!this.#assigned && nowMs - this.#assignedMs >= ASSIGN_INTERVAL_MS) this.#assign(nowMs);
    for (const viewer of this.#viewers) if (viewer.isNew) this.#welcome(viewer, tickTimestampMs, nowMs);
    let sentBytes = 0;
    for (const audience of this.#audiences) {
      const bytes = this.#sendTo(audience, tickTimestampMs, nowMs);
      if (audience === this.#audiences[0]) sentBytes = bytes;
    }
    const perSecond = sentBytes / Math.max(1, nowMs - this.#tickMs) * 1000;
    const change = perSecond - this.#demandBytesPerSecond;
    this.#demandBytesPerSecond += change * (change > 0 ? DEMAND_GROWS : DEMAND_FALLS);
    this.#tickMs = nowMs;
    for (const viewer of this.#viewers) if (viewer.pace.paced) this.#sendPaced(viewer, tickTimestampMs, nowMs);
    for (const source of this.#sources) source.fresh.length = 0;
  }

  #sendTo(audience: Audience, tickTimestampMs: number, nowMs: number): number {
    const { levels, outlets, viewers, stream } = audience;
    let sent = 0;
    const send = (bytes: Uint8Array, entries: number): void => {
      for (const { outlet, channels } of outlets) outlet.send(bytes, channels);
      for (const viewer of viewers) viewer.pace.handleSent(stream, audience.sequence, bytes.length, nowMs);
      this.#metrics.motionBundles.inc(viewers.length);
      this.#metrics.motionFramesDelivered.inc(entries * viewers.length);
      sent += bytes.length + BUNDLE_HEADERS_BYTES;
    };
    this.#begin(stream, audience, tickTimestampMs);
    for (const { slot, fresh } of this.#sources) {
      const level = levels.get(slot) ?? 'full';
      for (const frame of fresh) if (belongsTo(frame, slot, level)) this.#write(slot, frame, stream, audience, tickTimestampMs, send);
    }
    this.#flush(audience, send);
    return sent;
  }

  #begin(stream: number, { sequence }: Sequenced, tickTimestampMs: number): void {
    this.#writer.begin({ stream, sequence, tickTimestampMs });
  }

  /** Adds a frame to the bundle in the making; where it has no room left, that one is sent and the next begun. */
  #write(slot: number, { bytes }: SourceFrame, stream: number, counter: Sequenced, tickTimestampMs: number, send: SendBundle): void {
    if (this.#writer.add(slot, bytes)) return;
    this.#flush(counter, send);
    this.#begin(stream, counter, tickTimestampMs);
    this.#writer.add(slot, bytes);
  }

  #flush(counter: Sequenced, send: SendBundle): void {
    const { entries } = this.#writer;
    if (entries === 0) return;
    send(this.#writer.finish(), entries);
    counter.sequence = (counter.sequence + 1) & 0xffff;
  }

  /** A newcomer's first bundles: everybody's last keyframe, after which whatever comes next can be decoded. */
  #welcome(viewer: MotionViewer, tickTimestampMs: number, nowMs: number): void {
    viewer.isNew = false;
    const chosen = this.#sources.flatMap((source) => {
      const frame = source.keyframe(nowMs);
      return frame === undefined || source.fresh.includes(frame) ? [] : [{ slot: source.slot, frame }];
    });
    this.#writeOwn(viewer, chosen, tickTimestampMs, nowMs);
  }

  /**
   * What fits the link of a viewer who cannot get all: the newest of everybody, those first who have waited longest and
   * are wanted most. What does not fit now is not kept, but replaced by what is newer then.
   */
  #sendPaced(viewer: MotionViewer, tickTimestampMs: number, nowMs: number): void {
    const { pace, lastGot, levels } = viewer;
    this.#watchPace(viewer, () => pace.release(this.#demandBytesPerSecond));
    if (!pace.paced) return;
    let allowance = pace.allowance(nowMs);
    const waiting = this.#sources.flatMap((source) => {
      const last = lastGot.get(source.slot);
      const frames = source.catchUp(last, nowMs);
      const patience = PATIENCE[levels.get(source.slot) ?? 'full'];
      return frames.length === 0 ? [] : [{ slot: source.slot, frames, urgency: (nowMs - (last?.arrivedMs ?? 0)) / patience }];
    });
    const wantedBytes = waiting.reduce((sum, { frames }) => frames.reduce((bytes, frame) => bytes + frame.bytes.length + 2, sum), 0);
    // Rather one bundle for all than a header for each.
    if (allowance < wantedBytes && !pace.saved) return;
    const chosen: { slot: number; frame: SourceFrame }[] = [];
    for (const { slot, frames } of waiting.sort((a, b) => b.urgency - a.urgency)) {
      const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length + 2, 0);
      if (bytes > allowance) break;
      allowance -= bytes;
      for (const frame of frames) chosen.push({ slot, frame });
      lastGot.set(slot, frames.at(-1)!);
    }
    this.#writeOwn(viewer, chosen.sort((a, b) => a.slot - b.slot), tickTimestampMs, nowMs);
  }

  #writeOwn(viewer: MotionViewer, chosen: readonly { slot: number; frame: SourceFrame }[], tickTimestampMs: number, nowMs: number): void {
    const send = (bytes: Uint8Array, entries: number): void => {
      viewer.outlet.send(bytes, [viewer.channel]);
      viewer.pace.handleSent(OWN_STREAM, viewer.sequence, bytes.length, nowMs);
      this.#metrics.motionBundles.inc();
      this.#metrics.motionFramesDelivered.inc(entries);
    };
    this.#begin(OWN_STREAM, viewer, tickTimestampMs);
    for (const { slot, frame } of chosen) this.#write(slot, frame, OWN_STREAM, viewer, tickTimestampMs, send);
    this.#flush(viewer, send);
  }

  #add(viewer: MotionViewer): void {
    const { consumer } = viewer;
    consumer.on('sctpsendbufferfull', () => this.#watchPace(viewer, () => viewer.pace.handleFull(performance.now())));
    consumer.observer.once('close', () => this.#remove(viewer));
    if (!consumer.closed) this.#viewers.add(viewer);
  }

  #remove(viewer: MotionViewer): void {
    if (!this.#viewers.delete(viewer)) return;
    if (viewer.pace.paced) this.#metrics.motionSlowViewers.dec();
    this.#group();
  }

  /** Regroups at once where something made a viewer's link full, or free again. */
  #watchPace(viewer: MotionViewer, change: () => void): void {
    const wasPaced = viewer.pace.paced;
    change();
    if (viewer.pace.paced === wasPaced || !this.#viewers.has(viewer)) return;
    this.#metrics.motionSlowViewers.inc(wasPaced ? -1 : 1);
    viewer.lastGot.clear();
    this.#group();
  }

  /** Decides anew what each viewer gets. */
  #assign(nowMs: number): void {
    this.#assigned = true;
    this.#assignedMs = nowMs;
    const slots = this.#sources.map(({ slot }) => slot);
    this.#common = assignLevels(slots, this.#speakers, undefined);
    for (const viewer of this.#viewers) {
      viewer.levels = viewer.wanted === undefined ? this.#common : assignLevels(slots, this.#speakers, viewer.wanted);
      viewer.audience = viewer.levels === this.#common || sharesWith(viewer.levels, this.#common) ? COMMON : levelsKey(viewer.levels);
    }
    this.#group();
  }

  /** Puts viewers together who get the same. */
  #group(): void {
    const groups = new Map<string, { levels: Levels; viewers: MotionViewer[] }>([[COMMON, { levels: this.#common, viewers: [] }]]);
    for (const viewer of this.#viewers) {
      if (viewer.pace.paced) continue;
      const group = groups.get(viewer.audience) ?? { levels: viewer.levels, viewers: [] };
      groups.set(viewer.audience, group);
      group.viewers.push(viewer);
    }
    const before = this.#audiences;
    this.#audiences = [...groups.values()].map(({ levels, viewers }, index) => {
      const old = before[index];
      const same = old !== undefined && old.viewers.length === viewers.length && old.viewers.every((viewer, at) => viewer === viewers[at]);
      return {
        levels, viewers, outlets: this.#outletsOf(viewers),
        stream: same || (index === 0 && old !== undefined) ? old.stream : this.#newStream(), sequence: old?.sequence ?? 0,
      };
    });
  }

  #outletsOf(viewers: readonly MotionViewer[]): Audience['outlets'] {
    const channels = new Map<MotionOutlet, number[]>();
    for (const { outlet, channel } of viewers) {
      const list = channels.get(outlet) ?? [];
      channels.set(outlet, list);
      list.push(channel);
    }
    const everybody = new Map<MotionOutlet, number>();
    for (const { outlet } of this.#viewers) everybody.set(outlet, (everybody.get(outlet) ?? 0) + 1);
    return [...channels].map(([outlet, list]) => ({ outlet, channels: this.#opening === 0 && list.length === everybody.get(outlet) ? EVERYBODY : list }));
  }

  #newStream(): number {
    this.#nextStream = this.#nextStream % AUDIENCE_STREAMS + 1;
    return this.#nextStream;
  }
}
