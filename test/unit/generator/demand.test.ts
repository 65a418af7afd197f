import { describe, expect, it } from 'vitest';
import { fitCovering } from '../../../server/generator/covering.ts';
import { completeDetail, demandOfDetail, observeDetail, portraitDemand, withTrueGradients, type DemandPoints } from '../../../server/generator/demand.ts';
import { signedDistance } from '../../../server/generator/distanceField.ts';
import { draftSurface, faceHasHair } from '../../../server/generator/draftSurface.ts';
import { placeFittedHead, regionOf } from '../../../server/generator/fittedHead.ts';
import { labelPortrait } from '../../../server/generator/labelMap.ts';
import { findRigZones } from '../../../server/generator/rigZones.ts';
import { triangleArea } from '../../../server/generator/siteSampler.ts';
import type { AnalysedPortrait } from '../../../server/perception/analysedPortrait.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const rig = committedRig();
const zones = findRigZones(rig);

/** A portrait's faces, one point in the middle of each. */
function facesOf(portrait: AnalysedPortrait): { points: DemandPoints; context: Parameters<typeof observeDetail>[1] } {
  const head = placeFittedHead(rig, portrait);
  const labels = labelPortrait(portrait);
  const matte = signedDistance(portrait.matte, portrait.image.width, portrait.image.height);
  const covering = fitCovering(head, zones, portrait, labels, matte);
  const surface = draftSurface(head, covering);
  const faces = surface.shown.filter((face) => regionOf(rig, face) !== 'shell' || faceHasHair(surface, face));
  const middle = (values: Float32Array): Float32Array => Float32Array.from(faces.flatMap((face) => [0, 1, 2].map((axis) =>
    [0, 1, 2].reduce((sum, corner) => sum + values[rig.faces[face * 3 + corner]! * 3 + axis]! / 3, 0))));
  const points = {
    count: faces.length, faces, centers: middle(covering.surface), normals: middle(surface.normals), metric: middle(surface.metric),
    areas: Float32Array.from(faces, (face) => triangleArea(surface.metric, rig.faces, face)),
  };
  return { points, context: { head, covering, portrait, labels, matte } };
}

function total({ areas }: DemandPoints, densities: Float32Array): number {
  return densities.reduce((sum, density, i) => sum + density * areas[i]!, 0);
}

const portrait = paintedPortrait({ seed: 4 });
const { points, context } = facesOf(portrait);

describe('demand', { timeout: 60_000 }, () => {
  it('asks for as many splats as it is told to, within the floors and caps of regions', () => {
    const detail = completeDetail(points, observeDetail(points, context), context);
    for (const wanted of [35_000, 50_000]) expect(total(points, demandOfDetail(points, detail, context, wanted))).toBeCloseTo(wanted, -2);
  });

  it('asks for more where there is more to see', () => {
    const speckled = { ...portrait, image: { ...portrait.image, data: portrait.image.data.map((value, i) => (Math.floor(i / 12) % 2 === 0 ? value : value * 0.6)) } };
    const other = facesOf(speckled);
    expect(total(other.points, portraitDemand(other.points, other.context))).toBeGreaterThan(1.1 * total(points, portraitDemand(points, context)));
  });

  it('believes the truth only where the portrait does not see', () => {
    const seen = observeDetail(points, context);
    const truth = new Float32Array(points.count).fill(0.123);
    const { gradients } = withTrueGradients(seen, truth);
    for (let i = 0; i < points.count; i += 1) {
      if (seen.trust[i] === 0) expect(gradients[i]).toBeCloseTo(0.123);
      if (seen.trust[i]! >= 0.5) expect(gradients[i]).toBeCloseTo(seen.gradients[i]!);
    }
  });
});
