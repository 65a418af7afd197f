import { describe, expect, it } from 'vitest';
import { orbitCamera, project } from '../../../models/people/camera.ts';
import { collectStrands, rasterize } from '../../../models/people/rasterizer.ts';
import { joinParts } from '../../../models/people/scene.ts';
import type { Material, Part } from '../../../models/people/scene.ts';
import { scatterUnderSkin } from '../../../models/people/skinScattering.ts';
import { encodeSrgb, LINEAR_FROM_BYTE, sampleBilinear } from '../../../models/people/texture.ts';
import { randomTraits } from '../../../models/people/traits.ts';

const skin: Material = { kind: 'skin', texture: undefined, color: [1, 1, 1] };
const halfClear = { width: 2, height: 2, data: Uint8Array.of(200, 100, 50, 255, 0, 0, 0, 0, 200, 100, 50, 255, 0, 0, 0, 0) };

/** A square of two triangles in the plane z, facing +z. */
function square(z: number, half: number, material: Material): Part {
  const positions = Float32Array.of(-half, -half, z, half, -half, z, half, half, z, -half, half, z);
  return {
    material, positions, restPositions: positions, triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
    cornerUvs: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1),
  };
}

const camera = orbitCamera({ target: [0, 0, 0], distance: 2, yaw: 0, pitch: 0, heightMeters: 2, width: 64, height: 64 });

describe('rasterize', () => {
  it('shows the nearer of two squares and nothing outside', () => {
    const scene = joinParts([square(0, 0.5, skin), square(0.2, 0.2, skin)]);
    const seen = rasterize(scene, { width: 64, height: 64, projected: project(camera, scene.positions), perspective: true }, 'skip');
    const materialAt = (x: number, y: number): number => (seen.triangles[y * 64 + x]! < 0 ? -1 : scene.triangleMaterials[seen.triangles[y * 64 + x]!]!);
    expect(materialAt(32, 32)).toBe(1);
    expect(materialAt(20, 32)).toBe(0);
    expect(materialAt(2, 2)).toBe(-1);
  });

  it('keeps strands apart and drops their clear half', () => {
    const scene = joinParts([square(0, 0.5, skin), square(0.2, 0.4, { kind: 'hair', texture: halfClear, color: [1, 1, 1] })]);
    const target = { width: 64, height: 64, projected: project(camera, scene.positions), perspective: true };
    const opaque = rasterize(scene, target, 'skip');
    expect(scene.triangleMaterials[opaque.triangles[32 * 64 + 25]!]).toBe(0);
    const strands = collectStrands(scene, target, opaque);
    expect(strands.heads[32 * 64 + 25]).toBeGreaterThanOrEqual(0);
    expect(strands.heads[32 * 64 + 40]).toBe(-1);
  });
});

describe('camera', () => {
  it('fills the picture with the asked height at its target', () => {
    const [x, y] = project(camera, Float32Array.of(0, 1, 0));
    expect(x).toBeCloseTo(32, 4);
    expect(y).toBeCloseTo(0, 4);
  });
});

describe('scatterUnderSkin', () => {
  it('leaves even light as it is, spreads red further than blue, and stays on the skin', () => {
    const size = 40;
    const mask = new Uint8Array(size * size).fill(1);
    const even = new Float32Array(size * size * 3).fill(0.7);
    scatterUnderSkin(even, mask, size, size, 2000);
    for (const value of even) expect(value).toBeCloseTo(0.7, 5);
    const half = Float32Array.from({ length: size * size * 3 }, (_, i) => (Math.floor(i / 3) % size < 20 ? 1 : 0));
    scatterUnderSkin(half, mask, size, size, 2000);
    const at = (20 * size + 24) * 3;
    expect(half[at]!).toBeGreaterThan(half[at + 2]! + 0.05);
  });
});

describe('textures', () => {
  it('do not bleed what is transparent into what is not', () => {
    const out = new Float32Array(4);
    sampleBilinear(halfClear, 0.5, 0.5, out);
    expect(out[0]).toBeCloseTo(LINEAR_FROM_BYTE[200]!, 1);
  });

  it('convert sRGB there and back', () => {
    for (const byte of [0, 5, 60, 128, 255]) expect(Math.round(encodeSrgb(LINEAR_FROM_BYTE[byte]!) * 255)).toBe(byte);
  });
});

describe('randomTraits', () => {
  it('are the same for the same seed and differ between seeds', () => {
    expect(randomTraits(7)).toEqual(randomTraits(7));
    expect(randomTraits(7)).not.toEqual(randomTraits(8));
  });
});
