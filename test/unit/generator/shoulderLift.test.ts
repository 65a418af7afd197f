import { beforeAll, describe, expect, it } from 'vitest';
import { signedDistance } from '../../../server/generator/distanceField.ts';
import { placePortrait, type FittedPortrait } from '../../../server/generator/fittedPortrait.ts';
import { findRigZones } from '../../../server/generator/rigZones.ts';
import { liftShoulders } from '../../../server/generator/shoulderLift.ts';
import { committedRig, paintedPortrait } from '../../support/paintedPortrait.ts';

const zones = findRigZones(committedRig());
/** Rows of the picture, of about 1.8 mm, by which the person's shoulders stand higher than the rig's. */
const RAISED_ROWS = 12;

describe('liftShoulders', () => {
  let fitted: FittedPortrait;
  let liftsMeters: Float32Array;

  beforeAll(() => {
    const portrait = paintedPortrait({ seed: 3 });
    const { width, height } = portrait.image;
    const raised = new Uint8Array(portrait.matte.length);
    for (let at = 0; at < raised.length; at += 1) {
      raised[at] = Math.max(portrait.matte[at]!, portrait.matte[Math.min(raised.length - 1, at + RAISED_ROWS * width)]!);
    }
    fitted = placePortrait(committedRig(), portrait);
    const moved = liftShoulders(fitted.head, zones, fitted.labels, signedDistance(raised, width, height));
    liftsMeters = Float32Array.from(zones.body.vertices, (vertex, i) =>
      Math.hypot(...[0, 1, 2].map((axis) => moved[i * 3 + axis]! - fitted.head.posed[vertex * 3 + axis]!)));
  });

  it('lifts shoulders to where the person has them', () => {
    const shoulders = [...liftsMeters].filter((_, i) => committedRig().positions[zones.body.vertices[i]! * 3 + 1]! < -0.2);
    expect(shoulders.length).toBeGreaterThan(100);
    expect(shoulders.reduce((sum, lift) => sum + lift, 0) / shoulders.length).toBeGreaterThan(0.005);
  });

  it('keeps the throat on the jaw: lifted off, it would gape when the head looks up', () => {
    const { positions } = committedRig();
    const at = (vertex: number): number[] => [...positions.subarray(vertex * 3, vertex * 3 + 3)];
    const throat = [...zones.body.vertices].filter((vertex, i) => zones.bodySeam[i] === 1 && at(vertex)[2]! > -0.045);
    expect(throat.length).toBeGreaterThan(10);
    zones.body.vertices.forEach((vertex, i) => {
      const away = Math.min(...throat.map((other) => Math.hypot(...at(other).map((value, axis) => value - at(vertex)[axis]!))));
      if (throat.includes(vertex)) expect(liftsMeters[i]).toBe(0);
      // No cliff beside it either, for the outline there to be the throat's.
      if (away < 0.01) expect(liftsMeters[i]!).toBeLessThanOrEqual(away);
    });
  });
});
