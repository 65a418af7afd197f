import { describe, expect, it } from 'vitest';
import { CHILD_FEATURE_COUNT, childFeatures } from '../../../server/generator/autoregressive/childFeatures.ts';
import { cropPicture, normalisePicture, PICTURE_SIZE } from '../../../server/generator/autoregressive/picture.ts';
import { draftFromPoints, findParents } from '../../../server/generator/autoregressive/pointDraft.ts';
import { PointTree } from '../../../server/generator/autoregressive/pointTree.ts';
import { evidenceOn, portraitEvidence } from '../../../server/generator/autoregressive/portraitEvidence.ts';
import { SITE_FEATURE_COUNT, SITE_FEATURE_NAMES, siteFeatures } from '../../../server/generator/autoregressive/siteFeatures.ts';
import { loadLattice } from '../../../server/generator/autoregressive/siteLattice.ts';
import { placeSites } from '../../../server/generator/autoregressive/sitePlacement.ts';
import { assembleDraft } from '../../../server/generator/splatDraft.ts';
import { draftSurface, LAYER } from '../../../server/generator/draftSurface.ts';
import { coverPortrait, paintDraft, placePortrait } from '../../../server/generator/fittedPortrait.ts';
import { findRigZones } from '../../../server/generator/rigZones.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { REGION_NAMES } from '../../../shared/rig/rig.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const lattice = await loadLattice(rig);
const portrait = paintedPortrait({ seed: 4 });
const covered = coverPortrait(placePortrait(rig, portrait), findRigZones(rig));
const surface = draftSurface(covered.head, covered.covering);
const placed = placeSites(lattice, surface, covered.isHairThere);
const evidence = portraitEvidence(surface, portrait, covered.labels, covered.matte);

const regionOfSite = (site: number): string => rig.regionNames[rig.faceRegions[lattice.faces[site]!]!]!;
const sitesWhere = (take: (site: number) => boolean): Uint32Array =>
  Uint32Array.from({ length: lattice.siteCount }, (_, i) => i).filter((i) => placed.available[i] === 1 && take(i));

function draft(sites: Uint32Array, heightMeters: (site: number) => number = () => 0) {
  return draftFromPoints(surface, lattice, placed, { sites, heights: Float32Array.from(sites, heightMeters) },
    { splatsPerPoint: 4, isHairThere: covered.isHairThere }, new SeededRandom(1));
}

describe('sites on a person', { timeout: 120_000 }, () => {
  it('tell what the portrait shows there, in about [-1, 1]', () => {
    const features = siteFeatures(lattice, surface, placed, evidence);
    expect(features.length).toBe(lattice.siteCount * SITE_FEATURE_COUNT);
    expect(features.every((value) => Math.abs(value) <= 1.5)).toBe(true);
    const column = (name: (typeof SITE_FEATURE_NAMES)[number], site: number): number => features[site * SITE_FEATURE_COUNT + SITE_FEATURE_NAMES.indexOf(name)]!;
    const noses = sitesWhere((site) => regionOfSite(site) === 'nose' && column('confidence', site) > 0.8);
    expect(noses.length).toBeGreaterThan(50);
    const skin = noses.reduce((sum, site) => sum + column('skin', site), 0) / noses.length;
    const red = noses.reduce((sum, site) => sum + column('red', site), 0) / noses.length;
    expect(skin).toBeGreaterThan(0.9);
    expect(red).toBeCloseTo(2 * (205 / 255) - 1, 1);
  });

  it('have no hair where there is none', () => {
    for (let i = 0; i < lattice.siteCount; i++) {
      if (placed.available[i] === 0 || regionOfSite(i) !== 'shell') continue;
      const hair = [0, 1, 2].map((corner) => covered.covering.hair[rig.faces[lattice.faces[i]! * 3 + corner]!]!);
      expect(Math.max(...hair)).toBeGreaterThan(0);
    }
  });

  it('see a picture of the head in the middle, cut out like every other', () => {
    const picture = cropPicture(portrait.image, evidence.crop);
    expect(picture.length).toBe(3 * PICTURE_SIZE ** 2);
    const normalised = normalisePicture(picture);
    expect(normalised.every((value) => Math.abs(value) < 3)).toBe(true);
    const whole = cropPicture(portrait.image, { x: 0, y: 0, side: portrait.image.width });
    expect(whole[(PICTURE_SIZE / 2) * PICTURE_SIZE + PICTURE_SIZE / 2]).toBeGreaterThan(0);
  });
});

describe('splats around points', { timeout: 120_000 }, () => {
  it('are as many as the points stand for, and denser where those are', () => {
    const even = sitesWhere((site) => lattice.thresholds[site]! < 0.06);
    const detailed = sitesWhere((site) => lattice.thresholds[site]! < (regionOfSite(site).endsWith('Ear') ? 0.4 : 0.06));
    const count = (sites: Uint32Array, region: RegExp): number => {
      const { draft: made } = draft(sites);
      return made.regions.filter((index) => region.test(REGION_NAMES[index]!)).length;
    };
    const ears = sitesWhere((site) => regionOfSite(site).endsWith('Ear'));
    expect(ears.length).toBeGreaterThan(500);
    expect(count(detailed, /Ear$/)).toBeGreaterThan(3 * count(even, /Ear$/));
    expect(count(detailed, /^nose$/) / count(even, /^nose$/)).toBeCloseTo(1, 0);
    const { draft: made } = draft(detailed);
    const skinPoints = detailed.filter((site) => surface.layer[lattice.faces[site]!] === LAYER.skin).length;
    const skinSplats = made.layers.filter((layer) => layer === LAYER.skin).length;
    expect(skinSplats / (4 * skinPoints)).toBeGreaterThan(0.85);
    expect(skinSplats / (4 * skinPoints)).toBeLessThan(1.2);
  });

  it('lie as high as their points where the portrait does not see, as fitted where it does', () => {
    const sites = sitesWhere((site) => lattice.thresholds[site]! < 0.1);
    const flat = draft(sites).draft;
    const { draft: raised, raised: raisedSurface } = draft(sites, () => 0.001);
    expect(raised.faces).toEqual(flat.faces);
    let risen = 0;
    let unseen = 0;
    for (let i = 0; i < flat.count; i++) {
      const rise = [0, 1, 2].reduce((sum, axis) => sum + (raised.centers[i * 3 + axis]! - flat.centers[i * 3 + axis]!) * flat.normals[i * 3 + axis]!, 0);
      const region = REGION_NAMES[flat.regions[i]!]!;
      if (/Lid$|Eyeball$|Lip$|Teeth$|tongue|Cavity$|nose/.test(region)) expect(Math.abs(rise)).toBeLessThan(2e-4);
      else if (region === 'scalp' && flat.normals[i * 3 + 2]! < -0.8) { risen += rise; unseen++; }
    }
    expect(unseen).toBeGreaterThan(10);
    expect(risen / unseen).toBeGreaterThan(0.0004);
    expect(risen / unseen).toBeLessThan(0.0011);
    expect(raisedSurface.covering.surface).not.toEqual(covered.covering.surface);
  });

  it('know their point and are told about in finite numbers', () => {
    const sites = sitesWhere((site) => lattice.thresholds[site]! < 0.05);
    const made = draft(sites);
    const parents = findParents(made.draft, made.field);
    expect(parents.parents.every((parent) => parent < sites.length)).toBe(true);
    for (let i = 0; i < made.draft.count; i += 97) {
      const site = sites[parents.parents[i]!]!;
      const own = Math.hypot(...[0, 1, 2].map((axis) => made.draft.metric[i * 3 + axis]! - placed.metric[site * 3 + axis]!));
      if (Number.isFinite(parents.distancesMeters[i]!)) expect(own).toBeCloseTo(parents.distancesMeters[i]!, 5);
    }
    const painted = paintDraft({ ...covered, covering: made.raised.covering }, made.draft, new SeededRandom(1));
    const features = childFeatures(made.raised, made.draft, parents, painted, evidenceOn(evidence, made.raised));
    expect(features.length).toBe(made.draft.count * CHILD_FEATURE_COUNT);
    expect(features.every((value) => Math.abs(value) <= 1.5)).toBe(true);
  });

  it('are no hair where a lone point is, and stay near a few', () => {
    const skin = sitesWhere((site) => regionOfSite(site) !== 'shell' && lattice.thresholds[site]! < 0.05);
    const shell = sitesWhere((site) => regionOfSite(site) === 'shell');
    const metersApart = (a: Float32Array, i: number, b: Float32Array, j: number): number =>
      Math.hypot(...[0, 1, 2].map((axis) => a[i * 3 + axis]! - b[j * 3 + axis]!));
    const hairOf = (sites: Uint32Array): { made: ReturnType<typeof draft>['draft']; hair: number[] } => {
      const { draft: made } = draft(Uint32Array.from([...skin, ...sites]).sort());
      return { made, hair: Array.from(made.layers.keys()).filter((i) => made.layers[i] === LAYER.shell) };
    };
    expect(hairOf(shell.subarray(0, 1)).hair).toEqual([]);
    const few = shell.filter((site) => metersApart(placed.metric, site, placed.metric, shell[0]!) < 0.012).filter((_, i) => i % 3 === 0);
    const { made, hair } = hairOf(few);
    expect(hair.length).toBeGreaterThan(0);
    for (const i of hair) {
      expect(Math.min(...Array.from(few, (site) => metersApart(made.metric, i, placed.metric, site)))).toBeLessThan(0.0185);
    }
  });

  it('are no wider than a fifth of the reach where they are hair, however far the next one is', () => {
    const strands = sitesWhere((site) => regionOfSite(site) === 'shell').filter((_, i) => i % 900 === 0);
    const sites = {
      count: strands.length, faces: Uint32Array.from(strands, (site) => lattice.faces[site]!),
      barycentrics: Float32Array.from({ length: strands.length * 2 }, (_, at) => lattice.barycentrics[strands[at >> 1]! * 2 + (at & 1)]!),
      positions: Float32Array.from({ length: strands.length * 3 }, (_, at) => placed.metric[strands[Math.floor(at / 3)]! * 3 + (at % 3)]!),
    };
    const widest = (hairSigmaOfReach?: number): number =>
      Math.max(...assembleDraft(surface, sites, [...strands.keys()], () => 0.03, hairSigmaOfReach).sigmas);
    expect(widest(Infinity)).toBeGreaterThan(0.01);
    expect(widest()).toBeCloseTo(0.006, 6);
  });

  it('come even from a single point', () => {
    const { draft: made } = draft(sitesWhere((site) => regionOfSite(site) === 'nose').subarray(0, 1));
    expect(made.count).toBeGreaterThan(100);
    expect(made.centers.every(Number.isFinite)).toBe(true);
  });
});

describe('the tree of points', () => {
  it('finds the same neighbours as looking at all', () => {
    const random = new SeededRandom(3);
    const positions = Float32Array.from({ length: 900 }, () => random.between(-1, 1));
    const tree = new PointTree(positions);
    const indices = new Int32Array(6);
    const distances2 = new Float64Array(6);
    for (let round = 0; round < 50; round++) {
      const at = [random.between(-1.2, 1.2), random.between(-1.2, 1.2), random.between(-1.2, 1.2)] as const;
      expect(tree.nearest(...at, indices, distances2)).toBe(6);
      const all = Array.from({ length: 300 }, (_, i) => ({ i, d: Math.hypot(...at.map((value, axis) => value - positions[i * 3 + axis]!)) })).sort((a, b) => a.d - b.d);
      expect([...indices]).toEqual(all.slice(0, 6).map(({ i }) => i));
    }
    expect(new PointTree(positions.subarray(0, 6)).nearest(0, 0, 0, indices, distances2)).toBe(2);
  });
});
