import { describe, expect, it } from 'vitest';
import { blendshapeIndex } from '../../../client/motion/weights.ts';
import { MOUTH_CHANNELS } from '../../../client/voice/mouthShapes.ts';
import { VoiceFace } from '../../../client/voice/voiceFace.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';

const jaw = blendshapeIndex('jawOpen');
const shapeOf = (jawOpen: number): Float32Array => Float32Array.from(MOUTH_CHANNELS, (channel) => (channel === 'jawOpen' ? jawOpen : 0));

/** A voice that opens the jaw from 1,000 to 1,400 ms. */
function spoken(): VoiceFace {
  const face = new VoiceFace(7);
  for (let atMs = 0; atMs <= 3_000; atMs += 10) {
    const loud = atMs >= 1_000 && atMs < 1_400;
    face.hear({ capturedAtMs: atMs, mouth: shapeOf(loud ? 0.6 : 0), speech: loud ? 1 : 0, loudness: loud ? 1 : 0 });
    if (atMs === 1_300) return face;
  }
  return face;
}

describe('a face moved by a voice', () => {
  it('opens its mouth at the moment of the sound, not after it', () => {
    const face = spoken();
    expect(face.sample(950).blendshapeWeights[jaw]).toBeLessThan(0.05);
    expect(face.sample(1_010).blendshapeWeights[jaw]).toBeGreaterThan(0.2);
    expect(face.sample(1_200).blendshapeWeights[jaw]).toBeCloseTo(0.6, 1);
  });

  it('nods and lifts its brows where the voice is stressed', () => {
    const face = spoken();
    const brow = blendshapeIndex('browInnerUp');
    expect(face.sample(1_250).blendshapeWeights[brow]).toBeGreaterThan(face.sample(900).blendshapeWeights[brow]! + 0.02);
  });

  it('closes its mouth when the readings cease', () => {
    expect(spoken().sample(1_700).blendshapeWeights[jaw]).toBeLessThan(0.02);
  });

  it('blinks and breathes without a sound', () => {
    const face = new VoiceFace(3);
    const blink = blendshapeIndex('eyeBlinkLeft');
    const times = Array.from({ length: 600 }, (_, i) => i * 20);
    expect(Math.max(...times.map((timeMs) => face.sample(timeMs).blendshapeWeights[blink]!))).toBeGreaterThan(0.8);
    expect(new Set(times.map((timeMs) => face.sample(timeMs).headRotation.join()))).not.toHaveProperty('size', 1);
  });

  it('speaks with another face\'s eyes and leaves them alone', () => {
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    const blink = blendshapeIndex('eyeBlinkRight');
    weights[blink] = 0.7;
    const mixed = spoken().speakWith(weights, 1_200);
    expect(mixed[blink]).toBeCloseTo(0.7);
    expect(mixed[jaw]).toBeGreaterThan(0.5);
    expect(weights[jaw]).toBe(0);
  });
});
