import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { motionTrackSchema, posesOf, trackOf, trackText } from '../../../shared/motion/motionTrack.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import { readCast } from '../../recorder/cast.ts';

const TRACKS = join(import.meta.dirname, '..', '..', '..', 'models', 'motion', 'tracks');

describe('motion track', () => {
  it('comes back from its text, rounded to five decimals', () => {
    const pose = {
      blendshapeWeights: Float32Array.from({ length: BLENDSHAPE_COUNT }, (_, index) => index / 300),
      headRotation: [0.6, 0, 0, 0.8] as const, headPositionMeters: [0.1234567, -0.0000001, -0.02] as const,
    };
    const track = motionTrackSchema.parse(JSON.parse(trackText(trackOf([pose, pose], { fps: 30, kind: 'talking', person: 'nobody' }))));
    expect(track).toMatchObject({ fps: 30, kind: 'talking', person: 'nobody' });
    const [first, second] = posesOf(track);
    expect(first).toEqual(second);
    expect(first!.headRotation).toEqual([0.6, 0, 0, 0.8]);
    expect(first!.headPositionMeters).toEqual([0.12346, 0, -0.02]);
    for (const [index, weight] of pose.blendshapeWeights.entries()) expect(first!.blendshapeWeights[index]).toBeCloseTo(weight, 5);
  });

  it('takes other orders of names, leaves out unknown ones, and rests where a track says nothing', () => {
    const [pose] = posesOf({ fps: 25, blendshapeNames: ['_neutral', 'jawOpen', 'browInnerUp'], weights: [[1, 0.5, 0.25]] });
    expect(pose!.blendshapeWeights[BLENDSHAPE_NAMES.indexOf('jawOpen')]).toBe(0.5);
    expect(pose!.blendshapeWeights[BLENDSHAPE_NAMES.indexOf('browInnerUp')]).toBe(0.25);
    expect(pose!.blendshapeWeights.reduce((sum, weight) => sum + weight, 0)).toBe(0.75);
    expect(pose).toMatchObject({ headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] });
  });
});

describe('the committed recordings', () => {
  const { people, fps, seconds } = readCast();
  const files = (['training', 'heldOut'] as const).flatMap((set) => readdirSync(join(TRACKS, set)).map((file) => ({ set, file })));

  it('are those of the cast', () => {
    const expected = people.flatMap(({ set, person, takes }) => takes.map(({ kind }) => `${set}/${person}-${kind}.json`));
    expect(files.map(({ set, file }) => `${set}/${file}`).toSorted()).toEqual(expected.toSorted());
  });

  it.each(files)('$set/$file is a track of a head', ({ set, file }) => {
    const track = motionTrackSchema.parse(JSON.parse(readFileSync(join(TRACKS, set, file), 'utf8')));
    expect(track.blendshapeNames).toEqual([...BLENDSHAPE_NAMES]);
    expect(track.fps).toBe(fps);
    expect(`${track.person}-${track.kind}.json`).toBe(file);
    const poses = posesOf(track);
    expect(poses).toHaveLength(fps * seconds);
    for (const { blendshapeWeights, headRotation, headPositionMeters } of poses) {
      expect(blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      expect(Math.hypot(...headRotation)).toBeCloseTo(1, 4);
      expect(Math.hypot(...headPositionMeters)).toBeLessThanOrEqual(0.1501);
    }
  });
});
