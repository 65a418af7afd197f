const DIRECTIONS = 120;
const RESOLUTION = 640;

/**
 * Which faces can be seen from outside, as the largest number of pixels any one view shows of a face, [faceCount].
 * Views are spread evenly over the sphere (a Fibonacci lattice), orthographic, both sides of a face drawn.
 */
export function visiblePixels(positions: Float32Array, faces: Uint32Array, metersPerPixel = 0.0009): Uint32Array {
  const faceCount = faces.length / 3;
  const seen = new Uint32Array(faceCount);
  const depths = new Float32Array(RESOLUTION * RESOLUTION);
  const owners = new Int32Array(RESOLUTION * RESOLUTION);
  const view = new Float32Array(positions.length);
  for (let index = 0; index < DIRECTIONS; index++) {
    const height = 1 - (2 * index + 1) / DIRECTIONS;
    const turn = index * Math.PI * (3 - Math.sqrt(5));
    const ring = Math.sqrt(1 - height * height);
    const backward = [ring * Math.sin(turn), height, ring * Math.cos(turn)] as const;
    const right = [Math.cos(turn), 0, -Math.sin(turn)] as const;
    const up = [-height * Math.sin(turn), ring, -height * Math.cos(turn)] as const;
    for (let start = 0; start < positions.length; start += 3) {
      const x = positions[start]!, y = positions[start + 1]!, z = positions[start + 2]!;
      view[start] = RESOLUTION / 2 + (x * right[0] + z * right[2]) / metersPerPixel;
      view[start + 1] = RESOLUTION / 2 - (x * up[0] + y * up[1] + z * up[2]) / metersPerPixel;
      view[start + 2] = -(x * backward[0] + y * backward[1] + z * backward[2]);
    }
    depths.fill(Infinity);
    owners.fill(-1);
    for (let face = 0; face < faceCount; face++) drawOwner(view, faces, face, depths, owners);
    const counts = new Uint32Array(faceCount);
    for (const owner of owners) if (owner >= 0) counts[owner]!++;
    for (let face = 0; face < faceCount; face++) seen[face] = Math.max(seen[face]!, counts[face]!);
  }
  return seen;
}

function drawOwner(view: Float32Array, faces: Uint32Array, face: number, depths: Float32Array, owners: Int32Array): void {
  const a = faces[face * 3]! * 3, b = faces[face * 3 + 1]! * 3, c = faces[face * 3 + 2]! * 3;
  const ax = view[a]!, ay = view[a + 1]!, bx = view[b]!, by = view[b + 1]!, cx = view[c]!, cy = view[c + 1]!;
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  if (area === 0) return;
  const minX = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5)), maxX = Math.min(RESOLUTION - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
  const minY = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5)), maxY = Math.min(RESOLUTION - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
  for (let y = minY; y <= maxY; y++) {
    for (let x = minX; x <= maxX; x++) {
      const u = ((x + 0.5 - ax) * (cy - ay) - (y + 0.5 - ay) * (cx - ax)) / area;
      const v = ((bx - ax) * (y + 0.5 - ay) - (by - ay) * (x + 0.5 - ax)) / area;
      if (u < 0 || v < 0 || u + v > 1) continue;
      const depth = view[a + 2]! + u * (view[b + 2]! - view[a + 2]!) + v * (view[c + 2]! - view[a + 2]!);
      const pixel = y * RESOLUTION + x;
      if (depth >= depths[pixel]!) continue;
      depths[pixel] = depth;
      owners[pixel] = face;
    }
  }
}
