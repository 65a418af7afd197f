/**
 * Entry of a generation process: loads the pipeline module named on the command line with the generator named after it, then makes one head at a time on
 * the server's command. A process of its own, so that neither a long computation nor a crash in native code touches
 * sockets and rooms.
 */
import { pathToFileURL } from 'node:url';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { AvatarPipeline, CreatePipeline } from './avatarPipeline.ts';
import { commandSchema } from './generationMessages.ts';
import type { GenerationCommand, GenerationReport } from './generationMessages.ts';

function report(message: GenerationReport): void {
  process.send?.(message);
}

const running = new Map<string, AbortController>();

async function make(pipeline: AvatarPipeline, command: Extract<GenerationCommand, { type: 'make' }>): Promise<void> {
  const { jobId, portrait, seed } = command;
  const controller = new AbortController();
  running.set(jobId, controller);
  try {
    const made = await pipeline.make(portrait, {
      seed, signal: controller.signal,
      onProgress: ({ stage, fraction, pointsSoFar, pointsExpected }) => report({
        type: 'progress', jobId, stage, fraction: Math.min(1, Math.max(0, fraction)),
        ...(pointsSoFar === undefined ? {} : { pointsSoFar }), ...(pointsExpected === undefined ? {} : { pointsExpected }),
      }),
      onPoints: ({ batch, pointsSoFar, pointsExpected, bytes }) => report({
        type: 'points', jobId, batch, pointsSoFar, bytes, ...(pointsExpected === undefined ? {} : { pointsExpected }),
      }),
    });
    report({ type: 'made', jobId, bytes: made.bytes, splats: made.splats, generator: made.generator });
  } catch (error) {
    const known = controller.signal.aborted ? new StippleError('JOB_CANCELLED')
      : error instanceof StippleError ? error : new StippleError('AVATAR_GENERATION_FAILED');
    report({
      type: 'failed', jobId, error: toWireError(known, jobId),
      ...(known === error || controller.signal.aborted ? {} : { bug: String((error as Error)?.stack ?? error).slice(0, 2_000) }),
    });
  } finally {
    portrait.fill(0);
    running.delete(jobId);
  }
}

async function main(): Promise<void> {
  const module = (await import(pathToFileURL(process.argv[2]!).href)) as { createPipeline: CreatePipeline };
  const pipeline = await module.createPipeline({ generator: process.argv[3]! });
  process.on('message', (message) => {
    const command = commandSchema.parse(message);
    if (command.type === 'make') void make(pipeline, command);
    else running.get(command.jobId)?.abort();
  });
  report({
    type: 'ready', generator: pipeline.generator,
    ...(pipeline.fallback === undefined ? {} : { fallback: toWireError(pipeline.fallback, 'start') }),
  });
}

// The server ends this process; a Ctrl-C on the terminal reaches both and must not end a job without a word.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
main().catch((error: unknown) => {
  const known = error instanceof StippleError ? error
    : new StippleError('MODEL_MISSING', { message: `The head generator did not start: ${(error as Error).message.slice(0, 300)}` });
  report({ type: 'broken', error: toWireError(known, 'start') });
  process.disconnect?.();
});
