import type { RigPart } from './rigPart.ts';

/** A mesh of our own at rest, relative to `origin`. */
export interface RestMesh {
  /** [vertexCount, 3], metres. */
  readonly positions: Float32Array;
  readonly faces: Uint32Array;
  readonly uvs: Float32Array;
}

/** Vertices of MakeHuman's mesh that a follower may hang on. */
export interface Carriers {
  readonly baseVertices: ArrayLike<number>;
  /** Where they rest, relative to `origin`, [baseVertices.length, 3], metres. */
  readonly positions: Float32Array;
}

const NEIGHBOURS = 16;

/**
 * A part that rests as given and moves with the carriers around each of its vertices: the mean of the nearest ones'
 * displacements, weighted by a Gaussian of how much farther than the nearest they are.
 */
export function followerPart(
  name: RigPart['name'], mesh: RestMesh, origin: readonly [number, number, number], carriers: Carriers, blendRadiusMeters: number,
): RigPart {
  const count = mesh.positions.length / 3;
  const sources = new Uint32Array(count * NEIGHBOURS);
  const weights = new Float64Array(count * NEIGHBOURS);
  const offsets = new Float64Array(count * 3);
  for (let vertex = 0; vertex < count; vertex++) {
    const near = nearest(mesh.positions.subarray(vertex * 3, vertex * 3 + 3), carriers);
    const shares = near.map(({ distance }) => Math.exp(-0.5 * ((distance - near[0]!.distance) / blendRadiusMeters) ** 2));
    const sum = shares.reduce((total, share) => total + share, 0);
    for (let axis = 0; axis < 3; axis++) offsets[vertex * 3 + axis] = mesh.positions[vertex * 3 + axis]! + origin[axis]!;
    near.forEach(({ carrier }, row) => {
      const weight = shares[row]! / sum;
      sources[vertex * NEIGHBOURS + row] = carriers.baseVertices[carrier]!;
      weights[vertex * NEIGHBOURS + row] = weight;
      for (let axis = 0; axis < 3; axis++) {
        offsets[vertex * 3 + axis]! -= weight * (carriers.positions[carrier * 3 + axis]! + origin[axis]!);
      }
    });
  }
  return {
    name, vertexCount: count, faces: mesh.faces, uvs: mesh.uvs,
    shape(source, out, start) {
      for (let vertex = 0; vertex < count; vertex++) {
        for (let axis = 0; axis < 3; axis++) {
          let value = offsets[vertex * 3 + axis]!;
          for (let at = vertex * NEIGHBOURS; at < (vertex + 1) * NEIGHBOURS; at++) value += weights[at]! * source[sources[at]! * 3 + axis]!;
          out[(start + vertex) * 3 + axis] = value;
        }
      }
    },
  };
}

/** The nearest carriers, nearest first; ties go to both sides of the face alike, since there are enough of them. */
function nearest(point: Float32Array, { baseVertices, positions }: Carriers): { carrier: number; distance: number }[] {
  const near: { carrier: number; distance: number }[] = [];
  for (let carrier = 0; carrier < baseVertices.length; carrier++) {
    const distance = Math.hypot(positions[carrier * 3]! - point[0]!, positions[carrier * 3 + 1]! - point[1]!, positions[carrier * 3 + 2]! - point[2]!);
    if (near.length === NEIGHBOURS && distance >= near.at(-1)!.distance) continue;
    near.push({ carrier, distance });
    near.sort((a, b) => a.distance - b.distance);
    if (near.length > NEIGHBOURS) near.pop();
  }
  return near;
}
