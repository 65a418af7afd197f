import { sleep } from '../clock.ts';
import { describeImpairment, NO_IMPAIRMENT } from '../impairment/impairment.ts';
import { mergedHistogram } from '../measure/histogram.ts';
import { round, rounded, windowFigures } from '../measure/windowFigures.ts';
import { groupMeasures, measureWindow } from '../measure/windowMeasure.ts';
import type { WindowMeasure } from '../measure/windowMeasure.ts';
import { onStage, SETTLE_MS } from './scenario.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';

const PARTICIPANTS = 25;
/** The free and the slow link take turns so often, so that a machine that gets busier counts for both. */
const TURNS = 3;
/** Faces that the slow viewer plays out. */
const SLOW_WATCHED = 8;
/** Recovered: the slow viewer's age at playout is within this factor of what it was on a free link. */
const RECOVERED_FACTOR = 1.25;

/** A room in which one viewer's downlink is too slow now and then. */
export const slowViewer: Scenario = {
  about: 'a room of 25, one of them behind a slow link (--impair) now and then',
  defaultSeconds: 24,
  run: async (context): Promise<ScenarioResult> => {
    const { options: { impairment, participants: wanted, seconds: length }, note } = context;
    const seats = wanted ?? PARTICIPANTS;
    const turnSeconds = Math.max(2, Math.round((length ?? slowViewer.defaultSeconds) / TURNS));
    return onStage(context, { relay: 'bundle', rooms: 1, seatsPerRoom: seats }, async (stage) => {
      await stage.join(Array.from({ length: seats - 1 }, () => ({ room: 0, group: 'others' })));
      const [slow] = await stage.join([{ room: 0, group: 'slow', impairable: true, watched: SLOW_WATCHED }]);
      await sleep(SETTLE_MS);
      const free: WindowMeasure[] = [];
      const impaired: WindowMeasure[] = [];
      const recoverySeconds: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        note(`turn ${turn + 1} of ${TURNS}: free for ${turnSeconds} s, then ${describeImpairment(impairment)}`);
        free.push(await measureWindow(stage, { seconds: turnSeconds }));
        await stage.fleet.impair(slow!.botId, impairment);
        impaired.push(await measureWindow(stage, { seconds: turnSeconds }));
        await stage.fleet.impair(slow!.botId, NO_IMPAIRMENT);
        // The window begins right after the link is free again.
        const recovery = await measureWindow(stage, { seconds: 3 });
        recoverySeconds.push(secondsUntilRecovered(recovery, percentile(free, 'slow', 'age', 0.5)));
      }
      const before = percentile(free, 'others', 'delivery', 0.95);
      const during = percentile(impaired, 'others', 'delivery', 0.95);
      const age = mergedHistogram(groupMeasures(impaired, 'slow').map((group) => group.age)).percentiles;
      const figures = windowFigures(impaired.at(-1)!);
      return {
        figures: {
          ...figures,
          seconds: turnSeconds * TURNS,
          impairment: describeImpairment(impairment),
          slow: {
            ageAtPlayoutMilliseconds: rounded(age),
            oldestMilliseconds: round(age.max, 1),
            freeAgeAtPlayoutMilliseconds: { p50: percentile(free, 'slow', 'age', 0.5), p95: percentile(free, 'slow', 'age', 0.95) },
            deliveryMilliseconds: rounded(mergedHistogram(groupMeasures(impaired, 'slow').map((group) => group.delivery)).percentiles),
            framesPercent: round(100 * frames(impaired, 'slow') / Math.max(1, frames(free, 'slow')), 1),
            recoverySeconds: Math.max(...recoverySeconds),
          },
          others: {
            p95Milliseconds: { free: before, impaired: during },
            /** A fraction: 0.1 is ten per cent slower than while nobody's link was slow. */
            p95Change: round((during - before) / Math.max(1e-9, before), 4),
          },
        },
        plots: [
          ...impaired.map((measure, turn) => ({ title: `turn ${turn + 1}, slow link`, measure, groups: ['slow', 'others'] })),
          { title: 'last turn, free link', measure: free.at(-1)!, groups: ['slow', 'others'] },
        ],
      };
    });
  },
};

function percentile(measures: readonly WindowMeasure[], group: string, what: 'age' | 'delivery', fraction: number): number {
  return round(mergedHistogram(groupMeasures(measures, group).map((measured) => measured[what])).percentile(fraction), 2);
}

function frames(measures: readonly WindowMeasure[], group: string): number {
  return groupMeasures(measures, group).reduce((sum, { perSecond }) => sum + perSecond.reduce((all, second) => all + second.frames, 0), 0);
}

/** Whole seconds until the median age was back to what it is on a free link; the window's length where it never was. */
function secondsUntilRecovered(recovery: WindowMeasure, freeMs: number): number {
  const [group] = groupMeasures([recovery], 'slow').filter(({ perSecond }) => perSecond.length > 0);
  const index = group?.perSecond.findIndex(({ age }) => mergedHistogram([age]).percentile(0.5) <= freeMs * RECOVERED_FACTOR) ?? -1;
  return index < 0 ? recovery.windowSeconds : index;
}
