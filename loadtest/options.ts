import { Command, InvalidArgumentError, Option } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MOTION_LEVELS } from '../shared/motion/motionLevel.ts';
import type { MotionLevel } from '../shared/motion/motionLevel.ts';
import { projectFolder } from '../server/setup/paths.mjs';
import { parseImpairment } from './impairment/impairment.ts';
import type { Impairment } from './impairment/impairment.ts';

export interface LoadTestOptions {
  readonly scenario: string;
  /** Length of what is measured; undefined: the scenario's own. */
  readonly seconds: number | undefined;
  readonly comparePlain: boolean;
  readonly json: boolean;
  readonly reportFile: string;
  readonly trackFolder: string;
  readonly seed: number;
  /** mediasoup workers; undefined: the product's default. */
  readonly workers: number | undefined;
  /** In place of the scenario's number of bots. */
  readonly participants: number | undefined;
  /** How many of the others each bot wants in full; undefined: all. */
  readonly wantedInFull: number | undefined;
  readonly restLevel: MotionLevel;
  /** What slow-viewer does to its viewer's link. */
  readonly impairment: Impairment;
}

const TRACK_FOLDERS = ['heldOut', 'training', ''].map((folder) => join(projectFolder, 'models', 'motion', 'tracks', folder));

/** Reads the command line; ends the process with a message where it is not understood. */
export function readOptions(scenarioNames: readonly string[]): LoadTestOptions {
  const program = new Command('loadtest')
    .description('A room full of bots against a server of its own: real WebRTC, recorded motion, figures from the receiving end.')
    .addOption(new Option('--scenario <name>', 'what happens').choices(scenarioNames).makeOptionMandatory())
    .option('--seconds <n>', 'length of what is measured', positive)
    .option('--minutes <n>', 'the same in minutes', positive)
    .addOption(new Option('--compare <way>', 'measures the plain way too: one data consumer a pair').choices(['plain']))
    .option('--json', 'one JSON object on standard output')
    .option('--report <file>', 'where the report goes (HTML)')
    .option('--tracks <folder>', 'recordings that the bots play', TRACK_FOLDERS.find(existsSync))
    .option('--participants <n>', 'bots, in place of the scenario\'s own number', positive)
    .option('--full <n>', 'how many of the others each bot wants in full (default: all)', positive)
    .addOption(new Option('--rest <level>', 'what it wants of the rest').choices(MOTION_LEVELS).default('low'))
    .option('--impair <words>', 'link of the slow viewer: rate=256,loss=20,jitter=300,delay=50,queue=32000 (kbps, %, ms, ms, bytes)', impairment, parseImpairment('rate=256'))
    .option('--workers <n>', 'mediasoup workers (default: the product\'s)', positive)
    .option('--seed <n>', 'of phases, recordings and impairments', positive, 1)
    .parse();
  const given = program.opts<{
    scenario: string; seconds?: number; minutes?: number; compare?: string; json?: boolean; report?: string; tracks?: string;
    participants?: number; full?: number; rest: MotionLevel; impair: Impairment; workers?: number; seed: number;
  }>();
  const trackFolder = given.tracks ?? program.error(`there are no recordings in ${TRACK_FOLDERS[0]!}; --tracks names another folder`);
  return {
    scenario: given.scenario,
    seconds: given.seconds ?? (given.minutes === undefined ? undefined : given.minutes * 60),
    comparePlain: given.compare === 'plain', json: given.json ?? false,
    reportFile: resolve(given.report ?? join(projectFolder, 'dist', 'loadtest', `${given.scenario}.html`)),
    trackFolder: resolve(trackFolder), seed: given.seed, workers: given.workers,
    participants: given.participants, wantedInFull: given.full, restLevel: given.rest, impairment: given.impair,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

function impairment(text: string): Impairment {
  try {
    return parseImpairment(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
