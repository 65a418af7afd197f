import { describe, expect, test } from 'vitest';
import { fromYawPitchRoll } from '../../../client/motion/rotation.ts';
import { FaceRefiner } from '../../../client/tracking/faceRefiner.ts';
import type { TrackedFace } from '../../../client/tracking/faceLandmarkerEngine.ts';
import { JumpGuard } from '../../../client/tracking/jumpGuard.ts';
import type { BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import { poseWith, weightOf } from '../../support/poses.ts';

const STEP_MS = 33;

function face(yawRadians = 0, meters: readonly [number, number, number] = [0, 0, -0.5]): TrackedFace {
  return { blendshapeWeights: undefined, cameraFromHeadRotation: fromYawPitchRoll(yawRadians, 0, 0), cameraFromHeadMeters: meters, landmarks: undefined, aspectRatio: 4 / 3 };
}

describe('a tracker\'s slips', () => {
  test('a quick turn of the head is believed, a jump that comes back is not', () => {
    const guard = new JumpGuard();
    for (let i = 0; i < 12; i++) expect(guard.believes(face(0.15 * i), i * STEP_MS), `picture ${i}`).toBe(true);
    const slipped = new JumpGuard();
    slipped.believes(face(), 0);
    for (const ms of [33, 66, 99]) expect(slipped.believes(face(1.2, [0.3, 0.2, -0.5]), ms)).toBe(false);
    expect(slipped.believes(face(0.05), 132)).toBe(true);
  });

  test('what stays is believed after a fifth of a second, and at once after a pause', () => {
    const guard = new JumpGuard();
    guard.believes(face(), 0);
    let believedMs = 0;
    for (let ms = STEP_MS; believedMs === 0; ms += STEP_MS) if (guard.believes(face(2.4, [0.6, 0, -0.5]), ms)) believedMs = ms;
    expect(believedMs).toBeGreaterThan(150);
    expect(believedMs).toBeLessThan(260);
    expect(guard.believes(face(-1), believedMs + 900)).toBe(true);
  });
});

describe('what an avatar is shown of a tracked face', () => {
  const play = (refiner: FaceRefiner, weights: Partial<Record<BlendshapeName, number>>, fromMs: number, seconds: number, yaw = 0): ReturnType<FaceRefiner['refine']> => {
    let last: ReturnType<FaceRefiner['refine']>;
    for (let ms = fromMs; ms < fromMs + seconds * 1000; ms += STEP_MS) last = refiner.refine(face(yaw), poseWith(weights).blendshapeWeights, ms);
    return last;
  };

  test('a slip shows nothing new', () => {
    const refiner = new FaceRefiner();
    play(refiner, {}, 0, 1);
    expect(refiner.refine(face(1.4), poseWith({ jawOpen: 1 }).blendshapeWeights, 1_020)).toBeUndefined();
  });

  test('a brow that always measures 0.2 is learnt as the person\'s rest within a minute', () => {
    const refiner = new FaceRefiner();
    const first = play(refiner, { browDownLeft: 0.2 }, 0, 1)!;
    expect(weightOf(first, 'browDownLeft')).toBeGreaterThan(0.15);
    expect(weightOf(play(refiner, { browDownLeft: 0.2 }, 1_000, 60)!, 'browDownLeft')).toBeLessThan(0.03);
  });

  test('a smile that is held is never learnt, and neither is a look to the side', () => {
    const refiner = new FaceRefiner();
    play(refiner, {}, 0, 5);
    const held = play(refiner, { mouthSmileLeft: 0.6, eyeLookOutLeft: 0.4, eyeLookInRight: 0.4 }, 5_000, 60)!;
    expect(weightOf(held, 'mouthSmileLeft')).toBeCloseTo(0.6, 2);
    expect(weightOf(held, 'eyeLookOutLeft')).toBeCloseTo(0.4, 2);
  });

  test('who slowly turns the chair a little looks ahead again; a turned head stays turned', () => {
    const chair = new FaceRefiner();
    play(chair, {}, 0, 5);
    expect(Math.abs(play(chair, {}, 5_000, 120, 0.12)!.headRotation[1])).toBeLessThan(0.01);
    const turned = new FaceRefiner();
    play(turned, {}, 0, 5);
    expect(play(turned, {}, 5_000, 60, 0.5)!.headRotation[1]).toBeCloseTo(Math.sin(0.25), 2);
  });
});
