import { fork } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './report.ts';
import type { TableOutcome } from './tableReport.ts';
import type { Task } from './worker.ts';

/**
 * Runs all tasks on that many processes, with a line on standard error as each is done; outcomes in the tasks' order.
 * After so many minutes, or told to end (SIGINT, SIGTERM), no more are begun: those are left out.
 */
export async function runTasks(tasks: readonly Task[], workers: number, minutes = Infinity): Promise<(Outcome | TableOutcome)[]> {
  const outcomes: (Outcome | TableOutcome | undefined)[] = tasks.map(() => undefined);
  const started = performance.now();
  let next = 0;
  let done = 0;
  let ending = false;
  const end = (): void => { ending = true; };
  process.once('SIGINT', end).once('SIGTERM', end);

  /** One worker process until no tasks are left. */
  const work = (): Promise<void> => new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let current = -1;
    child.on('message', (message: Outcome | TableOutcome | 'ready') => {
      if (message !== 'ready') {
        outcomes[current] = message;
        done++;
        process.stderr.write(`${done}/${tasks.length} ${message.portrait} ${summary(message)} ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
      }
      ending ||= performance.now() - started > minutes * 60_000;
      if (!ending) current = next++;
      const task = ending ? undefined : tasks[current];
      if (task === undefined) child.disconnect();
      else child.send(task);
    });
    child.on('exit', () => resolve());
  });

  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, work));
  process.removeListener('SIGINT', end).removeListener('SIGTERM', end);
  if (next < tasks.length) process.stderr.write(`${tasks.length - next} of ${tasks.length} not begun\n`);
  return outcomes.slice(0, next).map((outcome, i) => outcome ?? { portrait: titleOf(tasks[i]!), status: 'failed', message: 'the worker ended' });
}

function titleOf(task: Task): string {
  return task.kind === 'silhouettes' ? `seed ${task.seed}` : basename(task.file);
}

function summary(outcome: Outcome | TableOutcome): string {
  switch (outcome.status) {
    case 'evaluated': return outcome.figures.map((f) =>
      `face ${f.psnrFace.toFixed(1)} head ${f.psnr.toFixed(1)} csim ${f.csim.toFixed(2)}/${f.csimYaw20.toFixed(2)} akd ${f.akdPixels?.toFixed(2)} holes ${f.holePercent20.toFixed(2)}/${f.holePercent40.toFixed(2)}/${f.holePercentTurned.toFixed(2)} blink ${f.blinkRatio?.toFixed(2)} mouth ${f.mouthGap?.toFixed(2)} apd ${f.apdDegrees?.toFixed(1)}`).join(' | ');
    case 'compared': return outcome.figures.map((f) => `${f.row} ${f.splats} ${f.psnrFace.toFixed(1)}/${f.psnr.toFixed(1)} ${f.csim.toFixed(2)}`).join(' | ');
    case 'outlined': return outcome.figures.map((f) => `${f.row} IoU ${f.front.toFixed(3)} ${f.yaw20.toFixed(3)} ${f.yaw40.toFixed(3)}`).join(' | ');
    case 'analysed': return `${outcome.reprojectionErrorPercent.toFixed(2)} % ${outcome.milliseconds.toFixed(0)} ms`;
    case 'refused': return outcome.code;
    case 'failed': return `failed: ${outcome.message}`;
  }
}
