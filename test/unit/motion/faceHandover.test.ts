import { describe, expect, it } from 'vitest';
import { FaceHandover } from '../../../client/motion/faceHandover.ts';
import { restPose } from '../../../client/motion/restPose.ts';
import { blendshapeIndex } from '../../../client/motion/weights.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';

const jaw = blendshapeIndex('jawOpen');
const smile = blendshapeIndex('mouthSmileLeft');
const BY_VOICE = { patienceMs: 250, easeMs: 450, wholly: true };
const STEP_MS = 33;

function faceWith(index: number, weight: number): RigPose {
  const pose = restPose();
  pose.blendshapeWeights[index] = weight;
  return pose;
}

describe('a face between camera and voice', () => {
  it('stays the camera\'s while pictures come, then the voice\'s within half a second, then the camera\'s again, without a jump', () => {
    const handover = new FaceHandover();
    const seen: RigPose[] = [];
    let timeMs = 0;
    const note = (pose: RigPose | undefined): void => { if (pose) seen.push(pose); };
    for (; timeMs < 1_000; timeMs += STEP_MS) {
      note(handover.see(faceWith(smile, 0.8), timeMs, STEP_MS));
      expect(handover.miss(() => faceWith(jaw, 0.6), timeMs + 10, BY_VOICE)).toBeUndefined();
    }
    expect(handover.shown.blendshapeWeights[smile]).toBeCloseTo(0.8);
    // The camera loses the face.
    for (; timeMs < 2_000; timeMs += STEP_MS) note(handover.miss(() => faceWith(jaw, 0.6), timeMs, BY_VOICE));
    expect(handover.shown.blendshapeWeights[jaw]).toBeCloseTo(0.6);
    expect(handover.shown.blendshapeWeights[smile]).toBeCloseTo(0);
    // And finds it.
    for (; timeMs < 3_000; timeMs += STEP_MS) note(handover.see(faceWith(smile, 0.4), timeMs, STEP_MS));
    expect(handover.shown.blendshapeWeights[jaw]).toBe(0);
    expect(handover.shown.blendshapeWeights[smile]).toBeCloseTo(0.4);
    for (let i = 12; i < seen.length; i++) {
      for (const index of [jaw, smile]) expect(Math.abs(seen[i]!.blendshapeWeights[index]! - seen[i - 1]!.blendshapeWeights[index]!)).toBeLessThan(0.12);
    }
  });

  it('without a voice it only comes back to life, step by step', () => {
    const handover = new FaceHandover();
    for (let timeMs = 0; timeMs < 1_000; timeMs += STEP_MS) handover.see(faceWith(smile, 0.8), timeMs, STEP_MS);
    const idle = { patienceMs: 700, easeMs: 900, wholly: false };
    expect(handover.miss(restPose, 1_500, idle)).toBeUndefined();
    const first = handover.miss(restPose, 1_800, idle)!.blendshapeWeights[smile]!;
    expect(first).toBeGreaterThan(0.75);
    for (let timeMs = 1_833; timeMs < 4_000; timeMs += STEP_MS) handover.miss(restPose, timeMs, idle);
    expect(handover.shown.blendshapeWeights[smile]).toBeLessThan(0.01);
  });

  it('shows a slow tracker\'s face at once: its next picture comes too late to ease towards', () => {
    const handover = new FaceHandover();
    for (let timeMs = 0; timeMs < 6_000; timeMs += 1_000) {
      expect(handover.see(faceWith(smile, 0.8), timeMs, 1_000).blendshapeWeights[smile]).toBeCloseTo(0.8);
      for (let later = STEP_MS; later < 1_000; later += STEP_MS) handover.miss(() => faceWith(jaw, 0.6), timeMs + later, { ...BY_VOICE, patienceMs: 700 });
    }
  });

  it('a face that was hidden for a moment is not taken up elsewhere in one frame', () => {
    const handover = new FaceHandover();
    for (let timeMs = 0; timeMs < 1_000; timeMs += STEP_MS) handover.see(faceWith(smile, 0), timeMs, STEP_MS);
    let before = 0;
    for (let timeMs = 1_450; timeMs < 2_000; timeMs += STEP_MS) {
      const now = handover.see(faceWith(smile, 0.9), timeMs, STEP_MS).blendshapeWeights[smile]!;
      expect(now - before).toBeLessThan(0.2);
      before = now;
    }
    expect(before).toBeCloseTo(0.9);
  });

  it('speaks by voice where the camera has not seen anybody yet', () => {
    const handover = new FaceHandover();
    expect(handover.miss(() => faceWith(jaw, 0.5), 10, BY_VOICE)?.blendshapeWeights[jaw]).toBeCloseTo(0.5);
    handover.see(faceWith(smile, 1), 20, STEP_MS);
    handover.forget();
    expect(handover.miss(() => faceWith(jaw, 0.5), 30, BY_VOICE)?.blendshapeWeights[jaw]).toBeCloseTo(0.5);
  });
});
