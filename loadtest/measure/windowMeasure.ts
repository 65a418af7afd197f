import type { BotCount, BotProcessMeasures } from '../bots/botProcess.ts';
import type { GroupMeasures } from '../bots/viewerMeter.ts';
import { machineClockMs, sleep } from '../clock.ts';
import type { ServerUsage } from '../server/serverHandle.ts';
import type { TransportBytes } from '../server/transportMeter.ts';
import type { Stage } from '../stage.ts';
import { readMachineTicks } from './processUsage.ts';

/** Memory and CPU along the way. */
export interface UsageSample extends ServerUsage {
  /** Since the window began. */
  readonly atMs: number;
}

/** Bytes and messages of all transports at a moment. */
interface WireReading {
  readonly atMs: number;
  readonly transports: readonly TransportBytes[];
  readonly counts: readonly BotCount[];
}

/** Everything read over one stretch of time; `windowFigures` makes figures of it. */
export interface WindowMeasure {
  readonly windowSeconds: number;
  /** Between the two readings of CPU time. */
  readonly cpuSeconds: number;
  readonly serverCpuMicroseconds: number;
  readonly workerCpuMicroseconds: number;
  readonly botCpuMicroseconds: number;
  /** Share of the machine's cores that anything used, [0, 1]. */
  readonly machineBusy: number;
  readonly wire: { readonly before: WireReading; readonly after: WireReading };
  readonly usage: readonly UsageSample[];
  readonly processes: readonly BotProcessMeasures[];
  /** Bots that were there from the beginning to the end. */
  readonly steadyBotIds: ReadonlySet<number>;
}

export interface MeasureOptions {
  readonly seconds: number;
  /** Called about once a second with what is left. */
  readonly onSecond?: (secondsLeft: number) => void;
  /** How often memory is read. */
  readonly sampleMs?: number;
}

/** Time for everything to get going before a window begins, and for the last frames to come after it has ended. */
const LEAD_MS = 300;
const DRAIN_MS = 600;

/** Measures what happens on a stage for a while. Bots may come and go meanwhile. */
export async function measureWindow(stage: Stage, { seconds, onSecond, sampleMs = 1_000 }: MeasureOptions): Promise<WindowMeasure> {
  const { server, fleet } = stage;
  const before = new Set(fleet.botIds);
  // Frames' times are even: an odd bound leaves no doubt on which side a frame is.
  const fromMs = Math.floor((stage.roomNowMs() + LEAD_MS) / 2) * 2 + 1;
  await fleet.begin({ fromMs, toMs: fromMs + seconds * 1_000 });
  await sleep(Math.max(0, fromMs - stage.roomNowMs()));
  const wireBefore = await readWire(stage);
  const start = { atMs: machineClockMs(), usage: server.usage(), bots: fleet.cpuMicroseconds(), ticks: readMachineTicks() };
  const usage: UsageSample[] = [];
  for (;;) {
    const leftMs = fromMs + seconds * 1_000 - stage.roomNowMs();
    usage.push({ atMs: seconds * 1_000 - leftMs, ...server.usage() });
    if (leftMs <= 0) break;
    onSecond?.(Math.ceil(leftMs / 1_000));
    await sleep(Math.min(leftMs, sampleMs));
  }
  const end = { atMs: machineClockMs(), usage: server.usage(), bots: fleet.cpuMicroseconds(), ticks: readMachineTicks() };
  const wireAfter = await readWire(stage);
  await sleep(DRAIN_MS);
  const processes = await fleet.measures();
  return {
    windowSeconds: seconds, cpuSeconds: (end.atMs - start.atMs) / 1_000,
    serverCpuMicroseconds: end.usage.serverCpuMicroseconds - start.usage.serverCpuMicroseconds,
    workerCpuMicroseconds: end.usage.workerCpuMicroseconds - start.usage.workerCpuMicroseconds,
    botCpuMicroseconds: end.bots - start.bots,
    machineBusy: (end.ticks.busy - start.ticks.busy) / Math.max(1, end.ticks.total - start.ticks.total),
    wire: { before: wireBefore, after: wireAfter }, usage, processes,
    steadyBotIds: new Set(fleet.botIds.filter((botId) => before.has(botId))),
  };
}

/** Measures of one group, or of all, over all processes and windows. */
export function groupMeasures(measures: readonly WindowMeasure[], group?: string): GroupMeasures[] {
  return measures.flatMap(({ processes }) => processes.flatMap(({ groups }) => (
    Object.entries(groups).filter(([name]) => group === undefined || name === group).map(([, measured]) => measured))));
}

async function readWire(stage: Stage): Promise<WireReading> {
  const [transports, counts] = await Promise.all([stage.server.transportBytes(), stage.fleet.counts()]);
  return { atMs: machineClockMs(), transports, counts };
}
