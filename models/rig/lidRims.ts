import type { SculptContext } from './sculptContext.ts';
import { onIsland, SOCKET_ISLANDS } from './uvIslands.ts';

/** A point of a lid's rim in angles around the eyeball's centre, radians: azimuth towards +x, elevation upwards. */
export interface RimPoint {
  readonly vertex: number;
  readonly azimuth: number;
  readonly elevation: number;
  readonly radius: number;
}

export interface LidRims {
  /** From the inner to the outer corner. */
  readonly upper: readonly RimPoint[];
  readonly lower: readonly RimPoint[];
}

/** Angles of a point around the left eyeball's centre. */
export function aroundEye(context: SculptContext, x: number, y: number, z: number): { azimuth: number; elevation: number; radius: number } {
  const { center } = context.leftEye;
  const [dx, dy, dz] = [x - center[0], y - center[1], z - center[2]];
  return { azimuth: Math.atan2(dx, dz), elevation: Math.atan2(dy, Math.hypot(dx, dz)), radius: Math.hypot(dx, dy, dz) };
}

/** Rings of vertices from the socket's island to the outer edge of the lids' rims, where the lashes grow. */
const RINGS_TO_LASHES = 3;

/** The lash lines of the left eye's lids at rest: the third ring around the socket's texture island. */
export function lidRims(context: SculptContext): LidRims {
  const { body } = context.template;
  const reached = new Set<number>();
  for (let quad = 0; quad < body.quadUvs.length / 2; quad++) {
    if (!onIsland(body.quadUvs, quad, SOCKET_ISLANDS)) continue;
    for (const vertex of body.faces.subarray(quad * 6, quad * 6 + 6)) if (context.rest[vertex * 3]! > 0) reached.add(vertex);
  }
  let ring: number[] = [];
  for (let step = 0; step < RINGS_TO_LASHES; step++) {
    const next = new Set<number>();
    for (let start = 0; start < body.faces.length; start += 3) {
      const corners = body.faces.subarray(start, start + 3);
      if (corners.some((vertex) => reached.has(vertex))) for (const vertex of corners) if (!reached.has(vertex)) next.add(vertex);
    }
    for (const vertex of next) reached.add(vertex);
    ring = [...next];
  }
  const points = ring.map((vertex): RimPoint => ({
    vertex, ...aroundEye(context, context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!),
  })).sort((a, b) => a.azimuth - b.azimuth);
  const inner = points[0]!, outer = points.at(-1)!;
  const between = (azimuth: number): number =>
    inner.elevation + ((outer.elevation - inner.elevation) * (azimuth - inner.azimuth)) / (outer.azimuth - inner.azimuth);
  const middle = points.slice(1, -1);
  return {
    upper: [inner, ...middle.filter((point) => point.elevation > between(point.azimuth)), outer],
    lower: [inner, ...middle.filter((point) => point.elevation <= between(point.azimuth)), outer],
  };
}

/** A value read off a rim at an azimuth, linear between its points, constant beyond the corners. */
export function alongRim(rim: readonly RimPoint[], values: readonly number[], azimuth: number): number {
  if (azimuth <= rim[0]!.azimuth) return values[0]!;
  for (let i = 1; i < rim.length; i++) {
    if (azimuth > rim[i]!.azimuth) continue;
    const span = rim[i]!.azimuth - rim[i - 1]!.azimuth;
    const share = span < 1e-9 ? 0 : (azimuth - rim[i - 1]!.azimuth) / span;
    return values[i - 1]! + share * (values[i]! - values[i - 1]!);
  }
  return values.at(-1)!;
}
