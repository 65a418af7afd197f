import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LANDMARK_COUNT } from '../../../shared/fit/landmarkModel.ts';
import { WeakShapes } from '../../../shared/fit/weakShapes.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';

interface Fixture {
  readonly landmarks: readonly number[];
  readonly heads: Readonly<Record<string, Readonly<Record<string, { readonly shapes: Readonly<Record<string, number>>; readonly points: readonly number[] }>>>>;
}

const { landmarks: numbers, heads } = JSON.parse(readFileSync(new URL('../../fixtures/landmarks/expressions.json', import.meta.url), 'utf8')) as Fixture;
const WEAK = ['cheekPuff', 'noseSneerLeft', 'noseSneerRight', 'eyeWideLeft', 'eyeWideRight'] as const;
const index = (name: BlendshapeName): number => BLENDSHAPE_NAMES.indexOf(name);

function landmarksOf(points: readonly number[]): Float32Array {
  const all = new Float32Array(LANDMARK_COUNT * 3);
  for (const [row, landmark] of numbers.entries()) for (let axis = 0; axis < 3; axis++) all[landmark * 3 + axis] = points[row * 3 + axis]! / 1e5;
  return all;
}

/** What is read of a head's expression by somebody whose tracker gives every shape but the weak ones. */
function readings(head: string, expression: string, turnRadians = 0): Record<(typeof WEAK)[number], number> {
  const weak = new WeakShapes();
  const rest = landmarksOf(heads[head]!['rest']!.points);
  for (let i = 0; i < 12; i++) weak.apply(rest, 1, 0, new Float32Array(BLENDSHAPE_COUNT), i * 33);
  const { shapes, points } = heads[head]![expression]!;
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [shape, weight] of Object.entries(shapes)) weights[Number(shape)] = weight;
  for (const name of WEAK) weights[index(name)] = 0;
  weak.apply(landmarksOf(points), 1, turnRadians, weights, 500);
  return Object.fromEntries(WEAK.map((name) => [name, weights[index(name)]!])) as Record<(typeof WEAK)[number], number>;
}

describe.each(Object.keys(heads))('shapes that the expression model hardly sees, off %s\'s landmarks', (head) => {
  test('eyes torn open, half and wholly', () => {
    const half = readings(head, 'wide5'), whole = readings(head, 'wide');
    for (const name of ['eyeWideLeft', 'eyeWideRight'] as const) {
      expect(half[name]).toBeGreaterThan(0.1);
      expect(whole[name]).toBeGreaterThan(0.6);
      expect(whole[name]).toBeGreaterThan(half[name]);
    }
  });

  test('a wrinkled nose, half and wholly, and one wing of it', () => {
    for (const name of ['noseSneerLeft', 'noseSneerRight'] as const) {
      expect(readings(head, 'sneer5')[name]).toBeGreaterThan(0.2);
      expect(readings(head, 'sneer')[name]).toBeGreaterThan(0.6);
    }
    const one = readings(head, 'sneerL');
    expect(one.noseSneerLeft).toBeGreaterThan(0.8);
    expect(one.noseSneerRight).toBeLessThan(0.1);
  });

  test('every other expression is none of them', () => {
    for (const expression of Object.keys(heads[head]!)) {
      const read = readings(head, expression);
      for (const name of WEAK) {
        const shown = heads[head]![expression]!.shapes[index(name)] ?? 0;
        if (shown === 0) expect(read[name], `${expression}: ${name}`).toBeLessThan(0.25);
      }
    }
  });

  test('a turned head says nothing', () => {
    expect(Object.values(readings(head, 'wide', 0.6)).every((value) => value === 0)).toBe(true);
  });
});

describe('weak shapes', () => {
  test('puffed cheeks are read, more or less by head', () => {
    const read = Object.keys(heads).map((head) => readings(head, 'puff').cheekPuff);
    expect(Math.min(...read)).toBeGreaterThan(0);
    expect(read.reduce((sum, value) => sum + value, 0) / read.length).toBeGreaterThan(0.35);
  });

  test('what the model sees itself is kept', () => {
    const weak = new WeakShapes();
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    weights[index('cheekPuff')] = 0.7;
    const rest = landmarksOf(heads['ada']!['rest']!.points);
    for (let i = 0; i < 20; i++) weak.apply(rest, 1, 0, weights, i * 33);
    expect(weights[index('cheekPuff')]).toBeCloseTo(0.7);
  });

  test('no face, no reading', () => {
    const weak = new WeakShapes();
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    for (let i = 0; i < 20; i++) weak.apply(new Float32Array(LANDMARK_COUNT * 3), 4 / 3, 0, weights, i * 33);
    expect(weights.every((weight) => weight === 0)).toBe(true);
  });
});
