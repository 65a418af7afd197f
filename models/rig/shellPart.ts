const RINGS = 40;
const SEGMENTS = 36;
/** Directions in which the outline is probed before it is resampled. */
const PROBES = 144;
/** Rings over the crown; the others go down from the brow to the chest. */
const CROWN_RINGS = 11;

/** What the shell is wrapped around. Positions are relative to the eyes' midpoint, metres. */
export interface ShellSource {
  readonly positions: Float32Array;
  /** Faces to wrap: skin without ears. */
  readonly faces: Uint32Array;
  readonly bottom: number;
}

/** Points of the axis that the outline is measured from: height over the eyes and depth, metres. */
const AXIS: readonly (readonly [number, number])[] = [
  [0.035, -0.07], [-0.03, -0.065], [-0.08, -0.075], [-0.13, -0.09], [-0.18, -0.105], [-0.25, -0.1], [-0.36, -0.095],
];

/** The smooth head-and-bust surface at rest: [1 + RINGS * SEGMENTS, 3], its faces, and its cylindrical UVs. */
export function wrapShell(source: ShellSource): { positions: Float32Array; faces: Uint32Array; uvs: Float32Array } {
  const levels: { origin: [number, number, number]; elevation: number }[] = [];
  const top = AXIS[0]!;
  for (let ring = 1; ring <= CROWN_RINGS; ring++) {
    levels.push({ origin: [0, top[0], top[1]], elevation: (Math.PI / 2) * (1 - ring / CROWN_RINGS) });
  }
  const lower = RINGS - CROWN_RINGS;
  for (let ring = 1; ring <= lower; ring++) {
    const y = top[0] + ((source.bottom + 0.012 - top[0]) * ring) / lower;
    levels.push({ origin: [0, y, axisDepth(y)], elevation: 0 });
  }
  // Radii by level and direction; direction 0 is the front, PROBES / 2 the back.
  const radii = levels.map(({ origin, elevation }) => Float64Array.from({ length: PROBES }, (_, probe) => {
    const turn = (2 * Math.PI * Math.min(probe, PROBES - probe)) / PROBES;
    const direction: [number, number, number] = [
      Math.cos(elevation) * Math.sin(turn), Math.sin(elevation), Math.cos(elevation) * Math.cos(turn)];
    return farthestHit(source, origin, direction);
  }));
  fillMisses(radii);
  closeAlongHeight(radii, levels.map(({ origin }) => origin[1]));
  closeAround(radii);
  for (let pass = 0; pass < 4; pass++) smooth(radii);

  const positions: number[] = [];
  const uvs: number[] = [];
  const crown = farthestHit(source, [0, top[0], top[1]], [0, 1, 0]);
  positions.push(0, top[0] + crown, top[1]);
  uvs.push(0.5, 1);
  levels.forEach(({ origin, elevation }, level) => {
    const outline = radii[level]!;
    const points = Array.from({ length: PROBES }, (_, probe): [number, number, number] => {
      const turn = (2 * Math.PI * probe) / PROBES;
      const radius = outline[probe]!;
      return [origin[0] + radius * Math.cos(elevation) * Math.sin(turn), origin[1] + radius * Math.sin(elevation),
        origin[2] + radius * Math.cos(elevation) * Math.cos(turn)];
    });
    resampleEvenly(points).forEach((point, segment) => {
      positions.push(...point);
      uvs.push(segment / SEGMENTS, 1 - (level + 1) / RINGS);
    });
  });
  return { positions: Float32Array.from(positions), faces: ringFaces(), uvs: Float32Array.from(uvs) };
}

function axisDepth(y: number): number {
  for (let i = 1; i < AXIS.length; i++) {
    const [y0, z0] = AXIS[i - 1]!, [y1, z1] = AXIS[i]!;
    if (y >= y1) return z0 + ((z1 - z0) * (y0 - y)) / (y0 - y1);
  }
  return AXIS.at(-1)![1];
}

/** Distance to the farthest surface along a ray; 0 when there is none (Möller–Trumbore). */
function farthestHit({ positions, faces }: ShellSource, origin: readonly number[], direction: readonly number[]): number {
  let farthest = 0;
  const [dx, dy, dz] = direction as [number, number, number];
  for (let start = 0; start < faces.length; start += 3) {
    const a = faces[start]! * 3, b = faces[start + 1]! * 3, c = faces[start + 2]! * 3;
    const ax = positions[a]!, ay = positions[a + 1]!, az = positions[a + 2]!;
    const ux = positions[b]! - ax, uy = positions[b + 1]! - ay, uz = positions[b + 2]! - az;
    const vx = positions[c]! - ax, vy = positions[c + 1]! - ay, vz = positions[c + 2]! - az;
    const px = dy * vz - dz * vy, py = dz * vx - dx * vz, pz = dx * vy - dy * vx;
    const determinant = ux * px + uy * py + uz * pz;
    if (Math.abs(determinant) < 1e-14) continue;
    const tx = origin[0]! - ax, ty = origin[1]! - ay, tz = origin[2]! - az;
    const u = (tx * px + ty * py + tz * pz) / determinant;
    if (u < -1e-4 || u > 1 + 1e-4) continue;
    const qx = ty * uz - tz * uy, qy = tz * ux - tx * uz, qz = tx * uy - ty * ux;
    const v = (dx * qx + dy * qy + dz * qz) / determinant;
    if (v < -1e-4 || u + v > 1 + 1e-4) continue;
    const distance = (vx * qx + vy * qy + vz * qz) / determinant;
    if (distance > farthest) farthest = distance;
  }
  return farthest;
}

/** Rays that leave through the cut arms take the level above. */
function fillMisses(radii: Float64Array[]): void {
  for (let level = 1; level < radii.length; level++) {
    for (let probe = 0; probe < PROBES; probe++) {
      if (radii[level]![probe]! < 0.02) radii[level]![probe] = radii[level - 1]![probe]!;
    }
  }
}

/** Closing with a parabola along the height: rounds the hollow between skull and shoulders, a little more behind than in front. */
function closeAlongHeight(radii: Float64Array[], heights: readonly number[]): void {
  for (let probe = 0; probe < PROBES; probe++) {
    const frontness = Math.cos((2 * Math.PI * probe) / PROBES);
    // Radius of curvature the surface may have at most, metres.
    const roundness = 0.026 + 0.016 * Math.min(1, Math.max(0, 0.5 - frontness));
    const column = radii.map((outline) => outline[probe]!);
    const drop = (a: number, b: number): number => (heights[a]! - heights[b]!) ** 2 / (2 * roundness);
    const first = CROWN_RINGS - 1;
    const dilated = column.map((_, level) => {
      let best = -Infinity;
      for (let other = first; other < column.length; other++) best = Math.max(best, column[other]! - drop(level, other));
      return best;
    });
    for (let level = first; level < column.length; level++) {
      let lowest = Infinity;
      for (let other = first; other < column.length; other++) lowest = Math.min(lowest, dilated[other]! + drop(level, other));
      radii[level]![probe] = Math.max(column[level]!, lowest);
    }
  }
}

/** Closing around each ring: fills eye sockets, the corners beside the nose and what the ears left behind. */
function closeAround(radii: Float64Array[]): void {
  const reach = Math.round(PROBES / 10);
  for (const outline of radii) {
    const at = (probe: number): number => outline[(probe + PROBES) % PROBES]!;
    const arch = (step: number, radius: number): number => 0.9 * radius * (1 - Math.cos((2 * Math.PI * step) / PROBES));
    const dilated = outline.map((_, probe) => {
      let best = 0;
      for (let step = -reach; step <= reach; step++) best = Math.max(best, at(probe + step) - arch(step, at(probe + step)));
      return best;
    });
    const closed = outline.map((own, probe) => {
      let lowest = Infinity;
      for (let step = -reach; step <= reach; step++) {
        const other = dilated[(probe + step + PROBES) % PROBES]!;
        lowest = Math.min(lowest, other + arch(step, other));
      }
      return Math.max(own, lowest);
    });
    outline.set(closed);
  }
}

function smooth(radii: Float64Array[]): void {
  const before = radii.map((outline) => outline.slice());
  radii.forEach((outline, level) => {
    const above = before[Math.max(0, level - 1)]!, below = before[Math.min(radii.length - 1, level + 1)]!;
    const own = before[level]!;
    for (let probe = 0; probe < PROBES; probe++) {
      const left = own[(probe + PROBES - 1) % PROBES]!, right = own[(probe + 1) % PROBES]!;
      outline[probe] = 0.4 * own[probe]! + 0.15 * (left + right + above[probe]! + below[probe]!);
    }
  });
}

/** `SEGMENTS` points along the closed outline, as far apart on the left half as on the right one. */
function resampleEvenly(points: readonly [number, number, number][]): [number, number, number][] {
  const half = points.length / 2;
  const lengths = [0];
  for (let i = 1; i <= half; i++) {
    const a = points[i - 1]!, b = points[i]!;
    lengths.push(lengths[i - 1]! + Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
  }
  const total = lengths.at(-1)!;
  const out: [number, number, number][] = [];
  for (let segment = 0; segment <= SEGMENTS / 2; segment++) {
    const wanted = (total * segment) / (SEGMENTS / 2);
    let i = 1;
    while (i < half && lengths[i]! < wanted) i++;
    const share = Math.min(1, Math.max(0, (wanted - lengths[i - 1]!) / (lengths[i]! - lengths[i - 1]!)));
    const a = points[i - 1]!, b = points[i]!;
    const onPlane = segment === 0 || segment === SEGMENTS / 2;
    out.push([onPlane ? 0 : a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])]);
  }
  for (let segment = SEGMENTS / 2 + 1; segment < SEGMENTS; segment++) {
    const [x, y, z] = out[SEGMENTS - segment]!;
    out.push([-x, y, z]);
  }
  return out;
}

/** Directions go from the front over +x to the back, levels downwards. */
function ringFaces(): Uint32Array {
  const faces: number[] = [];
  const vertex = (level: number, segment: number): number => 1 + level * SEGMENTS + (segment % SEGMENTS);
  for (let segment = 0; segment < SEGMENTS; segment++) faces.push(0, vertex(0, segment), vertex(0, segment + 1));
  for (let level = 1; level < RINGS; level++) {
    for (let segment = 0; segment < SEGMENTS; segment++) {
      const a = vertex(level - 1, segment), b = vertex(level, segment);
      const c = vertex(level, segment + 1), d = vertex(level - 1, segment + 1);
      if (segment < SEGMENTS / 2) faces.push(a, b, c, a, c, d); else faces.push(a, b, d, b, c, d);
    }
  }
  return Uint32Array.from(faces);
}
