import { describe, expect, test } from 'vitest';
import { RoomClock } from '../../../client/signaling/roomClock.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

/** An answer to a question whose two ways took `outMs` and `backMs`, where the offset really is `offsetMs`. */
function answer(atMs: number, outMs: number, backMs: number, offsetMs: number) {
  return { atMs, roundTripMs: outMs + backMs, offsetMs: offsetMs + (outMs - backMs) / 2 };
}

describe('room clock', () => {
  test('the answer with the shortest trip counts', () => {
    const clock = new RoomClock();
    clock.take(([[40, 5], [3, 3], [5, 60]] as const).map(([outMs, backMs]) => answer(1000, outMs, backMs, 500)));
    expect(clock.at(2000)).toBeCloseTo(2500, 3);
    expect(clock.roundTripMs).toBe(6);
  });

  test('a page that was busy asking does not spoil what it knew', () => {
    const clock = new RoomClock();
    clock.take([answer(0, 1, 1, 500)]);
    clock.take([0, 300, 600, 900].map((ms) => answer(60_000 + ms, 2, 240, 500)));
    expect(Math.abs(clock.at(70_000) - 70_500)).toBeLessThan(1);
  });

  test('a better estimate is reached without a step, and time never runs back', () => {
    const clock = new RoomClock();
    clock.take([answer(0, 80, 0, 500)]);
    expect(clock.at(0)).toBeCloseTo(540, 3);
    clock.take([answer(1000, 1, 1, 500)]);
    expect(clock.at(1000)).toBeCloseTo(1540, 3);
    let before = clock.at(1000);
    for (let ms = 1001; ms < 12_000; ms++) {
      expect(clock.at(ms)).toBeGreaterThan(before);
      before = clock.at(ms);
    }
    expect(clock.at(12_000)).toBeCloseTo(12_500, 3);
  });

  test('a server with another clock is believed at once', () => {
    const clock = new RoomClock();
    clock.take([answer(0, 1, 1, 500)]);
    clock.take([answer(5000, 2, 2, -90_000)]);
    expect(clock.at(6000)).toBeCloseTo(-84_000, 3);
  });

  test('follows a drifting clock', () => {
    const clock = new RoomClock();
    const random = new SeededRandom(4);
    let worst = 0;
    for (let atMs = 0; atMs < 3_600_000; atMs += 60_000) {
      const offsetMs = 500 + atMs * 40e-6;
      clock.take([0, 10, 20].map((ms) => answer(atMs + ms, random.between(1, 4), random.between(1, 4), offsetMs)));
      if (atMs > 0) worst = Math.max(worst, Math.abs(clock.at(atMs + 50_000) - (atMs + 50_000 + 500 + (atMs + 50_000) * 40e-6)));
    }
    expect(worst).toBeLessThan(5);
  });
});
