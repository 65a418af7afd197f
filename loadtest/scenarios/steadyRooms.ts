import { sleep } from '../clock.ts';
import { round, windowFigures } from '../measure/windowFigures.ts';
import type { WindowFigures } from '../measure/windowFigures.ts';
import { measureWindow } from '../measure/windowMeasure.ts';
import type { WindowMeasure } from '../measure/windowMeasure.ts';
import type { Stage } from '../stage.ts';
import { countdown, onStage, SETTLE_MS } from './scenario.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

export interface SteadyRoomsShape {
  readonly rooms: number;
  readonly perRoom: number;
  /** Where p95 of delivery is above this, the largest number of participants that holds it is looked for. */
  readonly holdP95Ms?: number;
}

/** One try of the search. */
export interface SearchStep {
  readonly participants: number;
  readonly p95Milliseconds: number;
  readonly holds: boolean;
}

/** A relay runs for weeks: two ways of relaying are compared once the server's code has been compiled, which takes its first minute. */
const WARM_UP_MS = 40_000;
const SEARCH_STEPS = 5;
const SEARCH_SECONDS = 8;
/** The search ends within so many participants. */
const SEARCH_GRAIN = 4;

/** Rooms in which nobody comes or goes. */
export function steadyRooms(about: string, { rooms, perRoom, holdP95Ms }: SteadyRoomsShape): Scenario {
  const defaultSeconds = 20;
  return {
    about, defaultSeconds,
    run: async (context): Promise<ScenarioResult> => {
      const seats = context.options.participants ?? perRoom;
      const seconds = context.options.seconds ?? defaultSeconds;
      const play = (relay: 'bundle' | 'plain') => onStage(context, { relay, rooms, seatsPerRoom: seats }, async (stage) => {
        await fill(stage, rooms, seats, context.note);
        if (context.options.comparePlain) {
          context.note(`${relay}: warming up for ${WARM_UP_MS / 1_000} s`);
          await sleep(WARM_UP_MS);
        }
        const measure = await measureWindow(stage, { seconds, onSecond: countdown(context.note, relay) });
        const figures = windowFigures(measure);
        const held = relay === 'bundle' && holdP95Ms !== undefined ? await largestThatHolds(stage, figures, holdP95Ms, context) : {};
        return { measure, figures, held };
      });
      const bundled = await play('bundle');
      const plots: { title: string; measure: WindowMeasure }[] = [{ title: 'bundles', measure: bundled.measure }];
      const figures: Record<string, unknown> & WindowFigures = { ...bundled.figures, ...bundled.held };
      if (context.options.comparePlain) {
        const plain = await play('plain');
        plots.push({ title: 'the plain way', measure: plain.measure });
        Object.assign(figures, {
          plain: plain.figures,
          cpuRatio: round(plain.figures.sfuCpuMicrosecondsPerDeliveredPose / Math.max(1e-9, figures.sfuCpuMicrosecondsPerDeliveredPose), 2),
        });
      }
      return { figures, plots };
    },
  };
}

/** Lets all bots join and settle. */
export async function fill(stage: Stage, rooms: number, seats: number, note: (text: string) => void): Promise<void> {
  const roles = Array.from({ length: rooms * seats }, (_, index) => ({ room: index % rooms, group: 'all' }));
  const startedMs = performance.now();
  await stage.join(roles);
  note(`${roles.length} bots joined in ${round((performance.now() - startedMs) / 1_000, 1)} s`);
  await sleep(SETTLE_MS);
}

/** Halves the interval between what holds and what does not; bots leave and join between the tries. */
async function largestThatHolds(stage: Stage, first: WindowFigures, limitMs: number, { note }: ScenarioContext) {
  const p95 = (figures: WindowFigures): number => figures.deliveryMilliseconds.p95;
  const everybody = (figures: WindowFigures): boolean => figures.served === figures.participants && figures.disconnected === 0;
  const steps: SearchStep[] = [{ participants: first.participants, p95Milliseconds: p95(first), holds: p95(first) <= limitMs && everybody(first) }];
  let [holds, fails] = steps[0]!.holds ? [first.participants, first.participants] : [0, first.participants];
  while (fails - holds > SEARCH_GRAIN && steps.length <= SEARCH_STEPS) {
    const next = Math.round((holds + fails) / 2);
    const now = stage.fleet.botIds;
    if (next < now.length) await stage.fleet.leave(now.slice(next));
    else await stage.join(Array.from({ length: next - now.length }, () => ({ room: 0, group: 'all' })));
    await sleep(SETTLE_MS);
    const figures = windowFigures(await measureWindow(stage, { seconds: SEARCH_SECONDS }));
    const step = { participants: figures.participants, p95Milliseconds: p95(figures), holds: p95(figures) <= limitMs && everybody(figures) };
    note(`${step.participants} participants: p95 ${step.p95Milliseconds} ms`);
    steps.push(step);
    if (step.holds) holds = next;
    else fails = next;
  }
  return { p95LimitMilliseconds: limitMs, mostParticipantsWithinLimit: holds, search: steps };
}
