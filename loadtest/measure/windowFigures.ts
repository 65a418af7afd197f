import type { BotCount } from '../bots/botProcess.ts';
import { mergedHistogram } from './histogram.ts';
import { wireBytes } from './wireBytes.ts';
import { groupMeasures } from './windowMeasure.ts';
import type { WindowMeasure } from './windowMeasure.ts';

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface MeanAndP95 {
  readonly mean: number;
  readonly p95: number;
}

/** What a load test says about one way of relaying, in the report's and the JSON's words. */
export interface WindowFigures {
  /** Bots that were in a room all the time. */
  readonly participants: number;
  readonly seconds: number;
  /** From a frame's capture stamp to its arrival at the receiving bot. */
  readonly deliveryMilliseconds: Quantiles;
  readonly ageAtPlayoutMilliseconds: Quantiles;
  /** Delay that playout adds on purpose. */
  readonly playoutDelayMilliseconds: Quantiles;
  /**
   * What was to come and did not. In a room whose viewers get everybody in full: of all frames. In a larger one, where the
   * relay thins on purpose, and can say by its bundles' numbers only: of the bundles.
   */
  readonly lossPercent: number;
  readonly bundleLossPercent: number | undefined;
  /** Of everybody's frames, those that came to a viewer, whatever it wanted. */
  readonly deliveredPercent: number;
  /** IP and UDP headers, DTLS, SCTP, acknowledgements and STUN counted. */
  readonly downlinkKbpsPerViewer: MeanAndP95;
  readonly uplinkKbpsPerViewer: MeanAndP95;
  readonly messagesPerSecondPerViewer: number;
  readonly framesPerSecondPerSender: number;
  readonly deliveredPosesPerSecond: number;
  /** Server process and workers together. */
  readonly sfuCpuMicrosecondsPerDeliveredPose: number;
  readonly serverRssMegabytes: number;
  /** All workers together. */
  readonly workerRssMegabytes: number;
  /** Viewers that got frames of everybody else in their room. */
  readonly served: number;
  /** Bots that the server let go, frames not sent for a full channel, messages that could not be read. */
  readonly disconnected: number;
  readonly framesDroppedBySenders: number;
  readonly unreadable: number;
  readonly whereTheTimeGoes: {
    /** Capture → the relay closes the bundle: uplink, worker, wait for the tick. Undefined in the plain way. */
    readonly beforeTickMilliseconds: Quantiles | undefined;
    /** From there to the viewer: fan-out, worker, downlink, the bot. */
    readonly afterTickMilliseconds: Quantiles | undefined;
    /** What the bots' own event loops add. */
    readonly botEventLoopDelayMilliseconds: Quantiles;
    /** In hundredths of one core. */
    readonly cpuPercent: { readonly server: number; readonly workers: number; readonly bots: number };
    /** Of all cores, everything on this machine. */
    readonly machineBusyPercent: number;
  };
}

const MEGABYTE = 1_048_576;
/** Participants that a viewer gets in full at most (server/sfu/motionInterest.ts). */
const FULL_SEATS = 32;

export function windowFigures(measure: WindowMeasure): WindowFigures {
  const all = groupMeasures([measure]);
  const quantiles = (pick: (group: (typeof all)[number]) => (typeof all)[number]['delivery']): Quantiles => rounded(mergedHistogram(all.map(pick)).percentiles);
  const bots = measure.processes.flatMap((process) => process.bots);
  const steady = bots.filter(({ seat }) => measure.steadyBotIds.has(seat.botId));
  const pairs = countPairs(steady);
  const bundleLoss = bundlesLost(measure);
  const largestRoom = Math.max(0, ...steady.map((bot) => steady.filter(({ roomId }) => roomId === bot.roomId).length));
  const delivered = all.reduce((sum, { perSecond }) => sum + perSecond.reduce((frames, second) => frames + second.frames, 0), 0);
  const posesPerSecond = delivered / measure.windowSeconds;
  const wire = wirePerViewer(measure);
  const bundled = all.some(({ beforeTick }) => beforeTick.buckets.length > 0);
  const perCore = (microseconds: number): number => round(microseconds / measure.cpuSeconds / 1e4, 1);
  const cpu = (measure.serverCpuMicroseconds + measure.workerCpuMicroseconds) / measure.cpuSeconds;
  const last = measure.usage.at(-1)!;
  const loop = (percentile: 'p50' | 'p95' | 'p99'): number => round(Math.max(...measure.processes.map(({ eventLoopDelayMs }) => eventLoopDelayMs[percentile])), 1);
  return {
    participants: steady.length, seconds: measure.windowSeconds,
    deliveryMilliseconds: quantiles(({ delivery }) => delivery),
    ageAtPlayoutMilliseconds: quantiles(({ age }) => age),
    playoutDelayMilliseconds: quantiles(({ playoutDelay }) => playoutDelay),
    lossPercent: bundleLoss !== undefined && largestRoom > FULL_SEATS ? bundleLoss : percentLost(pairs.wanted, pairs.wantedGot),
    bundleLossPercent: bundleLoss,
    deliveredPercent: pairs.sent === 0 ? 0 : round(100 * pairs.got / pairs.sent, 2),
    downlinkKbpsPerViewer: meanAndP95(wire.map(({ downKbps }) => downKbps)),
    uplinkKbpsPerViewer: meanAndP95(wire.map(({ upKbps }) => upKbps)),
    messagesPerSecondPerViewer: round(mean(wire.map(({ messagesPerSecond }) => messagesPerSecond)), 1),
    framesPerSecondPerSender: round(mean(steady.map(({ framesSent }) => framesSent / measure.windowSeconds)), 1),
    deliveredPosesPerSecond: round(posesPerSecond, 1),
    sfuCpuMicrosecondsPerDeliveredPose: posesPerSecond === 0 ? 0 : round(cpu / posesPerSecond, 3),
    serverRssMegabytes: round(last.serverRssBytes / MEGABYTE, 1), workerRssMegabytes: round(last.workerRssBytes / MEGABYTE, 1),
    served: pairs.served, disconnected: bots.filter(({ lost }) => lost !== undefined).length,
    framesDroppedBySenders: bots.reduce((sum, { framesDropped }) => sum + framesDropped, 0),
    unreadable: bots.reduce((sum, { unreadable }) => sum + unreadable, 0),
    whereTheTimeGoes: {
      beforeTickMilliseconds: bundled ? quantiles(({ beforeTick }) => beforeTick) : undefined,
      afterTickMilliseconds: bundled ? quantiles(({ afterTick }) => afterTick) : undefined,
      botEventLoopDelayMilliseconds: { p50: loop('p50'), p95: loop('p95'), p99: loop('p99') },
      cpuPercent: { server: perCore(measure.serverCpuMicroseconds), workers: perCore(measure.workerCpuMicroseconds), bots: perCore(measure.botCpuMicroseconds) },
      machineBusyPercent: round(100 * measure.machineBusy, 1),
    },
  };
}

export function rounded({ p50, p95, p99 }: Quantiles): Quantiles {
  return { p50: round(p50, 2), p95: round(p95, 2), p99: round(p99, 2) };
}

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0;
}

/** Frames between pairs of bots that were both there all the time. */
function countPairs(steady: readonly BotCount[]) {
  const counted = { sent: 0, got: 0, wanted: 0, wantedGot: 0, served: 0 };
  const rooms = new Map<string, BotCount[]>();
  for (const bot of steady) rooms.set(bot.roomId, [...rooms.get(bot.roomId) ?? [], bot]);
  for (const members of rooms.values()) {
    for (const viewer of members) {
      const got = new Map(viewer.framesBySlot);
      const full = new Set(viewer.fullSlots);
      let served = true;
      for (const sender of members) {
        if (sender === viewer) continue;
        const came = Math.min(got.get(sender.seat.slot) ?? 0, sender.framesSent);
        counted.sent += sender.framesSent;
        counted.got += came;
        if (came === 0 && sender.framesSent > 0) served = false;
        if (!full.has(sender.seat.slot)) continue;
        counted.wanted += sender.framesSent;
        counted.wantedGot += came;
      }
      if (served) counted.served++;
    }
  }
  return counted;
}

function percentLost(expected: number, came: number): number {
  return expected === 0 ? 0 : round(100 * Math.max(0, expected - came) / expected, 4);
}

/** Gaps in the numbers of bundles, of those who were there all the time; undefined where there are no bundles. */
function bundlesLost({ wire: { before, after }, steadyBotIds }: WindowMeasure): number | undefined {
  const earlier = new Map(before.counts.map((count) => [count.seat.botId, count]));
  let [came, lost] = [0, 0];
  for (const count of after.counts) {
    const was = earlier.get(count.seat.botId);
    if (was === undefined || !steadyBotIds.has(count.seat.botId)) continue;
    came += count.bundles - was.bundles;
    lost += count.bundlesLost - was.bundlesLost;
  }
  return came === 0 ? undefined : percentLost(came + lost, came);
}

/** Rates of every viewer that was there all the time. */
function wirePerViewer({ wire: { before, after }, steadyBotIds }: WindowMeasure) {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const transportsBefore = new Map(before.transports.map((transport) => [transport.transportId, transport]));
  const transportsAfter = new Map(after.transports.map((transport) => [transport.transportId, transport]));
  const countsBefore = new Map(before.counts.map((count) => [count.seat.botId, count]));
  return after.counts.filter(({ seat }) => steadyBotIds.has(seat.botId)).flatMap((count) => {
    const earlier = countsBefore.get(count.seat.botId);
    const [receive, send] = [count.seat.receiveTransportId, count.seat.sendTransportId].map((id) => {
      const [was, is] = [transportsBefore.get(id), transportsAfter.get(id)];
      return was && is ? { sent: is.bytesSent - was.bytesSent, received: is.bytesReceived - was.bytesReceived } : undefined;
    });
    if (earlier === undefined || receive === undefined || send === undefined) return [];
    const down = { messages: count.receivedMessages - earlier.receivedMessages, messageBytes: count.receivedBytes - earlier.receivedBytes };
    const up = { messages: count.sentMessages - earlier.sentMessages, messageBytes: count.sentBytes - earlier.sentBytes };
    const none = { messages: 0, messageBytes: 0 };
    const kbps = (bytes: number): number => bytes * 8 / 1_000 / seconds;
    return [{
      downKbps: kbps(wireBytes({ udpPayloadBytes: receive.sent, ...down }) + wireBytes({ udpPayloadBytes: send.sent, ...none })),
      upKbps: kbps(wireBytes({ udpPayloadBytes: send.received, ...up }) + wireBytes({ udpPayloadBytes: receive.received, ...none })),
      messagesPerSecond: down.messages / seconds,
    }];
  });
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanAndP95(values: readonly number[]): MeanAndP95 {
  const sorted = [...values].sort((a, b) => a - b);
  return { mean: round(mean(values), 2), p95: round(sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0, 2) };
}
