import { describe, expect, test } from 'vitest';
import { MotionClip } from '../../../client/motion/motionClip.ts';
import { angleBetween, fromYawPitchRoll } from '../../../client/motion/rotation.ts';
import { DEFAULT_PLAYOUT, PlayoutBuffer } from '../../../client/playout/playoutBuffer.ts';
import type { TimedPose } from '../../../client/playout/timedPose.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { largestStep, playStream, quantile, weightError } from '../../support/motionStream.ts';
import type { Look } from '../../support/motionStream.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

const INTERVAL_MS = 32;
/** Looks after which the delay has settled. */
const SETTLED = 250;

/** Frame `index` of a face whose jaw opens by a hundredth and whose head turns by 0.01 rad each frame. */
function frame(index: number, startMs = 5000): TimedPose {
  return {
    captureTimestampMs: startMs + index * INTERVAL_MS, still: false,
    pose: poseWith({ jawOpen: (index % 100) / 100 }, fromYawPitchRoll(index * 0.01, 0, 0)),
  };
}

/** Pushes frames as they are captured, with a way of 4 ms, and looks every 16 ms in between. */
function playTo(lastIndex: number, buffer = new PlayoutBuffer()) {
  let nowMs = 5000;
  for (let index = 0; index <= lastIndex; index++) {
    const next = frame(index);
    for (; nowMs < next.captureTimestampMs + 4; nowMs += 16) buffer.sample(nowMs);
    buffer.push(next, next.captureTimestampMs + 4);
  }
  buffer.sample(nowMs);
  return buffer;
}

const agesOf = (looks: readonly Look[]): number[] => looks.map(({ ageMs }) => ageMs);

function expectNeverBack(looks: readonly Look[]): void {
  for (let i = 1; i < looks.length; i++) expect(looks[i]!.played.mediaTimeMs).toBeGreaterThanOrEqual(looks[i - 1]!.played.mediaTimeMs);
}

/** Sum of all changes of all weights. */
function pathLength(poses: readonly { readonly blendshapeWeights: Float32Array }[]): number {
  let sum = 0;
  for (let i = 1; i < poses.length; i++) {
    for (let k = 0; k < 52; k++) sum += Math.abs(poses[i]!.blendshapeWeights[k]! - poses[i - 1]!.blendshapeWeights[k]!);
  }
  return sum;
}

describe('playout of a steady stream', () => {
  test('shows rest before anything has come', () => {
    expect(new PlayoutBuffer().sample(1000)).toMatchObject({ state: 'resting', from: undefined });
  });

  test('between frames: weights in line, rotation along the arc', () => {
    const face = (captureMs: number) => poseWith({ jawOpen: ((captureMs - 100_000) % 4000) / 4000 }, fromYawPitchRoll((captureMs - 100_000) * 2e-4, 0, 0));
    const looks = playStream(new PlayoutBuffer(), { seed: 1, seconds: 6, face }).slice(SETTLED);
    const between = looks.filter(({ played }) => played.state === 'interpolated' && played.correction < 1e-3 && Math.abs(weightOf(played.from!.pose, 'jawOpen') - weightOf(played.to!.pose, 'jawOpen')) < 0.5);
    expect(between.length).toBeGreaterThan(looks.length / 2);
    for (const { played, truth } of between) {
      expect(Math.abs(weightOf(played.pose, 'jawOpen') - weightOf(truth, 'jawOpen'))).toBeLessThan(3e-3);
      expect(angleBetween(played.pose.headRotation, truth.headRotation)).toBeLessThan(3e-3);
    }
  });

  test('the face is shown a tick and three quarters of a frame after it was captured at most', () => {
    for (const tickMs of [0, 15, 40]) {
      const looks = playStream(new PlayoutBuffer(), { seed: 2, seconds: 8, tickMs }).slice(SETTLED);
      expect(quantile(agesOf(looks), 0.95)).toBeLessThan(tickMs + 25);
      expect(quantile(looks.map(({ played, truth }) => weightError(played.pose, truth)), 0.95)).toBeLessThan(0.02);
    }
  });

  test('a constant speed is carried on beyond the newest frame and comes to a soft stop', () => {
    const buffer = playTo(40);
    const newestMs = frame(40).captureTimestampMs;
    const lagMs = buffer.mediaLagMs;
    const jawAt = (beyondMs: number): number => weightOf(buffer.sample(newestMs + beyondMs + lagMs).pose, 'jawOpen');
    const perMs = 0.01 / INTERVAL_MS;
    expect(jawAt(10)).toBeCloseTo(0.4 + perMs * (10 - 100 / 120), 3);
    expect(jawAt(30)).toBeCloseTo(0.4 + perMs * (30 - 900 / 120), 3);
    const stopped = 0.4 + perMs * 30;
    expect(jawAt(60)).toBeCloseTo(stopped, 3);
    expect(jawAt(200)).toBeCloseTo(stopped, 3);
  });

  test('a turn of direction is not carried on', () => {
    const buffer = new PlayoutBuffer();
    const jaws = [0.2, 0.4, 0.6, 0.4];
    for (const [index, jawOpen] of jaws.entries()) buffer.push({ captureTimestampMs: 5000 + index * 32, still: false, pose: poseWith({ jawOpen }) }, 5004 + index * 32);
    expect(weightOf(buffer.sample(5000 + 3 * 32 + 20 + buffer.mediaLagMs).pose, 'jawOpen')).toBeCloseTo(0.4, 5);
  });
});

describe('playout of a stream as networks deliver it', () => {
  const rough = { jitterMs: 90, lossShare: 0.1, doubleShare: 0.1 };

  test('media time never runs back, whatever order frames come in', () => {
    for (const seed of [3, 4]) {
      expectNeverBack(playStream(new PlayoutBuffer(), { seed, seconds: 6, ...rough }));
      expectNeverBack(playStream(new PlayoutBuffer(), { seed, seconds: 6, ...rough, jitterMs: 300 }));
    }
  });

  test('the delay follows the jitter, up and down, within its bounds', () => {
    const quiet = new PlayoutBuffer();
    playStream(quiet, { seed: 6, seconds: 10 });
    const shaken = new PlayoutBuffer();
    playStream(shaken, { seed: 6, seconds: 10, jitterMs: 120 });
    expect(quiet.delayMs).toBeLessThan(40);
    expect(shaken.delayMs).toBeGreaterThan(quiet.delayMs + 25);
    expect(shaken.delayMs).toBeLessThanOrEqual(DEFAULT_PLAYOUT.maxDelayMs);
    const wild = new PlayoutBuffer();
    playStream(wild, { seed: 6, seconds: 10, jitterMs: 1500 });
    expect(wild.delayMs).toBeLessThanOrEqual(DEFAULT_PLAYOUT.maxDelayMs);
  });

  test('whoever waits for a voice gets the face that late, gently, and back', () => {
    const buffer = playTo(100);
    const freeMs = buffer.mediaLagMs;
    buffer.minimumLagMs = freeMs + 60;
    const lags: number[] = [freeMs];
    const pass = (fromIndex: number): void => {
      for (let index = fromIndex; index < fromIndex + 120; index++) {
        const { captureTimestampMs } = frame(index);
        buffer.push(frame(index), captureTimestampMs + 4);
        for (const ms of [6, 22]) {
          buffer.sample(captureTimestampMs + ms);
          lags.push(buffer.mediaLagMs);
        }
      }
    };
    pass(101);
    expect(lags.at(-1)).toBeCloseTo(freeMs + 60, 3);
    buffer.minimumLagMs = 0;
    pass(221);
    expect(lags.at(-1)).toBeLessThan(freeMs + 10);
    for (let i = 1; i < lags.length; i++) expect(Math.abs(lags[i]! - lags[i - 1]!)).toBeLessThan(2.1);
  });

  test('with jitter, most moments are interpolated, and all true', () => {
    const looks = playStream(new PlayoutBuffer(), { seed: 7, seconds: 12, jitterMs: 80 }).slice(SETTLED);
    expect(looks.filter(({ played }) => played.state === 'interpolated').length / looks.length).toBeGreaterThan(0.7);
    expect(quantile(looks.map(({ played, truth }) => weightError(played.pose, truth)), 0.95)).toBeLessThan(0.012);
  });

  test('no rubber-banding: the shown face moves no more than the real one, and never faster than it glides', () => {
    for (const seed of [8, 9]) {
      const looks = playStream(new PlayoutBuffer(), { seed, seconds: 10, ...rough }).slice(SETTLED);
      expect(pathLength(looks.map(({ played }) => played.pose))).toBeLessThan(1.08 * pathLength(looks.map(({ truth }) => truth)));
      // At most a whole wrong pose, the decaying part of it that falls into one look.
      for (let i = 1; i < looks.length; i++) expect(largestStep(looks[i]!.played.pose, looks[i - 1]!.played.pose)).toBeLessThan(0.75);
    }
  });

  test('a still head stays still under jitter and loss', () => {
    const pose = poseWith({ jawOpen: 0.3 }, fromYawPitchRoll(0.2, 0.1, 0));
    const looks = playStream(new PlayoutBuffer(), { seed: 10, seconds: 10, ...rough, face: () => pose }).slice(20);
    for (const { played } of looks) {
      expect(weightOf(played.pose, 'jawOpen')).toBeCloseTo(0.3, 5);
      expect(angleBetween(played.pose.headRotation, pose.headRotation)).toBeLessThan(1e-3);
    }
  });

  test('clocks that differ and drift change nothing', () => {
    const pose = poseWith({ jawOpen: 0.3 });
    const ages = (driftPpm: number, offsetMs: number): number[] => agesOf(playStream(new PlayoutBuffer(), { seed: 11, seconds: 16, face: () => pose, driftPpm, offsetMs }).slice(SETTLED));
    const same = quantile(ages(0, 0), 0.95);
    for (const [driftPpm, offsetMs] of [[300, 0], [-300, 12_345], [0, -4_000_000]] as const) {
      expect(Math.abs(quantile(ages(driftPpm, offsetMs), 0.95) - same)).toBeLessThan(6);
    }
  });

  test('a viewer who looks ten times a second sees the face no later', () => {
    const looks = playStream(new PlayoutBuffer(), { seed: 12, seconds: 20, lookMs: [60, 140] }).slice(60);
    expect(quantile(agesOf(looks), 0.95)).toBeLessThan(50);
  });

  test('any frames at all: poses stay poses', () => {
    const random = new SeededRandom(13);
    const buffer = new PlayoutBuffer();
    for (let nowMs = 0; nowMs < 30_000; nowMs += random.between(0, 60)) {
      const captureTimestampMs = Math.round(nowMs + (random.next() < 0.02 ? random.between(-50_000, 50_000) : random.between(-400, 100)));
      const any = poseWith({ jawOpen: random.next(), eyeBlinkLeft: random.next() }, fromYawPitchRoll(random.between(-3, 3), random.between(-1, 1), 0));
      if (random.next() < 0.5) buffer.push({ captureTimestampMs, still: random.next() < 0.1, pose: any }, nowMs);
      const { pose, mediaTimeMs } = buffer.sample(nowMs);
      expect(Number.isFinite(mediaTimeMs)).toBe(true);
      expect(pose.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(Math.hypot(...pose.headRotation)).toBeCloseTo(1, 4);
    }
  });
});

describe('playout of slower streams, pauses and new beginnings', () => {
  test('lost, repeated and late frames are counted, each once', () => {
    const buffer = playTo(20);
    buffer.push(frame(20), 5000 + 21 * INTERVAL_MS);
    buffer.push({ ...frame(10), captureTimestampMs: frame(10).captureTimestampMs + 2 }, 5000 + 21 * INTERVAL_MS);
    expect(buffer.counters).toEqual({ received: 23, late: 1, duplicate: 1 });
  });

  test('a resting face is held for as long as its sender rests, and wakes within a frame', () => {
    const buffer = playTo(40);
    const restMs = frame(41).captureTimestampMs;
    const rest = frame(41).pose;
    buffer.push({ captureTimestampMs: restMs, still: true, pose: rest }, restMs + 4);
    for (let ms = 0; ms < 2000; ms += 16) buffer.sample(restMs + 20 + ms);
    expect(buffer.sample(restMs + 2000)).toMatchObject({ state: 'held' });
    expect(weightOf(buffer.sample(restMs + 2016).pose, 'jawOpen')).toBeCloseTo(0.41, 4);
    const wakeMs = restMs + 2020;
    buffer.push({ captureTimestampMs: wakeMs, still: false, pose: poseWith({ jawOpen: 0.9 }) }, wakeMs + 4);
    const jaws: number[] = [];
    for (let nowMs = wakeMs + 6; nowMs < wakeMs + 160; nowMs += 8) jaws.push(weightOf(buffer.sample(nowMs).pose, 'jawOpen'));
    expect(jaws.at(-1)).toBeGreaterThan(0.88);
    for (let i = 1; i < jaws.length; i++) expect(jaws[i]! - jaws[i - 1]!).toBeLessThan(0.3);
    // The rest cost no delay: nobody could have waited for it.
    expect(buffer.delayMs).toBeLessThan(60);
  });

  test('one frame a second: held in between, gliding to each new one', () => {
    const looks = playStream(new PlayoutBuffer(), { seed: 14, seconds: 20, framesPerSecond: 1 }).slice(SETTLED);
    expect(looks.every(({ played }) => played.state !== 'easing' && played.state !== 'resting')).toBe(true);
    expect(quantile(agesOf(looks), 0.95)).toBeLessThan(120);
    for (let i = 1; i < looks.length; i++) expect(largestStep(looks[i]!.played.pose, looks[i - 1]!.played.pose)).toBeLessThan(0.25);
  });

  test('from every frame to a few and back: no moment is shown twice, and the delay comes back', () => {
    const clip = new MotionClip({ seed: 15, mood: 'talking' });
    const buffer = new PlayoutBuffer();
    const looks: Look[] = [];
    let nextMs = 0;
    for (let nowMs = 0; nowMs < 24_000; nowMs += 16) {
      for (; nextMs <= nowMs; nextMs += nextMs > 6000 && nextMs < 14_000 ? 200 : 32) {
        buffer.push({ captureTimestampMs: nextMs, still: false, pose: clip.sample(nextMs) }, nextMs + 5);
      }
      const played = buffer.sample(nowMs);
      looks.push({ atMs: nowMs, played, ageMs: nowMs - played.mediaTimeMs, truth: clip.sample(Math.max(0, played.mediaTimeMs)) });
    }
    expectNeverBack(looks);
    expect(looks.every(({ played }) => played.state !== 'easing')).toBe(true);
    expect(quantile(agesOf(looks.slice(-200)), 0.95)).toBeLessThan(50);
  });

  test('a silent sender: the last pose is held, then eases to rest', () => {
    const buffer = playTo(49);
    const lastMs = frame(49).captureTimestampMs;
    const held = buffer.sample(lastMs + 300);
    expect(held.state).toBe('held');
    expect(weightOf(held.pose, 'jawOpen')).toBeCloseTo(0.5, 2);
    const easing = buffer.sample(lastMs + 900);
    expect(easing.state).toBe('easing');
    expect(weightOf(easing.pose, 'jawOpen')).toBeGreaterThan(0.05);
    expect(weightOf(easing.pose, 'jawOpen')).toBeLessThan(0.47);
    const rest = buffer.sample(lastMs + 2000);
    expect(rest.state).toBe('resting');
    expect(weightOf(rest.pose, 'jawOpen')).toBe(0);
  });

  test('a newcomer\'s first frame is a second old: a moment later the face is as fresh as anybody\'s, without a jump', () => {
    const buffer = new PlayoutBuffer();
    buffer.push({ captureTimestampMs: 4000, still: false, pose: poseWith({ jawOpen: 0.9 }) }, 5000);
    let before = weightOf(buffer.sample(5001).pose, 'jawOpen');
    expect(before).toBeCloseTo(0.9, 5);
    for (let ms = 4; ms < 300; ms += 8) {
      if ((ms - 4) % 32 === 0) buffer.push({ captureTimestampMs: 5000 + ms - 4, still: false, pose: poseWith({ jawOpen: 0.2 }) }, 5000 + ms);
      const jaw = weightOf(buffer.sample(5001 + ms).pose, 'jawOpen');
      expect(before - jaw).toBeLessThan(0.2);
      before = jaw;
    }
    expect(buffer.mediaLagMs).toBeLessThan(60);
    expect(before).toBeCloseTo(0.2, 1);
  });

  test('out of the silence the face glides', () => {
    const buffer = playTo(30);
    const backMs = frame(30).captureTimestampMs + 5000;
    expect(buffer.sample(backMs).state).toBe('resting');
    let before = 0;
    for (let ms = 0; ms < 700; ms += 16) {
      if (ms % 32 === 0) buffer.push({ captureTimestampMs: backMs + ms, still: false, pose: poseWith({ jawOpen: 0.8 }) }, backMs + ms + 4);
      const jaw = weightOf(buffer.sample(backMs + ms + 5).pose, 'jawOpen');
      expect(jaw - before).toBeLessThan(0.3);
      before = jaw;
    }
    expect(before).toBeGreaterThan(0.79);
  });

  test('a new clock (the sender reloaded) begins afresh instead of waiting for ever', () => {
    const buffer = new PlayoutBuffer();
    for (let index = 0; index < 30; index++) buffer.push(frame(index, 1_000_000), 5000 + index * INTERVAL_MS);
    buffer.sample(6000);
    for (let index = 0; index < 30; index++) {
      buffer.push(frame(index, 20), 7000 + index * INTERVAL_MS);
      buffer.sample(7000 + index * INTERVAL_MS);
    }
    const shown = buffer.sample(7000 + 29 * INTERVAL_MS + 2);
    expect(shown.mediaTimeMs).toBeLessThan(2000);
    expect(shown.mediaTimeMs).toBeGreaterThan(800);
  });
});
