import { describe, expect, test } from 'vitest';
import { showProgress } from '../../../client/lobby/generationStages.ts';
import { stipple } from '../../../client/lobby/stippledPortrait.ts';

const jobId = 'abcdefghijklmnopqrstuv';

describe('progress in words', () => {
  test('upload, queue, work and end, with a share that never falls', () => {
    const shown = [
      showProgress(0.5, undefined),
      showProgress(1, undefined),
      showProgress(1, { jobId, state: 'running', stage: 'analysing', fraction: 0 }),
      showProgress(1, { jobId, state: 'running', stage: 'points', fraction: 0.9, pointsSoFar: 20_480 }),
    ];
    const fractions = shown.map(({ fraction }) => fraction!);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(shown.map(({ sentence }) => sentence)).toEqual(['Sending the portrait', 'Waiting for the server', 'Reading the face', 'Writing the points · 20,480 points']);
  });

  test('the place in the queue is told, without a share', () => {
    expect(showProgress(1, { jobId, state: 'queued', position: 3 })).toEqual({ sentence: 'In line, 2 before you', fraction: undefined });
    expect(showProgress(1, { jobId, state: 'queued', position: 1 }).sentence).toBe('Next in line');
  });

  test('a stage this page has no words for is still readable', () => {
    expect(showProgress(1, { jobId, state: 'running', stage: 'samplingTokens', fraction: 0.5 }).sentence).toBe('Sampling tokens');
  });
});

describe('stippled portrait', () => {
  test('dots cover the picture in its colours, the same ones every time', () => {
    const size = 64;
    const pixels = new Uint8ClampedArray(size * size * 4);
    for (let i = 0; i < size * size; i++) pixels.set([200, 100, (i * 7) % 256, 255], i * 4);
    const picture = stipple(pixels, size);
    expect(picture.count).toBeGreaterThan(3000);
    expect(picture.count).toBeLessThan(15_000);
    for (const columns of [picture.xs, picture.ys]) expect(Math.max(...columns) - Math.min(...columns)).toBeGreaterThan(0.95);
    expect(stipple(pixels, size)).toEqual(picture);
  });
});
