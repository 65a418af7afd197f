import { afterEach, describe, expect, test, vi } from 'vitest';
import { DiagnosticsRecorder } from '../../../client/diagnostics/diagnostics.ts';
import { MotionClip } from '../../../client/motion/motionClip.ts';
import { MotionLink } from '../../../client/room/motionLink.ts';
import { Participant } from '../../../client/room/participant.ts';
import { RoomClock } from '../../../client/signaling/roomClock.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { MotionBundleWriter } from '../../../shared/motion/motionBundle.ts';
import type { MotionLevel } from '../../../shared/motion/motionLevel.ts';
import { readMotionReport } from '../../../shared/motion/motionReport.ts';
import { quantile, weightError } from '../../support/motionStream.ts';

const TICK_MS = 20;

/** One page's end: its link, what it sent, and what it knows of the others. */
class Page {
  readonly frames: Uint8Array[] = [];
  readonly texts: string[] = [];
  readonly wishes: [number, MotionLevel][][] = [];
  readonly diagnostics = new DiagnosticsRecorder();
  readonly clock = new RoomClock();
  readonly participants: Participant[];
  readonly link: MotionLink;

  /** @param own slot; there are two, 1 and 2 */
  constructor(own: number, clockErrorMs = 0) {
    this.clock.take([{ atMs: performance.now(), roundTripMs: 1, offsetMs: 4_000_000_000 + clockErrorMs }]);
    this.participants = [1, 2].map((slot) => new Participant({ participantId: `p${slot}`, slot, displayName: `P${slot}`, connected: true }, slot === own));
    this.link = new MotionLink({
      clock: this.clock, diagnostics: this.diagnostics, participants: () => this.participants,
      sendInterest: async (levels) => { this.wishes.push(levels); },
    });
    this.link.useChannel({
      ready: true, droppedFrames: 0,
      send: (bytes) => this.frames.push(bytes) > 0,
      sendText: (text) => { this.texts.push(text); },
    });
  }
}

/** Runs Ada's talking face through a lossy relay to Ben for some seconds of fake time; what Ben saw at each look. */
function talk(ada: Page, ben: Page, options: { seconds: number; lossShare: number; seed: number }) {
  const random = new SeededRandom(options.seed);
  const clip = new MotionClip({ seed: options.seed, mood: 'talking' });
  const writer = new MotionBundleWriter();
  const looks: { error: number; state: string; ageMs: number; atMs: number }[] = [];
  const startMs = performance.now();
  let sequence = 65_500;
  let nextFrameMs = startMs;
  for (let ms = 0; ms < options.seconds * 1000; ms += 4) {
    vi.advanceTimersByTime(4);
    const nowMs = performance.now();
    if (nowMs >= nextFrameMs) {
      nextFrameMs += 1000 / 30;
      ada.link.publish({ pose: clip.sample(nowMs - startMs), captureMs: nowMs, tracked: false, measuredWeights: undefined });
    }
    if (ms % TICK_MS === 0 && ada.frames.length > 0) {
      writer.begin({ stream: 0, sequence: sequence++ & 0xffff, tickTimestampMs: Math.floor(ada.clock.nowMs()) % 2 ** 32 });
      for (const frame of ada.frames.splice(0)) writer.add(1, frame);
      if (random.next() >= options.lossShare) ben.link.receiveBundle(writer.finish().slice());
    }
    if (ms % 16 === 0) {
      const roomNowMs = ben.clock.nowMs();
      const played = ben.participants[0]!.playout.sample(roomNowMs);
      const mediaMs = played.mediaTimeMs - 4_000_000_000 - startMs;
      looks.push({ error: weightError(played.pose, clip.sample(Math.max(0, mediaMs))), state: played.state, ageMs: ada.clock.nowMs() - played.mediaTimeMs, atMs: ms });
    }
  }
  return looks;
}

afterEach(() => { vi.useRealTimers(); });

describe('motion of a stay in a room', () => {
  test('a face through the codec, a lossy relay and playout, two clocks apart', () => {
    vi.useFakeTimers();
    const [ada, ben] = [new Page(1), new Page(2, 37)];
    const looks = talk(ada, ben, { seconds: 12, lossShare: 0.2, seed: 5 });
    expect(looks.find(({ state }) => state === 'interpolated')!.atMs).toBeLessThan(400);
    const settled = looks.slice(200);
    // Of this, 0.035 is the codec's: it spares weights that the face does not show.
    expect(quantile(settled.map(({ error }) => error), 0.5)).toBeLessThan(0.05);
    expect(quantile(settled.map(({ ageMs }) => ageMs), 0.95)).toBeLessThan(75);
    const reports = ben.texts.map((text) => readMotionReport(text)!);
    expect(reports.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(10);
    expect(ben.link.bundlesLost).toBeGreaterThan(10);
    for (const page of [ada, ben]) page.link.close();
  });

  test('the own face in a bundle, and a seat nobody sits on, are passed over', () => {
    vi.useFakeTimers();
    const [ada, ben] = [new Page(1), new Page(2)];
    const clip = new MotionClip({ seed: 1, mood: 'talking' });
    ada.link.publish({ pose: clip.sample(500), captureMs: performance.now(), tracked: true, measuredWeights: undefined });
    const writer = new MotionBundleWriter();
    writer.begin({ stream: 1, sequence: 0, tickTimestampMs: Math.floor(ada.clock.nowMs()) % 2 ** 32 });
    for (const slot of [1, 2, 9]) writer.add(slot, ada.frames[0]!);
    ben.link.receiveBundle(writer.finish().slice());
    ben.link.receiveBundle(Uint8Array.of(1, 2, 3));
    expect(ben.participants.map(({ playout }) => playout.counters.received)).toEqual([1, 0]);
    expect(ben.link.framesDropped).toBe(1);
    for (const page of [ada, ben]) page.link.close();
  });

  test('frames of a channel of one\'s own, where there are no bundles', () => {
    vi.useFakeTimers();
    const [ada, ben] = [new Page(1), new Page(2)];
    const clip = new MotionClip({ seed: 1, mood: 'talking' });
    ada.link.publish({ pose: clip.sample(500), captureMs: performance.now(), tracked: true, measuredWeights: undefined });
    vi.advanceTimersByTime(10);
    ben.link.receiveFrame('p1', ada.frames[0]!);
    ben.link.receiveFrame('p7', ada.frames[0]!);
    ben.link.receiveFrame('p1', new Uint8Array(500));
    expect(ben.participants[0]!.playout.counters.received).toBe(1);
    expect(Math.abs(ben.participants[0]!.playout.newest!.captureTimestampMs - (ada.clock.nowMs() - 10))).toBeLessThanOrEqual(1);
    expect(ben.link.framesDropped).toBe(1);
    for (const page of [ada, ben]) page.link.close();
  });

  test('two samples of one moment are one frame', () => {
    vi.useFakeTimers();
    const ada = new Page(1);
    const clip = new MotionClip({ seed: 1, mood: 'talking' });
    for (const afterMs of [0, 0.3, 40, 40, 39, 80]) ada.link.publish({ pose: clip.sample(afterMs * 10), captureMs: performance.now() + afterMs, tracked: false, measuredWeights: undefined });
    expect(ada.frames.length).toBe(3);
    // What a camera saw counts though it comes late.
    ada.link.publish({ pose: clip.sample(1500), captureMs: performance.now() + 20, tracked: true, measuredWeights: undefined });
    expect(ada.frames.length).toBe(4);
    ada.link.close();
  });

  test('interest is told to the server, and again after a new connection', () => {
    vi.useFakeTimers();
    const ada = new Page(1);
    const sights = [{ slot: 2, facePixels: 300, faceShare: 0.3, onScreen: true, speaking: false }];
    ada.link.watch(sights, true);
    vi.advanceTimersByTime(1000);
    ada.link.watch(sights, true);
    expect(ada.wishes).toEqual([[[2, 'full']]]);
    expect(ada.link.wishedLevel(2)).toBe('full');
    ada.link.useChannel({ ready: true, droppedFrames: 0, send: () => true, sendText: () => undefined });
    ada.link.watch(sights, true);
    expect(ada.wishes.length).toBe(2);
    ada.link.close();
  });
});
