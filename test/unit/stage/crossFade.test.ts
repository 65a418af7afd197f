import { describe, expect, it } from 'vitest';
import { CrossFade } from '../../../client/render/stage/crossFade.ts';

describe('cross-fade', () => {
  it.each([1, 16, 40, 200, 5_000])('with a frame each %i ms: begins with the old, ends with the new, and shows one of them wholly throughout', (intervalMs) => {
    const fade = new CrossFade(400);
    const seen = [];
    for (let ms = 0; !fade.done; ms += intervalMs) seen.push(fade.advance(ms));
    expect(seen[0]).toEqual({ before: 1, after: 0 });
    expect(seen.at(-1)).toEqual({ before: 0, after: 1 });
    expect(seen.length).toBeGreaterThan(5);
    for (const [index, { before, after }] of seen.entries()) {
      expect(Math.max(before, after)).toBe(1);
      if (index === 0) continue;
      expect(after).toBeGreaterThanOrEqual(seen[index - 1]!.after);
      expect(before).toBeLessThanOrEqual(seen[index - 1]!.before);
    }
  });
});
