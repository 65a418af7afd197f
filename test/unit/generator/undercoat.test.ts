import { describe, expect, it } from 'vitest';
import { coverPortrait, headerOf, paintDraft, placePortrait } from '../../../server/generator/fittedPortrait.ts';
import { luma } from '../../../server/generator/luma.ts';
import { findRigZones } from '../../../server/generator/rigZones.ts';
import { composeImage, rasteriseSplats } from '../../../server/generator/splatRasteriser.ts';
import { writeSplats } from '../../../server/generator/splatWriter.ts';
import { templateDraft } from '../../../server/generator/templateGenerator.ts';
import { layUndercoat } from '../../../server/generator/undercoat.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import type { RegionName } from '../../../shared/rig/rig.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { splatCenters, splatCovariances } from '../../../shared/splat/covariance.ts';
import { grownLogScales } from '../../../shared/splat/prefixGrowth.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const covered = coverPortrait(placePortrait(rig, paintedPortrait({ seed: 4 })), findRigZones(rig));
const { head } = covered;
const random = new SeededRandom(1);
const draft = templateDraft(covered, 20_000, random);
const written = writeSplats(head, draft, paintDraft(covered, draft, random).colors, headerOf(rig, covered.portrait, 'template'));
const { splats, coatCount } = layUndercoat(draft, written);
const centers = new Float32Array(splats.count * 3);
splatCenters(splats, head.frames, centers);

const SKIN: ReadonlySet<RegionName> = new Set(['face', 'nose', 'leftBrow', 'rightBrow', 'neck']);
const regionOf = (i: number): RegionName => rig.regionNames[rig.faceRegions[splats.bindings[i]!]!]!;
const metersBetween = (i: number, j: number): number =>
  Math.hypot(centers[i * 3]! - centers[j * 3]!, centers[i * 3 + 1]! - centers[j * 3 + 1]!, centers[i * 3 + 2]! - centers[j * 3 + 2]!);
const coat = Array.from({ length: coatCount }, (_, i) => i);
const above = Array.from({ length: draft.count }, (_, i) => coatCount + i);

/** The share of skin in the pixel that shows least of it, of the forehead as the first splats alone draw it. */
function leastSkin(all: BoundSplats, drawn: number): number {
  const centers = new Float32Array(all.count * 3);
  const covariances = new Float32Array(drawn * 6);
  splatCenters(all, head.frames, centers);
  splatCovariances({ ...all, logScales: grownLogScales(all, drawn) }, head.frames, covariances, 0, drawn);
  const { camera } = head.view;
  const contributions = rasteriseSplats({ count: drawn, centers, covariances, opacities: all.opacities }, camera);
  // Skin is white, all else black.
  const image = composeImage(contributions, Float32Array.from(all.colors, (_, at) => {
    const region = rig.regionNames[rig.faceRegions[all.bindings[(at / 3) | 0]!]!]!;
    return SKIN.has(region) ? 1 : 0;
  }));
  const [left, top] = head.view.project(Float32Array.of(-0.025, 0.055, 0.02)), [right, bottom] = head.view.project(Float32Array.of(0.025, 0.03, 0.02));
  let [least, pixels] = [1, 0];
  for (let y = Math.round(top!); y < bottom!; y++) {
    for (let x = Math.round(left!); x < right!; x++) {
      pixels++;
      least = Math.min(least, luma(image, (y * camera.width + x) * 3));
    }
  }
  expect(pixels).toBeGreaterThan(200);
  return least;
}

describe('the undercoat', { timeout: 60_000 }, () => {
  it('comes first, and what was written follows as it was', () => {
    expect(coatCount).toBeGreaterThan(300);
    expect(coatCount).toBeLessThan(0.05 * draft.count);
    expect(splats.count).toBe(coatCount + draft.count);
    expect(splats.bindings.subarray(coatCount)).toEqual(written.bindings);
    for (const column of ['barycentrics', 'offsets', 'logScales', 'rotations', 'opacities', 'colors'] as const) {
      const width = written[column].length / written.count;
      expect(splats[column].subarray(coatCount * width)).toEqual(written[column]);
    }
  });

  it('lies under skin, and keeps from what opens', () => {
    const opening = above.filter((i) => /Lid$|Lip$|Eyeball$/.test(regionOf(i)));
    for (const i of coat) {
      expect(SKIN).toContain(regionOf(i));
      const over = above.find((j) => splats.bindings[j] === splats.bindings[i] && splats.barycentrics[j * 2] === splats.barycentrics[i * 2]);
      expect(metersBetween(i, over!)).toBeCloseTo(0.008, 4);
      expect(opening.reduce((least, j) => Math.min(least, metersBetween(i, j)), Infinity)).toBeGreaterThan(0.002);
    }
  });

  it('has the colours of the skin over it', () => {
    for (const i of coat.filter((i) => regionOf(i) === 'nose')) {
      const near = above.filter((j) => metersBetween(i, j) < 0.011 && regionOf(j) === 'nose').map((j) => luma(splats.colors, j * 3));
      expect(luma(splats.colors, i * 3)).toBeGreaterThan(Math.min(...near) - 0.05);
      expect(luma(splats.colors, i * 3)).toBeLessThan(Math.max(...near) + 0.05);
    }
  });

  it('shows between points where only some are drawn', () => {
    const [bare, coated] = [leastSkin(written, 6_000), leastSkin(splats, 6_000)];
    expect(1 - coated).toBeLessThan(0.6 * (1 - bare));
  });
});
