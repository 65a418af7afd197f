import { describe, expect, it } from 'vitest';
import { describeImpairment, NO_IMPAIRMENT, parseImpairment } from '../../../loadtest/impairment/impairment.ts';
import { RateQueue } from '../../../loadtest/impairment/rateQueue.ts';

describe('RateQueue', () => {
  it('sends one datagram after the other at the line\'s rate', () => {
    const queue = new RateQueue(8, 10_000); // A byte a millisecond.
    expect(queue.offer(100, 0)).toBe(100);
    expect(queue.offer(100, 10)).toBe(200);
    expect(queue.offer(100, 500)).toBe(600);
  });

  it('drops the newest when it is full, and takes again what fits', () => {
    const queue = new RateQueue(8, 250);
    expect(queue.offer(100, 0)).toBe(100);
    expect(queue.offer(100, 0)).toBe(200);
    expect(queue.offer(100, 0)).toBeUndefined();
    expect(queue.offer(100, 60)).toBe(300);
  });
});

describe('parseImpairment', () => {
  it('reads words, and leaves out what is not said', () => {
    expect(parseImpairment('rate=256,loss=20,jitter=300')).toEqual({ kilobitsPerSecond: 256, queueBytes: 32_000, lossPercent: 20, delayMs: 0, jitterMs: 300 });
    expect(parseImpairment('')).toEqual(NO_IMPAIRMENT);
    expect(describeImpairment(parseImpairment('rate=64,delay=10'))).toBe('64 kbps down behind a queue of 32000 bytes, 10 ms delay');
    expect(describeImpairment(NO_IMPAIRMENT)).toBe('none');
  });

  it.each(['speed=3', 'loss=200', 'rate=fast', 'rate'])('refuses %s', (words) => {
    expect(() => parseImpairment(words)).toThrow(/impairment: expected/);
  });
});
