import { findTrainingPython } from '../../server/setup/trainingPython.mjs';
import { NOTHING, type Tally } from './check.ts';
import { runVitest } from './vitestRun.ts';

/** The tests of the training path; where no Python has been set up for them, they count as one that was skipped. */
export async function runTraining(): Promise<Tally> {
  if (findTrainingPython() !== undefined) return await runVitest(['training']);
  process.stderr.write('training: skipped, for there is no Python environment; npm run train:setup makes one\n');
  return { ...NOTHING, skipped: 1 };
}
