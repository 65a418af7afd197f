/**
 * The vertex across the sagittal plane of each vertex, [vertexCount]; vertices on the plane map to themselves.
 * @throws Error when a vertex has no mirror image within a hundredth of a millimetre.
 */
export function mirrorMap(positions: Float32Array, groups: (vertex: number) => string): Uint32Array {
  const count = positions.length / 3;
  const step = 1e-5;
  const key = (group: string, x: number, y: number, z: number): string => `${group} ${x} ${y} ${z}`;
  const places = new Map<string, number[]>();
  for (let vertex = 0; vertex < count; vertex++) {
    const [x, y, z] = [0, 1, 2].map((axis) => Math.round(positions[vertex * 3 + axis]! / step)) as [number, number, number];
    const name = key(groups(vertex), x, y, z);
    const list = places.get(name);
    if (list === undefined) places.set(name, [vertex]); else list.push(vertex);
  }
  const mirrored = new Uint32Array(count);
  for (let vertex = 0; vertex < count; vertex++) {
    const [x, y, z] = [0, 1, 2].map((axis) => Math.round(positions[vertex * 3 + axis]! / step)) as [number, number, number];
    const group = groups(vertex).replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left'));
    let best = -1;
    let bestDistance = Infinity;
    for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) for (let dz = -1; dz <= 1; dz++) {
      for (const other of places.get(key(group, -x + dx, y + dy, z + dz)) ?? []) {
        const distance = Math.hypot(positions[other * 3]! + positions[vertex * 3]!,
          positions[other * 3 + 1]! - positions[vertex * 3 + 1]!, positions[other * 3 + 2]! - positions[vertex * 3 + 2]!);
        if (distance < bestDistance) { best = other; bestDistance = distance; }
      }
    }
    if (best < 0) throw new Error(`rig vertex ${vertex} (${groups(vertex)}) has no mirror image`);
    mirrored[vertex] = best;
  }
  for (let vertex = 0; vertex < count; vertex++) {
    if (mirrored[mirrored[vertex]!] !== vertex) throw new Error(`mirroring rig vertex ${vertex} twice does not lead back`);
  }
  return mirrored;
}

/** Faces whose mirror image is missing. */
export function unmirroredFaces(faces: Uint32Array, mirrored: Uint32Array): number {
  const key = (a: number, b: number, c: number): string => [a, b, c].sort((p, q) => p - q).join(' ');
  const known = new Set<string>();
  for (let start = 0; start < faces.length; start += 3) known.add(key(faces[start]!, faces[start + 1]!, faces[start + 2]!));
  let missing = 0;
  for (let start = 0; start < faces.length; start += 3) {
    if (!known.has(key(mirrored[faces[start]!]!, mirrored[faces[start + 1]!]!, mirrored[faces[start + 2]!]!))) missing++;
  }
  return missing;
}

/** Makes a vector field exactly symmetric: the mean of itself and its mirror image. */
export function symmetrise(field: Float32Array, mirrored: Uint32Array): void {
  for (let vertex = 0; vertex < mirrored.length; vertex++) {
    const other = mirrored[vertex]!;
    if (other < vertex) continue;
    const x = (field[vertex * 3]! - field[other * 3]!) / 2;
    field[vertex * 3] = x;
    field[other * 3] = -x;
    for (let axis = 1; axis < 3; axis++) {
      const mean = (field[vertex * 3 + axis]! + field[other * 3 + axis]!) / 2;
      field[vertex * 3 + axis] = mean;
      field[other * 3 + axis] = mean;
    }
  }
}
