import { describe, expect, it } from 'vitest';
import { AutoregressiveGenerator, type AutoregressiveGeneratorOptions } from '../../../server/generator/autoregressive/autoregressiveGenerator.ts';
import { loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { neutralHead } from '../../../shared/rig/skinning.ts';
import type { BoundSplats, PointBatch } from '../../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../../shared/splat/codec/avatarEncoder.ts';
import { splatBounds } from '../../../shared/splat/splatBounds.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';
import { scriptedPoints, type ScriptedPoints } from '../../support/scriptedPoints.ts';

const rig = committedRig();
const lattice = await loadLattice(rig);
const portrait = paintedPortrait({ seed: 4 });
/** Splats that lie so far below their face are its undercoat. */
const UNDERCOAT_METERS = -0.005;
const even: ScriptedPoints = { threshold: () => 0.03 };

async function generate(
  script: ScriptedPoints, options: AutoregressiveGeneratorOptions = { splatsPerPoint: 2 }, seed = 1,
): Promise<{ batches: PointBatch[]; avatar: BoundSplats; stages: string[] }> {
  const batches: PointBatch[] = [];
  const stages: string[] = [];
  const stream = new AutoregressiveGenerator(rig, lattice, scriptedPoints(lattice, script), options)
    .generate(portrait, { seed, signal: new AbortController().signal, onProgress: ({ stage }) => stages.push(stage) });
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return { batches, avatar: step.value, stages };
    batches.push(step.value);
  }
}

const made = await generate(even);

describe('the autoregressive generator', { timeout: 120_000 }, () => {
  it('writes finite splats within their ranges, bound to faces that exist', () => {
    const { avatar } = made;
    expect(avatar.header.generator).toBe('autoregressive');
    expect(avatar.count).toBeGreaterThan(1_500);
    for (const column of [avatar.barycentrics, avatar.offsets, avatar.logScales, avatar.rotations, avatar.opacities, avatar.colors]) {
      expect(column.every(Number.isFinite)).toBe(true);
    }
    expect(avatar.bindings.every((face) => face < rig.faceCount)).toBe(true);
    expect(avatar.colors.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(avatar.opacities.every((value) => value >= 0 && value <= 1)).toBe(true);
    for (let i = 0; i < avatar.count; i++) expect(Math.hypot(...avatar.rotations.subarray(i * 4, i * 4 + 4))).toBeCloseTo(1, 4);
  });

  it('shows whole heads on the way: from the fit, from the points so far, and all of it', () => {
    const { batches, avatar, stages } = made;
    expect(batches.length).toBe(3);
    expect(batches.every(({ whole, splats }) => whole && splats.count > 300)).toBe(true);
    expect(batches[1]!.splats.count).toBe(batches[1]!.pointsSoFar);
    expect(batches[2]!.splats.count).toBe(avatar.count);
    expect(batches[2]!.pointsSoFar).toBe(batches[1]!.pointsExpected);
    expect(stages[0]).toBe('placing');
    expect(stages.at(-1)).toBe('done');
  });

  it('spreads every prefix over the whole head', () => {
    const { avatar } = made;
    const regions = (count: number): Set<number> => new Set(Array.from(avatar.bindings.subarray(0, count), (face) => rig.faceRegions[face]!));
    expect(regions(avatar.count / 4).size).toBeGreaterThanOrEqual(regions(avatar.count).size - 2);
  });

  it('makes the same avatar again, and more splats of more points', async () => {
    const again = await generate(even);
    expect(again.avatar.offsets).toEqual(made.avatar.offsets);
    expect(again.avatar.colors).toEqual(made.avatar.colors);
    const more = await generate({ threshold: () => 0.2 });
    expect(more.avatar.count).toBeGreaterThan(1.3 * made.avatar.count);
  });

  it('survives its file format', () => {
    const { avatar } = made;
    const frames = new FaceFrames(rig, neutralHead(rig, avatar.header.identityCoefficients).positions);
    const bytes = encodeAvatar(avatar, { rigFaceCount: rig.faceCount, neutralBounds: splatBounds(avatar, frames) });
    expect(decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash }).count).toBe(avatar.count);
  });

  it('wears what the decoder says, within limits and not on eyes and lids', async () => {
    const dressed = await generate({
      ...even,
      decode: ({ parents: { length } }) => ({
        opacities: new Float32Array(length), logScales: Float32Array.from({ length: length * 3 }, (_, i) => (i % 3 === 0 ? 9 : 0)), heights: new Float32Array(length).fill(9),
      }),
    });
    for (let i = 0; i < dressed.avatar.count; i++) {
      const region = rig.regionNames[rig.faceRegions[dressed.avatar.bindings[i]!]!]!;
      // What the decoder does not see.
      if (dressed.avatar.offsets[i * 3 + 2]! < UNDERCOAT_METERS) continue;
      const grown = dressed.avatar.logScales[i * 3]! - made.avatar.logScales[i * 3]!;
      if (/Eyeball$|Lid$|Teeth$/.test(region)) expect(grown).toBeCloseTo(0, 5);
      else if (region === 'nose') {
        expect(grown).toBeGreaterThan(0.2);
        expect(grown).toBeLessThan(0.6);
        expect(dressed.avatar.opacities[i]).toBeGreaterThan(0.85);
        expect(dressed.avatar.offsets[i * 3 + 2]! - made.avatar.offsets[i * 3 + 2]!).toBeLessThan(0.02);
      }
    }
  });

  it('lays splats out as the template does, for comparison', async () => {
    const { avatar } = await generate(even, { positions: 'template', splatCount: 4_000 });
    expect(avatar.count / 4_000).toBeCloseTo(1, 0);
  });

  it('stops with the signal\'s reason and gives the model back', async () => {
    const model = scriptedPoints(lattice, even);
    const abort = new AbortController();
    const stream = new AutoregressiveGenerator(rig, lattice, model).generate(portrait, { seed: 1, signal: abort.signal });
    await stream.next();
    await stream.next();
    abort.abort(new Error('changed my mind'));
    await expect(stream.next()).rejects.toThrow('changed my mind');
    expect(model.returned).toBe(1);
  });
});
