// A share of the bots, in a process of their own, apart from the server's.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cleanup, setSctpSettings } from 'node-datachannel';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { answerRequests } from '../childRequests.ts';
import { machineClockMs, sleep } from '../clock.ts';
import { ImpairedLink } from '../impairment/impairedLink.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { Bot } from './bot.ts';
import type { BotPlan, BotSeat } from './bot.ts';
import { loadTracks, TrackPlayer } from './motionSource.ts';
import type { LoadedTrack } from './motionSource.ts';
import { LocalSenders } from './sentFrames.ts';
import { uploadPortrait } from './portraitUpload.ts';
import { ViewerMeter } from './viewerMeter.ts';
import type { GroupMeasures, MeasureWindow } from './viewerMeter.ts';

/** What all bots of a process share. */
export interface BotProcessStart {
  readonly serverUrl: string;
  /** Room clock minus the machine's monotonic clock, ms. */
  readonly roomClockOffsetMs: number;
  readonly trackFolder: string;
  readonly framesPerSecond: number;
  readonly seed: number;
}

/** One bot's counts since the window began; frames are those captured in it. */
export interface BotCount {
  readonly seat: BotSeat;
  readonly group: string;
  readonly roomId: string;
  readonly framesSent: number;
  /** Not sent, because older ones still waited in the channel. */
  readonly framesDropped: number;
  /** Frames that came, by slot; pairs of slot and count. */
  readonly framesBySlot: readonly (readonly [number, number])[];
  /** Slots of which it wanted every frame. */
  readonly fullSlots: readonly number[];
  /** Since the bot joined. */
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
  /** Bundles since the bot joined, and gaps in their numbers. */
  readonly bundles: number;
  readonly bundlesLost: number;
  readonly unreadable: number;
  readonly undecodable: number;
  readonly lost: string | undefined;
}

export interface BotProcessMeasures {
  readonly bots: readonly BotCount[];
  readonly groups: Readonly<Record<string, GroupMeasures>>;
  /** How late this process's event loop was, ms: what it adds to the bots' measures. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** A screen's pace. */
const SHOW_INTERVAL_MS = 1_000 / 60;
/** As browsers acknowledge (RFC 9260's 200 ms), instead of node-datachannel's 20 ms. */
const DELAYED_ACKNOWLEDGEMENT_MS = 200;
/** Bots that join at once in one process. */
const JOINING_AT_ONCE = 3;

const bots = new Map<number, Bot>();
const senders = new LocalSenders();
const meters = new Map<string, ViewerMeter>();
const loopDelay = monitorEventLoopDelay({ resolution: 2 });
let options: BotProcessStart | undefined;
let tracks: LoadedTrack[] = [];
let random: () => number = () => 0;
let owner: { ownerToken: string; avatarHash: string } | undefined;
let showTimer: NodeJS.Timeout | undefined;
let window: MeasureWindow | undefined;

const roomNowMs = (): number => machineClockMs() + options!.roomClockOffsetMs;

function meterOf(group: string): ViewerMeter {
  let meter = meters.get(group);
  if (meter === undefined) {
    meter = new ViewerMeter();
    if (window) meter.begin(window);
    meters.set(group, meter);
  }
  return meter;
}

async function start(given: BotProcessStart): Promise<void> {
  options = given;
  setSctpSettings({ delayedSackTime: DELAYED_ACKNOWLEDGEMENT_MS });
  tracks = loadTracks(given.trackFolder);
  const seeded = new SeededRandom(given.seed);
  random = () => seeded.next();
  owner = await uploadPortrait(given.serverUrl);
  showTimer = setInterval(() => {
    const nowMs = roomNowMs();
    for (const bot of bots.values()) bot.receiver.show(nowMs);
  }, SHOW_INTERVAL_MS);
}

async function join({ plans }: { plans: readonly BotPlan[] }): Promise<BotSeat[]> {
  const waiting = [...plans];
  const seats: BotSeat[] = [];
  const { serverUrl, framesPerSecond } = options!;
  await Promise.all(Array.from({ length: JOINING_AT_ONCE }, async () => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const bot = await Bot.join(plan, {
        serverUrl, ...owner!, framesPerSecond, roomNowMs, meter: meterOf(plan.group), senders,
        player: new TrackPlayer(tracks[plan.track % tracks.length]!, plan.startFrame),
        openLink: (relay) => ImpairedLink.open(relay, random),
      });
      bots.set(plan.botId, bot);
      seats.push(bot.seat);
    }
  }));
  return seats;
}

async function leave({ botIds, polite }: { botIds: readonly number[]; polite: boolean }): Promise<void> {
  await Promise.all(botIds.map(async (botId) => {
    const bot = bots.get(botId);
    bots.delete(botId);
    await bot?.leave(polite);
  }));
}

function begin(given: MeasureWindow): void {
  window = given;
  loopDelay.enable();
  loopDelay.reset();
  for (const meter of meters.values()) meter.begin(given);
  for (const bot of bots.values()) {
    bot.framesSent = 0;
    bot.framesDropped = 0;
    bot.receiver.clearCounts();
  }
}

function counts(): BotCount[] {
  return [...bots.values()].map((bot) => ({
    seat: bot.seat, group: bot.plan.group, roomId: bot.plan.roomId, framesSent: bot.framesSent, framesDropped: bot.framesDropped,
    framesBySlot: [...bot.receiver.framesBySlot].flatMap((count, slot) => (count === 0 ? [] : [[slot, count] as const])),
    fullSlots: bot.receiver.fullSlots,
    sentMessages: bot.messagesSent, sentBytes: bot.bytesSent, receivedMessages: bot.receiver.messages, receivedBytes: bot.receiver.bytes,
    bundles: bot.receiver.bundleCounters.received, bundlesLost: bot.receiver.bundleCounters.lost,
    unreadable: bot.receiver.unreadable, undecodable: bot.receiver.undecodable, lost: bot.lost,
  }));
}

function measures(): BotProcessMeasures {
  const delay = (percentile: number): number => Math.max(0, loopDelay.percentile(percentile) / 1e6 - 2);
  return {
    bots: counts(), groups: Object.fromEntries([...meters].map(([group, meter]) => [group, meter.read()])),
    eventLoopDelayMs: { p50: delay(50), p95: delay(95), p99: delay(99) },
  };
}

function impair({ botId, impairment }: { botId: number; impairment: Impairment }): void {
  const bot = bots.get(botId);
  if (bot === undefined || bot.links.length === 0) throw new Error(`bot ${botId} has no link that could be impaired`);
  for (const link of bot.links) link.impairment = impairment;
}

const methods = {
  start, join, leave, begin, counts, measures, impair,
  linkCounts: ({ botId }: { botId: number }) => (bots.get(botId)?.links ?? []).map((link) => link.counts),
  stop: async () => {
    clearInterval(showTimer);
    await leave({ botIds: [...bots.keys()], polite: true });
    await sleep(50);
    cleanup();
  },
};
export type BotProcessMethods = typeof methods;

answerRequests(methods);
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => {});
