import { describe, expect, it } from 'vitest';
import { findEyeballs } from '../../../client/render/splats/eyeballs.ts';
import { neutralHead } from '../../../shared/rig/skinning.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { headRig, posed, rigPose } from '../../support/headRig.ts';
import { tinyRig } from '../../support/tinyRig.ts';

describe('findEyeballs', () => {
  const { faces, pupils } = findEyeballs(headRig);

  it('finds one run of faces, and where the second eye begins', () => {
    const name = (face: number): string | undefined => headRig.regionNames[headRig.faceRegions[face]!];
    expect([name(faces.x - 1), name(faces.x), name(faces.y - 1), name(faces.y), name(faces.z), name(faces.z + 1)].map((region) => region?.endsWith('Eyeball')))
      .toEqual([false, true, true, true, true, false]);
    expect(name(faces.y - 1)).toBe(name(faces.x));
    expect(name(faces.y)).toBe(name(faces.z));
    expect(name(faces.x)).not.toBe(name(faces.z));
  });

  it('finds pupils whose normals are the gaze of each eye', () => {
    const frames = new FaceFrames(headRig, neutralHead(headRig, []).positions);
    frames.update(posed(rigPose({ eyeLookUpLeft: 1, eyeLookInRight: 1 })));
    const normal = (vertex: number): number[] => [...frames.vertexNormals.subarray(vertex * 3, vertex * 3 + 3)];
    const left = normal(pupils.x), right = normal(pupils.y);
    expect(Math.asin(left[1]!) * (180 / Math.PI)).toBeCloseTo(25, 0);
    expect(Math.asin(right[0]!) * (180 / Math.PI)).toBeCloseTo(30, 0);
  });

  it('finds none on a rig without eyes', () => {
    const none = findEyeballs({ ...tinyRig(), hash: '' });
    expect(none.faces.z).toBeLessThan(none.faces.x);
  });
});
