import type { LoadTestOptions } from '../options.ts';
import type { WindowFigures } from '../measure/windowFigures.ts';
import type { WindowMeasure } from '../measure/windowMeasure.ts';
import { Stage } from '../stage.ts';
import type { StageOptions } from '../stage.ts';

/** What a scenario gives back: figures under the names of the JSON, and what the report plots. */
export interface ScenarioResult {
  /** One JSON object. `scenario` and `participants` come first. */
  readonly figures: Readonly<Record<string, unknown>> & WindowFigures;
  readonly plots: readonly PlottedWindow[];
}

/** A stretch of time to plot. */
export interface PlottedWindow {
  readonly title: string;
  readonly measure: WindowMeasure;
  /** Groups drawn as lines of their own; undefined: all together. */
  readonly groups?: readonly string[];
}

export interface ScenarioContext {
  readonly options: LoadTestOptions;
  /** A line on standard error. */
  readonly note: (text: string) => void;
}

export interface Scenario {
  readonly about: string;
  readonly defaultSeconds: number;
  run(context: ScenarioContext): Promise<ScenarioResult>;
}

/** Everything settles: transports, tiers, playout delays. */
export const SETTLE_MS = 2_500;
const FRAMES_PER_SECOND = 30;
/** Decoding and playing out is a browser's work, and a hundred browsers' is too much for two cores: so many faces in all. */
const WATCHED_FACES = 50;

/** Starts a stage, plays on it, and ends it however that went. */
export async function onStage<T>(
  { options, note }: ScenarioContext, shape: Pick<StageOptions, 'relay' | 'rooms' | 'seatsPerRoom'>, play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const stage = await Stage.start({
    ...shape, workers: options.workers, trackFolder: options.trackFolder, framesPerSecond: FRAMES_PER_SECOND, seed: options.seed,
    wantedInFull: options.wantedInFull ?? shape.seatsPerRoom, restLevel: options.restLevel, watchedFaces: WATCHED_FACES, note,
  });
  try {
    return await play(stage);
  } finally {
    await stage.stop();
  }
}

/** For `onSecond` of a measurement: a line now and then. */
export function countdown(note: (text: string) => void, title: string): (secondsLeft: number) => void {
  let told = Infinity;
  return (secondsLeft) => {
    const tens = Math.ceil(secondsLeft / 10);
    if (tens >= told) return;
    told = tens;
    note(`${title}: ${secondsLeft} s left`);
  };
}
