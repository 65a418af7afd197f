import { describe, expect, it } from 'vitest';
import { TemplateGenerator } from '../../../server/generator/templateGenerator.ts';
import type { AnalysedPortrait } from '../../../server/perception/analysedPortrait.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import { neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import type { BoundSplats, PointBatch } from '../../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../../shared/splat/codec/avatarEncoder.ts';
import { splatBounds } from '../../../shared/splat/splatBounds.ts';
import { splatCenters } from '../../../shared/splat/covariance.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { PAINT, committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const SPLATS = 6_000;

async function generate(portrait: AnalysedPortrait, seed = 1, signal = new AbortController().signal): Promise<{ batches: PointBatch[]; avatar: BoundSplats; stages: string[] }> {
  const batches: PointBatch[] = [];
  const stages: string[] = [];
  const stream = new TemplateGenerator(rig, { splatCount: SPLATS }).generate(portrait, { seed, signal, onProgress: ({ stage }) => stages.push(stage) });
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return { batches, avatar: step.value, stages };
    batches.push(step.value);
  }
}

const portrait = paintedPortrait({ seed: 4 });
const made = await generate(portrait);

describe('the template generator', { timeout: 60_000 }, () => {
  it('writes finite splats within their ranges, bound to faces that exist', () => {
    const { avatar } = made;
    expect(avatar.count).toBeGreaterThan(SPLATS * 0.9);
    for (const column of [avatar.barycentrics, avatar.offsets, avatar.logScales, avatar.rotations, avatar.opacities, avatar.colors]) {
      expect(column.every(Number.isFinite)).toBe(true);
    }
    for (let i = 0; i < avatar.count; i++) {
      expect(avatar.bindings[i]).toBeLessThan(rig.faceCount);
      const [u, v] = avatar.barycentrics.subarray(i * 2, i * 2 + 2);
      expect(Math.min(u!, v!)).toBeGreaterThanOrEqual(0);
      expect(u! + v!).toBeLessThanOrEqual(1 + 1e-6);
      expect(Math.hypot(...avatar.offsets.subarray(i * 3, i * 3 + 3))).toBeLessThan(0.6);
      expect(Math.hypot(...avatar.rotations.subarray(i * 4, i * 4 + 4))).toBeCloseTo(1, 4);
    }
    expect(avatar.colors.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(avatar.opacities.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('gives a coarse head first, and then the final avatar, colours aside', () => {
    const { batches: [coarse, all, ...more], avatar } = made;
    expect(more).toEqual([]);
    expect([coarse!.whole, all!.whole]).toEqual([true, true]);
    expect(coarse!.pointsSoFar).toBe(coarse!.splats.count);
    expect(coarse!.splats.count).toBeLessThan(avatar.count * 0.7);
    const regions = ({ bindings }: BoundSplats): Set<number> => new Set(Array.from(bindings, (face) => rig.faceRegions[face]!));
    expect(regions(coarse!.splats).size).toBeGreaterThanOrEqual(regions(avatar).size - 2);
    expect([all!.pointsSoFar, all!.pointsExpected]).toEqual([avatar.count, avatar.count]);
    expect(all!.splats.offsets).toEqual(avatar.offsets);
    expect(all!.splats.bindings).toEqual(avatar.bindings);
  });

  it('spreads every prefix over the whole head: a quarter of the splats reach nearly all regions', () => {
    const { avatar } = made;
    const regions = (count: number): Set<number> => new Set(Array.from(avatar.bindings.subarray(0, count), (face) => rig.faceRegions[face]!));
    expect(regions(avatar.count / 4).size).toBeGreaterThanOrEqual(regions(avatar.count).size - 2);
  });

  it('makes the same avatar from the same seed, another from another', async () => {
    const again = await generate(portrait);
    expect(again.avatar.offsets).toEqual(made.avatar.offsets);
    expect(again.avatar.colors).toEqual(made.avatar.colors);
    const other = await generate(portrait, 2);
    expect(other.avatar.barycentrics).not.toEqual(made.avatar.barycentrics);
  });

  it('survives its file format', () => {
    const { avatar } = made;
    const frames = new FaceFrames(rig, neutralHead(rig, avatar.header.identityCoefficients).positions);
    const bytes = encodeAvatar(avatar, { rigFaceCount: rig.faceCount, neutralBounds: splatBounds(avatar, frames) });
    const back = decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash });
    expect(back.count).toBe(avatar.count);
    expect(bytes.length / avatar.count).toBeLessThan(10);
  });

  it('takes colours from the portrait and keeps them apart', () => {
    const { avatar } = made;
    const meanOf = (wanted: (region: string) => boolean): number[] => {
      const sum = [0, 0, 0, 0];
      for (let i = 0; i < avatar.count; i++) {
        if (!wanted(rig.regionNames[rig.faceRegions[avatar.bindings[i]!]!]!)) continue;
        for (let k = 0; k < 3; k++) sum[k]! += avatar.colors[i * 3 + k]! * 255;
        sum[3]!++;
      }
      return sum.slice(0, 3).map((value) => value / sum[3]!);
    };
    const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, k) => value - b[k]!));
    expect(distance(meanOf((region) => region === 'nose'), PAINT.skin)).toBeLessThan(25);
    expect(distance(meanOf((region) => region.endsWith('Lip')), PAINT.lips)).toBeLessThan(60);
    expect(distance(meanOf((region) => region === 'bust'), PAINT.clothes)).toBeLessThan(60);
  });

  it('keeps every splat near the body in any pose', () => {
    const { avatar } = made;
    const neutral = neutralHead(rig, avatar.header.identityCoefficients);
    const frames = new FaceFrames(rig, neutral.positions);
    const posed = new Float32Array(rig.vertexCount * 3);
    const centers = new Float32Array(avatar.count * 3);
    for (const name of ['jawOpen', 'mouthFunnel', 'eyeBlinkLeft', 'mouthSmileRight', 'cheekPuff'] as const) {
      const weights = new Float32Array(BLENDSHAPE_COUNT);
      weights[BLENDSHAPE_NAMES.indexOf(name)] = 1;
      poseVertices(rig, neutral, { blendshapeWeights: weights, headRotation: [0, Math.sin(0.3), 0, Math.cos(0.3)], headPositionMeters: [0, 0, 0] }, posed);
      frames.update(posed);
      splatCenters(avatar, frames, centers);
      expect(centers.every((value) => Math.abs(value) < 0.7)).toBe(true);
    }
  });

  it('stops with the signal\'s reason', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(generate(portrait, 1, controller.signal)).rejects.toThrow('enough');
    const later = new AbortController();
    const stream = new TemplateGenerator(rig, { splatCount: SPLATS }).generate(portrait, { seed: 1, signal: later.signal });
    await stream.next();
    later.abort(new Error('changed my mind'));
    await expect(stream.next()).rejects.toThrow('changed my mind');
  });

  it('reports its stages in order', () => {
    expect(made.stages[0]).toBe('placing');
    expect(made.stages.at(-1)).toBe('done');
    expect(new Set(made.stages).size).toBe(made.stages.length);
  });

  it('manages a turned head with an open mouth', async () => {
    const { avatar } = await generate(paintedPortrait({ seed: 9, yaw: 0.35, weights: { jawOpen: 0.5, mouthSmileLeft: 0.4, mouthSmileRight: 0.4 } }));
    expect(avatar.colors.every(Number.isFinite)).toBe(true);
    expect(avatar.offsets.every((value) => Math.abs(value) < 0.6)).toBe(true);
  });
});
