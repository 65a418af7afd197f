import { describe, expect, it } from 'vitest';
import { BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import { distance, headRig, landmarkAt, pointAt, posed, rigPose, verticesOf } from '../../support/headRig.ts';

/** MediaPipe's upper and lower lash lines of the left eye, pairwise above each other. */
const LEFT_LASHES = [[384, 381], [385, 380], [386, 374], [387, 373], [388, 390]] as const;
const RIGHT_LASHES = [[157, 154], [158, 153], [159, 145], [160, 144], [161, 163]] as const;
const LIPS_INSIDE = [13, 14] as const;

const neutral = posed(rigPose());
const gap = (positions: Float32Array, [upper, lower]: readonly [number, number]): number =>
  landmarkAt(positions, upper)[1] - landmarkAt(positions, lower)[1];
const meanGap = (positions: Float32Array, pairs: readonly (readonly [number, number])[]): number =>
  pairs.reduce((sum, pair) => sum + gap(positions, pair) / pairs.length, 0);

describe('blendshapes of head.rig', () => {
  it('are the 52 of ARKit in order, and each moves something', () => {
    expect(headRig.blendshapes.map(({ name }) => name)).toEqual([...BLENDSHAPE_NAMES]);
    for (const { name, vertexIndices } of headRig.blendshapes) expect(vertexIndices.length, name).toBeGreaterThan(20);
  });

  it('mirror each other exactly', () => {
    const dense = headRig.blendshapes.map(({ vertexIndices, deltas }) => {
      const field = new Float32Array(headRig.vertexCount * 3);
      vertexIndices.forEach((vertex, row) => { field.set(deltas.subarray(row * 3, row * 3 + 3), vertex * 3); });
      return field;
    });
    BLENDSHAPE_NAMES.forEach((name, index) => {
      const partner = name.endsWith('Left') ? name.replace(/Left$/, 'Right') : name.endsWith('Right') ? name.replace(/Right$/, 'Left') : name;
      const other = dense[BLENDSHAPE_NAMES.findIndex((candidate) => candidate === partner)]!;
      headRig.mirrorVertices.forEach((mirrored, vertex) => {
        const same = dense[index]![vertex * 3] === -other[mirrored * 3]! && dense[index]![vertex * 3 + 1] === other[mirrored * 3 + 1]
          && dense[index]![vertex * 3 + 2] === other[mirrored * 3 + 2];
        if (!same) expect.fail(`${name} at vertex ${vertex}`);
      });
    });
    headRig.mirrorVertices.forEach((mirrored, vertex) => {
      if (headRig.positions[vertex * 3] !== -headRig.positions[mirrored * 3]!) expect.fail(`rest position of vertex ${vertex}`);
    });
  });

  it('eyeBlink closes: the lash lines meet', () => {
    const blink = posed(rigPose({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }));
    for (const lashes of [LEFT_LASHES, RIGHT_LASHES]) {
      expect(meanGap(neutral, lashes)).toBeGreaterThan(0.005);
      expect(Math.abs(meanGap(blink, lashes))).toBeLessThan(0.12 * meanGap(neutral, lashes));
    }
  });

  it('keeps the lids off the eyeball all the way down', () => {
    const eye = headRig.joints.find(({ name }) => name === 'leftEye')!.position;
    const ball = [...verticesOf('leftEyeball')].map((vertex) => distance(pointAt(neutral, vertex), eye)).sort((a, b) => a - b);
    const radius = ball[Math.floor(ball.length / 2)]!;
    const lids = [...verticesOf('leftUpperLid', 'leftLowerLid')].filter((vertex) =>
      distance(pointAt(neutral, vertex), eye) > radius + 0.0003 && neutral[vertex * 3 + 2]! > eye[2]);
    expect(lids.length).toBeGreaterThan(60);
    for (const weights of [{ eyeBlinkLeft: 0.25 }, { eyeBlinkLeft: 0.5 }, { eyeBlinkLeft: 0.75 }, { eyeBlinkLeft: 1 }, { eyeLookDownLeft: 1 }, { eyeSquintLeft: 1 }, { eyeWideLeft: 1 }]) {
      const positions = posed(rigPose(weights));
      for (const vertex of lids) expect(distance(pointAt(positions, vertex), eye), `vertex ${vertex} in ${JSON.stringify(weights)}`).toBeGreaterThan(radius);
    }
  });

  it('jawOpen opens wide, mouthClose closes the lips again while the chin stays down', () => {
    const open = posed(rigPose({ jawOpen: 1 }));
    const closed = posed(rigPose({ jawOpen: 1, mouthClose: 1 }));
    expect(gap(neutral, LIPS_INSIDE)).toBeLessThan(0.004);
    expect(gap(open, LIPS_INSIDE)).toBeGreaterThan(0.025);
    expect(gap(closed, LIPS_INSIDE)).toBeLessThan(gap(neutral, LIPS_INSIDE) + 0.0015);
    expect(landmarkAt(neutral, 152)[1] - landmarkAt(closed, 152)[1]).toBeGreaterThan(0.015);
  });

  it('carries lower teeth and tongue with the jaw and leaves the upper teeth on the skull', () => {
    const everything = posed(rigPose(Object.fromEntries(BLENDSHAPE_NAMES.map((name) => [name, 0.5]))));
    for (const vertex of verticesOf('upperTeeth')) expect(distance(pointAt(everything, vertex), pointAt(neutral, vertex))).toBeLessThan(1e-6);
    const open = posed(rigPose({ jawOpen: 1 }));
    const fall = (...names: Parameters<typeof verticesOf>): number => {
      const vertices = [...verticesOf(...names)];
      return vertices.reduce((sum, vertex) => sum + (neutral[vertex * 3 + 1]! - open[vertex * 3 + 1]!) / vertices.length, 0);
    };
    expect(fall('lowerTeeth')).toBeGreaterThan(0.012);
    expect(fall('tongue')).toBeGreaterThan(0.006);
  });

  it('moves no eyeball and no hair by an expression', () => {
    const still = verticesOf('leftEyeball', 'rightEyeball', 'shell');
    for (const { name, vertexIndices } of headRig.blendshapes) {
      for (const vertex of vertexIndices) if (still.has(vertex)) expect.fail(`${name} moves vertex ${vertex}`);
    }
  });
});

describe('identity basis of head.rig', () => {
  it('is ordered by its standard deviations and displaces by them', () => {
    const { standardDeviations, componentCount, components } = headRig.identity;
    for (let k = 1; k < componentCount; k++) expect(standardDeviations[k]).toBeLessThanOrEqual(standardDeviations[k - 1]!);
    const largest = components.subarray(0, headRig.vertexCount * 3).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(0.005);
    expect(largest).toBeLessThan(0.08);
  });

  it('keeps the lids around the eyeballs and the lips closed on other heads', () => {
    for (const identity of [[2, 0, 0, 1, -1], [-2, 1, -1, 0, 1, 1], [0, -2, 2, -1, 1, -1, 1]]) {
      const head = posed(rigPose(), identity);
      expect(gap(head, LIPS_INSIDE)).toBeLessThan(0.006);
      expect(meanGap(posed(rigPose({ eyeBlinkLeft: 1 }), identity), LEFT_LASHES)).toBeLessThan(0.35 * meanGap(head, LEFT_LASHES));
    }
  });
});

describe('landmarks of head.rig', () => {
  it('lie on the face where they belong', () => {
    const { faces, barycentrics, weights } = headRig.landmarks;
    for (let landmark = 0; landmark < 478; landmark++) {
      expect(barycentrics[landmark * 3]! + barycentrics[landmark * 3 + 1]! + barycentrics[landmark * 3 + 2]!).toBeCloseTo(1, 5);
      expect(weights[landmark]).toBeGreaterThanOrEqual(0);
      const region = headRig.regionNames[headRig.faceRegions[faces[landmark]!]!];
      expect(['shell', 'upperTeeth', 'lowerTeeth', 'tongue', 'bust']).not.toContain(region);
    }
    // Right and left irises, then eye corners: the subject's left is +x.
    expect(landmarkAt(neutral, 468)[0]).toBeLessThan(-0.02);
    expect(landmarkAt(neutral, 473)[0]).toBeGreaterThan(0.02);
    expect(landmarkAt(neutral, 263)[0]).toBeGreaterThan(landmarkAt(neutral, 362)[0]);
    expect(landmarkAt(neutral, 1)[2]).toBeGreaterThan(landmarkAt(neutral, 0)[2]);
  });
});
