import { machineClockMs, sleep } from '../clock.ts';
import { mergedHistogram } from '../measure/histogram.ts';
import { round, rounded, windowFigures } from '../measure/windowFigures.ts';
import { groupMeasures, measureWindow } from '../measure/windowMeasure.ts';
import type { Stage } from '../stage.ts';
import { countdown, onStage, SETTLE_MS } from './scenario.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';

const PARTICIPANTS = 25;
/** Of those, how many come and go. */
const RESTLESS_SHARE = 0.2;
/** One leaves and one comes each so often. */
const CHANGE_MS = 700;

/** A room in which a fifth of the seats changes hands all the time, half of the leavers without a word. */
export const churn: Scenario = {
  about: 'a room of 25 in which somebody leaves and somebody comes each 0.7 s',
  defaultSeconds: 30,
  run: async (context): Promise<ScenarioResult> => {
    const seats = context.options.participants ?? PARTICIPANTS;
    const seconds = context.options.seconds ?? churn.defaultSeconds;
    return onStage(context, { relay: 'bundle', rooms: 1, seatsPerRoom: seats }, async (stage) => {
      const restless = Math.max(1, Math.round(seats * RESTLESS_SHARE));
      await stage.join(Array.from({ length: seats - restless }, () => ({ room: 0, group: 'stayers' })));
      const present = (await stage.join(Array.from({ length: restless }, () => ({ room: 0, group: 'newcomers' })))).map(({ botId }) => botId);
      await sleep(SETTLE_MS);
      const changing = changeSeats(stage, present, seconds * 1_000);
      const measure = await measureWindow(stage, { seconds, onSecond: countdown(context.note, 'churn') });
      const { joins, joinMs } = await changing;
      const firstFace = mergedHistogram(groupMeasures([measure]).map((group) => group.firstFace));
      joinMs.sort((a, b) => a - b);
      return {
        figures: {
          ...windowFigures(measure),
          churn: {
            joins,
            joinMilliseconds: { p50: round(joinMs[Math.floor(joinMs.length / 2)] ?? 0, 1), p95: round(joinMs[Math.floor(joinMs.length * 0.95)] ?? 0, 1) },
            /** From the bundle channel's opening to the first frame of somebody that could be shown. */
            firstFaceMilliseconds: { ...rounded(firstFace.percentiles), count: firstFace.count },
          },
        },
        plots: [{ title: 'delivery', measure, groups: ['stayers', 'newcomers'] }],
      };
    });
  },
};

/** Lets one leave and one come, over and over. */
async function changeSeats(stage: Stage, present: number[], durationMs: number): Promise<{ joins: number; joinMs: number[] }> {
  const endMs = machineClockMs() + durationMs;
  const joinMs: number[] = [];
  for (let change = 0; machineClockMs() < endMs; change++) {
    const nextMs = machineClockMs() + CHANGE_MS;
    const leaver = present.shift();
    // Half of them as a lost network does, without a word.
    if (leaver !== undefined) await stage.fleet.leave([leaver], change % 2 === 0);
    for (const seat of await stage.join([{ room: 0, group: 'newcomers', watched: 4 }])) {
      present.push(seat.botId);
      joinMs.push(seat.joinMs);
    }
    await sleep(Math.max(0, nextMs - machineClockMs()));
  }
  return { joins: joinMs.length, joinMs };
}
