import type { BaseMesh } from '../makehuman/baseMesh.ts';
import type { RigPart } from './rigPart.ts';

/** Polar angles of the rings from the gaze axis, degrees: pupil, iris (its rim at `IRIS_DEGREES`), white, back. */
const RING_DEGREES = [0, 4.5, 9, 14, 18.5, 22.5, 26, 31, 38, 47, 58, 72, 92, 130, 180] as const;
const SEGMENTS = 20;
/** A real iris is 11.7 mm wide; on MakeHuman's eyeball of 15.4 mm radius that is this polar angle. */
export const IRIS_DEGREES = 22.5;
/** Height of the cornea over the sphere, as a share of the eyeball's radius. */
const CORNEA_BULGE = 0.02;
const CORNEA_DEGREES = 26;

export interface EyeballPart extends RigPart {
  /** Centre and radius for a shaped base mesh, metres. Affine in `source`. */
  sphere(source: Float32Array): { center: [number, number, number]; radius: number };
}

/**
 * An eyeball of our own around MakeHuman's coarse one. UVs: (0.5, 0.5) is the pupil and the distance from there grows
 * with the polar angle to 0.5 at the back, so the iris is the disc of radius 0.5 · IRIS_DEGREES / 180.
 */
export function eyeballPart(side: 'left' | 'right', base: BaseMesh, positions: Float32Array): EyeballPart {
  const vertices = eyeVertices(base, side);
  const count = vertices.length;
  const directions = new Float64Array(count * 3);
  const center = (source: Float32Array): [number, number, number] => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const vertex of vertices) for (let axis = 0; axis < 3; axis++) sum[axis]! += source[vertex * 3 + axis]! / count;
    return sum;
  };
  const middle = center(positions);
  vertices.forEach((vertex, row) => {
    const offset = [0, 1, 2].map((axis) => positions[vertex * 3 + axis]! - middle[axis]!);
    const length = Math.hypot(offset[0]!, offset[1]!, offset[2]!);
    for (let axis = 0; axis < 3; axis++) directions[row * 3 + axis] = offset[axis]! / length;
  });
  const sphere = (source: Float32Array): { center: [number, number, number]; radius: number } => {
    const own = center(source);
    let radius = 0;
    vertices.forEach((vertex, row) => {
      for (let axis = 0; axis < 3; axis++) radius += directions[row * 3 + axis]! * (source[vertex * 3 + axis]! - own[axis]!);
    });
    return { center: own, radius: radius / count };
  };
  const { unit, uvs, faces } = eyeballMesh(side === 'left' ? 1 : -1);
  return {
    name: side === 'left' ? 'leftEyeball' : 'rightEyeball',
    vertexCount: unit.length / 3, uvs, faces, sphere,
    shape(source, out, start) {
      const { center: own, radius } = sphere(source);
      for (let i = 0; i < unit.length; i++) out[start * 3 + i] = own[i % 3]! + radius * unit[i]!;
    },
  };
}

function eyeVertices(base: BaseMesh, side: 'left' | 'right'): number[] {
  const group = base.groupNames.indexOf(side === 'left' ? 'helper-l-eye' : 'helper-r-eye');
  const vertices = new Set<number>();
  base.quadGroups.forEach((own, quad) => {
    if (own === group) for (const vertex of base.quads.subarray(quad * 4, quad * 4 + 4)) vertices.add(vertex);
  });
  return [...vertices].sort((a, b) => a - b);
}

/** Vertices on a unit sphere with a cornea, looking along +z; `handedness` -1 mirrors it for the right eye. */
function eyeballMesh(handedness: 1 | -1): { unit: Float32Array; uvs: Float32Array; faces: Uint32Array } {
  const unit: number[] = [];
  const uvs: number[] = [];
  const rings: number[][] = [];
  for (const degrees of RING_DEGREES) {
    const polar = (degrees * Math.PI) / 180;
    const edge = Math.min(1, degrees / CORNEA_DEGREES);
    const radius = 1 + CORNEA_BULGE * (1 - edge * edge) ** 2;
    const pole = degrees === 0 || degrees === 180;
    const ring: number[] = [];
    for (let segment = 0; segment < (pole ? 1 : SEGMENTS); segment++) {
      const turn = (2 * Math.PI * segment) / SEGMENTS;
      const x = handedness * Math.cos(turn), y = Math.sin(turn);
      ring.push(unit.length / 3);
      unit.push(radius * Math.sin(polar) * x, radius * Math.sin(polar) * y, radius * Math.cos(polar));
      uvs.push(0.5 + (0.5 * degrees * x) / 180, 0.5 + (0.5 * degrees * y) / 180);
    }
    rings.push(ring);
  }
  const faces: number[] = [];
  const add = (a: number, b: number, c: number): void => {
    if (handedness === 1) faces.push(a, b, c); else faces.push(a, c, b);
  };
  for (let ring = 1; ring < rings.length; ring++) {
    const inner = rings[ring - 1]!, outer = rings[ring]!;
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const next = (segment + 1) % SEGMENTS;
      if (inner.length === 1) add(inner[0]!, outer[segment]!, outer[next]!);
      else if (outer.length === 1) add(inner[segment]!, outer[0]!, inner[next]!);
      else {
        add(inner[segment]!, outer[segment]!, outer[next]!);
        add(inner[segment]!, outer[next]!, inner[next]!);
      }
    }
  }
  return { unit: Float32Array.from(unit), uvs: Float32Array.from(uvs), faces: Uint32Array.from(faces) };
}
