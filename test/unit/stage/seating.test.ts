import { PerspectiveCamera, Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import { arrangementFor } from '../../../client/render/stage/arrangement.ts';
import { arcPoint, planSeating, type SeatingPlan } from '../../../client/render/stage/seating.ts';

const ASPECTS = [0.46, 1, 1.6, 2.4];
const cases = [
  ...Array.from({ length: 12 }, (_, index) => index + 1).flatMap((count) => (['table', 'circle'] as const).map((arrangement) => ({ arrangement, count }))),
  ...[1, 5, 13, 25, 60, 100].map((count) => ({ arrangement: 'theatre' as const, count })),
].flatMap((each) => ASPECTS.map((aspect) => ({ ...each, aspect })));

function cameraOf(plan: SeatingPlan, aspect: number): PerspectiveCamera {
  const camera = new PerspectiveCamera(plan.fieldOfViewDegrees, aspect, 0.1, 100);
  camera.position.set(...plan.cameraPosition);
  camera.lookAt(...plan.target);
  camera.updateMatrixWorld();
  return camera;
}

test('what is asked for, else a table for four, a circle for twelve, a theatre beyond', () => {
  expect([0, 4, 5, 12, 13, 100].map((count) => arrangementFor('auto', count))).toEqual(['table', 'table', 'circle', 'circle', 'theatre', 'theatre']);
  expect(arrangementFor('grid', 3)).toBe('grid');
});

describe('seating', () => {
  test.each(cases)('$arrangement, $count people at $aspect:1: apart, in front of the viewer, facing them', ({ arrangement, count, aspect }) => {
    const { places } = planSeating(arrangement, count, aspect);
    expect(places).toHaveLength(count);
    for (const [i, a] of places.entries()) {
      expect(a.position[2]).toBeLessThan(-0.7);
      const towardsViewer = Math.atan2(-a.position[0], -a.position[2]);
      // Turned towards the camera, not beyond it.
      expect(Math.abs(a.yawRadians)).toBeLessThanOrEqual(Math.abs(towardsViewer) + 1e-9);
      expect(a.yawRadians * towardsViewer).toBeGreaterThanOrEqual(0);
      for (const b of places.slice(i + 1)) {
        expect(Math.hypot(a.position[0] - b.position[0], a.position[1] - b.position[1], a.position[2] - b.position[2])).toBeGreaterThan(0.3);
      }
    }
  });

  test.each(cases)('$arrangement, $count people at $aspect:1: every face is inside the view and above the controls', ({ arrangement, count, aspect }) => {
    const plan = planSeating(arrangement, count, aspect);
    const camera = cameraOf(plan, aspect);
    for (const { position: [x, y, z] } of plan.places) {
      for (const side of [-0.09, 0.09]) for (const up of [-0.12, 0.15]) {
        const seen = new Vector3(x + side, y + up, z).project(camera);
        expect(Math.abs(seen.x)).toBeLessThan(1);
        expect(seen.y).toBeLessThan(0.95);
        expect(seen.y).toBeGreaterThan(-0.72);
      }
    }
  });

  test.each(cases)('$arrangement, $count people at $aspect:1: nobody\'s eyes or mouth are behind somebody\'s head', ({ arrangement, count, aspect }) => {
    const plan = planSeating(arrangement, count, aspect);
    const camera = cameraOf(plan, aspect);
    const heads = plan.places.map(({ position: [x, y, z] }) => ({
      eyes: new Vector3(x, y, z).project(camera), mouth: new Vector3(x, y - 0.07, z).project(camera),
      crown: new Vector3(x, y + 0.13, z).project(camera), distance: -z, halfWidth: 0.075 / (-z * Math.tan((plan.fieldOfViewDegrees / 2) * Math.PI / 180) * aspect),
    }));
    for (const behind of heads) for (const front of heads) {
      if (front.distance >= behind.distance - 0.05) continue;
      for (const part of [behind.eyes, behind.mouth]) {
        const hidden = Math.abs(part.x - front.eyes.x) < front.halfWidth && part.y < front.crown.y && part.y > front.mouth.y;
        expect(hidden).toBe(false);
      }
    }
  });

  test.each(cases)('$arrangement, $count people at $aspect:1: each row has a desk between it and the viewer, from side to side', ({ arrangement, count, aspect }) => {
    const plan = planSeating(arrangement, count, aspect);
    expect(plan.desks.map(({ row }) => row)).toEqual([...new Set(plan.places.map(({ row }) => row))]);
    for (const desk of plan.desks) {
      expect(desk.frontRadius).toBeLessThan(desk.backRadius);
      const [x, z] = arcPoint(desk.arc, desk.backRadius, desk.halfAngle);
      expect(z).toBeLessThan(0);
      expect(x / -z).toBeGreaterThan(Math.tan((plan.fieldOfViewDegrees / 2) * Math.PI / 180) * Math.min(aspect, 2.2));
    }
  });

  test('a tall screen stacks people in rows, a wide one sets them side by side', () => {
    const rows = (aspect: number) => planSeating('table', 4, aspect).desks.length;
    expect(rows(0.46)).toBeGreaterThan(1);
    expect(rows(2.2)).toBe(1);
  });

  test('a full theatre is planned well within a frame', () => {
    const startMs = performance.now();
    for (let i = 0; i < 20; i++) planSeating('theatre', 100, 1 + i / 20);
    process.stderr.write(`    theatre of 100: ${((performance.now() - startMs) / 20).toFixed(2)} ms a plan\n`);
  });
});
