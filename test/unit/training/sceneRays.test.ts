import { describe, expect, it } from 'vitest';
import type { Material, Part } from '../../../models/people/scene.ts';
import { joinParts } from '../../../models/people/scene.ts';
import { SceneRays } from '../../../models/training/data/sceneRays.ts';

const skin: Material = { kind: 'skin', texture: undefined, color: [1, 1, 1] };
const cloth: Material = { kind: 'cloth', texture: undefined, color: [1, 1, 1] };
/** Strands in the left half, nothing in the right. */
const hair: Material = { kind: 'hair', color: [1, 1, 1], texture: { width: 2, height: 1, data: Uint8Array.of(9, 9, 9, 255, 9, 9, 9, 0) } };

/** A square in the plane z, facing +z. */
function square(z: number, material: Material): Part {
  const positions = Float32Array.of(-1, -1, z, 1, -1, z, 1, 1, z, -1, 1, z);
  return {
    material, positions, restPositions: positions, triangles: Uint32Array.of(0, 1, 2, 0, 2, 3), cornerUvs: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1),
  };
}

function heightOver(parts: Part[], target: 'body' | 'cover', x: number): number {
  const scene = joinParts(parts);
  const rays = new SceneRays(scene, scene.positions);
  const hits = rays.newHits(1);
  rays.cast(target, Float32Array.of(x, 0.1, 0), Float32Array.of(0, 0, 1), 0, hits, 0);
  return hits.heights[0]!;
}

describe('SceneRays', () => {
  it('tells how far the surface lies above or below, and where', () => {
    const scene = joinParts([square(0.01, skin)]);
    const rays = new SceneRays(scene, scene.positions);
    const hits = rays.newHits(1);
    rays.cast('body', Float32Array.of(0.5, -0.5, 0), Float32Array.of(0, 0, 1), 0, hits, 0);
    expect(hits.heights[0]).toBeCloseTo(0.01, 6);
    const [b, c] = [hits.barycentrics[0]!, hits.barycentrics[1]!];
    const corner = (k: number, axis: number): number => scene.positions[scene.triangles[hits.triangles[0]! * 3 + k]! * 3 + axis]!;
    for (const [axis, expected] of [[0, 0.5], [1, -0.5]] as const) {
      expect((1 - b - c) * corner(0, axis) + b * corner(1, axis) + c * corner(2, axis)).toBeCloseTo(expected, 5);
    }
    expect(heightOver([square(-0.03, skin)], 'body', 0.3)).toBeCloseTo(-0.03, 6);
  });

  it('finds nothing beyond its reach', () => {
    expect(heightOver([square(0.1, skin)], 'body', 0)).toBeNaN();
  });

  it('takes the surface nearest by, and cloth that lies closely over it', () => {
    expect(heightOver([square(0.002, skin), square(0.05, skin)], 'body', 0.3)).toBeCloseTo(0.002, 6);
    expect(heightOver([square(0.002, skin), square(0.008, cloth)], 'body', 0.3)).toBeCloseTo(0.008, 6);
  });

  it('passes through hair where its texture is clear, and takes the outermost elsewhere', () => {
    const parts = [square(0.02, hair), square(0.01, { ...cloth, onHead: true })];
    expect(heightOver(parts, 'cover', -0.5)).toBeCloseTo(0.02, 6);
    expect(heightOver(parts, 'cover', 0.5)).toBeCloseTo(0.01, 6);
  });

  it('keeps headwear and body apart', () => {
    expect(heightOver([square(0.01, { ...cloth, onHead: true })], 'body', 0.2)).toBeNaN();
    expect(heightOver([square(0.01, skin)], 'cover', 0.2)).toBeNaN();
  });
});
