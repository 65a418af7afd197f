import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { RtpClock } from '../../../server/sfu/rtpClock.ts';
import { SpeakerChooser } from '../../../server/sfu/speakerChooser.ts';

/** A room of microphones `0` to `count - 1`, three of which may be heard. */
function room(count: number): SpeakerChooser {
  const chooser = new SpeakerChooser({ heardAtOnce: 3 });
  for (let i = 0; i < count; i++) chooser.open(String(i), 0);
  return chooser;
}

const heard = (chooser: SpeakerChooser): string[] => [...chooser.heard].sort();

describe('who is heard', () => {
  it('everyone, while there are no more microphones than may be heard: no first syllable is lost', () => {
    const chooser = room(3);
    expect(heard(chooser)).toEqual(['0', '1', '2']);
    chooser.update([], 300);
    expect(heard(chooser)).toEqual(['0', '1', '2']);
  });

  it('those who speak, then those who spoke last', () => {
    const chooser = room(10);
    for (const [at, id] of ['7', '8', '9', '5'].entries()) chooser.update([{ id, levelDbov: -30 }], 300 + at * 2_000);
    expect(heard(chooser)).toEqual(['5', '8', '9']);
    expect(chooser.speakers(6_400).map(({ id }) => id)).toEqual(['5']);
    expect(chooser.speakers(9_000)).toEqual([]);
    expect(heard(chooser)).toEqual(['5', '8', '9']);
  });

  it('the loudest, where more speak at once, and not in turns', () => {
    const chooser = room(6);
    const changes = new Set<string>();
    const random = new SeededRandom(2);
    for (let t = 300; t < 12_000; t += 300) {
      chooser.update(['0', '1', '2', '3'].map((id) => ({ id, levelDbov: -30 + random.between(-2, 2) - (id === '3' ? 1 : 0) })), t);
      if (t > 1_500) changes.add(heard(chooser).join());
    }
    expect(changes.size).toBe(1);
    for (let t = 12_000; t < 14_000; t += 300) chooser.update([{ id: '4', levelDbov: -12 }, ...['0', '1', '2'].map((id) => ({ id, levelDbov: -30 }))], t);
    expect(heard(chooser)).toContain('4');
  });

  it('nobody whose microphone is closed', () => {
    const chooser = room(6);
    chooser.update([{ id: '0', levelDbov: -20 }], 300);
    chooser.close('0', 400);
    expect(heard(chooser)).not.toContain('0');
    expect(chooser.speakers(400)).toEqual([]);
  });
});

describe('the clock of an RTP stream', () => {
  it('is found through queues that only ever add, also over the wrap of its timestamps', () => {
    const clock = new RtpClock(48_000, 30);
    const random = new SeededRandom(6);
    let reading;
    for (let i = 0; i < 30; i++) {
      const ticks = (2 ** 32 - 4_800 + i * 960) % 2 ** 32;
      reading = clock.push(ticks, 10_000 + i * 20 + (i % 6 === 3 ? 0 : random.between(3, 60)));
      expect(reading === undefined).toBe(i < 29);
    }
    const ofFirst = (((2 ** 32 - 4_800) - reading!.rtpTimestamp) | 0) / 48;
    expect(reading!.arrivedAtMs + ofFirst).toBeCloseTo(10_000, 6);
  });
});
