import { machineClockMs, sleep } from '../clock.ts';
import { fitSlope } from '../measure/slope.ts';
import type { Slope } from '../measure/slope.ts';
import { round, windowFigures } from '../measure/windowFigures.ts';
import { measureWindow } from '../measure/windowMeasure.ts';
import type { UsageSample } from '../measure/windowMeasure.ts';
import type { ServerHoldings } from '../server/serverProcess.ts';
import type { Stage } from '../stage.ts';
import { countdown, onStage, SETTLE_MS } from './scenario.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';

const PARTICIPANTS = 25;
const CHANGE_MS = 5_000;
const SAMPLE_MS = 2_000;
/** Heaps, code and buffers still grow in the beginning. */
const WARM_UP_SHARE = 0.25;
/** Rooms and dropped seats are gone after this; see `ServerHandle`. */
const LET_GO_MS = 5_000;
const MEGABYTE = 1_048_576;
const MS_PER_HOUR = 3_600_000;
/** Growth over the whole run that is not worth a name, megabytes: less than one garbage collection's difference. */
const NEGLIGIBLE_MEGABYTES = 2;

/** A long stay: memory may not grow, and nothing may be left after the last leave. */
export const soak: Scenario = {
  about: 'a room of 25 for a long time (--minutes), somebody changing seats each 5 s; then all leave',
  defaultSeconds: 20 * 60,
  run: async (context): Promise<ScenarioResult> => {
    const seats = context.options.participants ?? PARTICIPANTS;
    const seconds = context.options.seconds ?? soak.defaultSeconds;
    return onStage(context, { relay: 'bundle', rooms: 1, seatsPerRoom: seats }, async (stage) => {
      const before = await stage.server.holdings();
      await stage.join(Array.from({ length: seats - 1 }, () => ({ room: 0, group: 'stayers' })));
      const [restless] = await stage.join([{ room: 0, group: 'newcomers' }]);
      await sleep(SETTLE_MS);
      const changing = changeSeat(stage, restless!.botId, seconds * 1_000);
      const measure = await measureWindow(stage, { seconds, sampleMs: SAMPLE_MS, onSecond: countdown(context.note, 'soak') });
      await changing;
      const full = await stage.server.holdings();
      await stage.fleet.leave(stage.fleet.botIds);
      await sleep(LET_GO_MS);
      const after = await stage.server.holdings();
      const server = memory(measure.usage, seconds, ({ serverRssBytes }) => serverRssBytes);
      const workers = memory(measure.usage, seconds, ({ workerRssBytes }) => workerRssBytes);
      return {
        figures: {
          ...windowFigures(measure),
          memory: { server, workers, flat: server.flat && workers.flat },
          left: left(before, after),
          heapMegabytes: { before: megabytes(before.heapUsedBytes), full: megabytes(full.heapUsedBytes), after: megabytes(after.heapUsedBytes) },
        },
        plots: [{ title: 'soak', measure, groups: ['stayers', 'newcomers'] }],
      };
    });
  },
};

async function changeSeat(stage: Stage, restless: number, durationMs: number): Promise<void> {
  const endMs = machineClockMs() + durationMs;
  let botId = restless;
  for (let change = 0; machineClockMs() + CHANGE_MS < endMs; change++) {
    await sleep(CHANGE_MS);
    await stage.fleet.leave([botId], change % 2 === 0);
    const [seat] = await stage.join([{ room: 0, group: 'newcomers' }]);
    botId = seat!.botId;
  }
}

function memory(usage: readonly UsageSample[], seconds: number, pick: (sample: UsageSample) => number) {
  const late = usage.filter(({ atMs }) => atMs >= seconds * 1_000 * WARM_UP_SHARE);
  const slope: Slope = fitSlope(late.map(({ atMs }) => atMs / MS_PER_HOUR), late.map((sample) => pick(sample) / MEGABYTE));
  const hours = seconds * (1 - WARM_UP_SHARE) / 3_600;
  return {
    startMegabytes: megabytes(pick(late[0]!)), endMegabytes: megabytes(pick(late.at(-1)!)),
    slopeMegabytesPerHour: round(slope.perUnit, 2), slopeStandardError: round(slope.standardError, 2),
    /** No growth, or none beyond twice the slope's error, or less than is worth a name over the whole run. */
    flat: slope.perUnit <= 2 * slope.standardError || slope.perUnit * hours < NEGLIGIBLE_MEGABYTES,
  };
}

/** What the server holds after the last leave that it did not hold before the first join. */
function left(before: ServerHoldings, after: ServerHoldings) {
  const handles = Object.fromEntries(Object.entries(after.handles)
    .map(([kind, count]) => [kind, count - (before.handles[kind] ?? 0)] as const).filter(([, more]) => more > 0));
  return { rooms: after.rooms - before.rooms, routers: after.routers - before.routers, webRtcTransports: after.webRtcTransports, handles };
}

function megabytes(bytes: number): number {
  return round(bytes / MEGABYTE, 1);
}
