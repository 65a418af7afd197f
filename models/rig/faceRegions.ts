import type { RegionName } from '../../shared/rig/rig.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { neckRise } from './jointWeights.ts';
import type { SculptContext } from './sculptContext.ts';
import type { UvIsland } from './uvIslands.ts';
import { MOUTH_ISLAND, onIsland, SOCKET_ISLANDS } from './uvIslands.ts';

/** MediaPipe's outline of the subject's left brow. */
const LEFT_BROW = [276, 283, 282, 295, 285, 336, 296, 334, 293, 300] as const;

/** The red of the lips, in rings of vertices around the mouth's island. */
const LIP_RINGS = 6;

/** Points of the hairline in the sagittal plane, metres from the eyes: hair grows above the line through them. */
const HAIRLINE = { forehead: [0.07, 0.032], nape: [-0.05, -0.085] } as const;

/** Region of every face, [faceCount]. Symmetric: mirrored faces get mirrored regions. */
export function faceRegions(context: SculptContext): Uint8Array {
  const { template, rest, measures, lower, landmarks } = context;
  const regions = new Uint8Array(template.faces.length / 3);
  const set = (face: number, name: RegionName): void => { regions[face] = REGION_NAMES.indexOf(name); };
  for (const { part, firstFace } of template.parts) {
    if (part.name === 'body') continue;
    for (let face = firstFace; face < firstFace + part.faces.length / 3; face++) set(face, part.name);
  }
  const closure = lengths(context.target('eye-left-closure')), slit = lengths(context.target('eye-left-slit'));
  const nose = lengths(context.target('nose/nose-scale-horiz-incr'));
  const outline = (indices: readonly number[]): [number, number][] => indices.map((index) => [landmarks[index * 3]!, landmarks[index * 3 + 1]!]);
  const brow = outline(LEFT_BROW);
  const lipRings = ringsAroundMouth(context);
  // Quads stay whole, so that borders between regions follow the mesh's own lines.
  for (let quad = 0; quad < template.body.quadUvs.length / 2; quad++) {
    const corners = [...new Set(template.body.faces.subarray(quad * 6, quad * 6 + 6))];
    const mean = (values: (vertex: number) => number): number => corners.reduce((sum, vertex) => sum + values(vertex), 0) / corners.length;
    const x = mean((v) => rest[v * 3]!), y = mean((v) => rest[v * 3 + 1]!), z = mean((v) => rest[v * 3 + 2]!);
    const side = x > 0 ? 'left' : 'right';
    // Targets of the left side tell about the right one through its mirror image.
    const seen = (values: Float32Array): number => mean((v) => values[x > 0 ? v : context.mirrored[v]!]!);
    const within = (island: UvIsland): boolean => onIsland(template.body.quadUvs, quad, island);
    const hidden = Math.max(template.bodyFacePixels[quad * 2]!, template.bodyFacePixels[quad * 2 + 1]!) < 2;
    const nearEye = Math.hypot(Math.abs(x) - context.leftEye.center[0], y, z - context.leftEye.center[2]) < context.leftEye.radius + 0.012;
    const lid = within(SOCKET_ISLANDS) || (nearEye && (seen(closure) > 0.12 * closure.largest || seen(slit) > 0.15 * slit.largest || hidden));
    let name: RegionName = aboveHairline(y, z) ? 'scalp' : 'face';
    if (mean((v) => template.earness[v]!) > 0.35) name = `${side}Ear`;
    else if (within(MOUTH_ISLAND)) name = 'mouthCavity';
    else if (lid) name = y > context.leftEye.center[1] - 0.0025 ? `${side}UpperLid` : `${side}LowerLid`;
    else if (hidden && z > 0 && Math.abs(x) < 0.02 && y < -0.01 && y > measures.noseBaseY - 0.008) name = 'nostrils';
    else if (corners.every((v) => lipRings[v]! <= LIP_RINGS)) name = mean((v) => lower[v]!) > 0.5 ? 'lowerLip' : 'upperLip';
    else if (z > 0.005 && inside(brow, Math.abs(x), y)) name = `${side}Brow`;
    else if (seen(nose) > 0.3 * nose.largest && z > 0.012) name = 'nose';
    else if (neckRise(y, z) < 0.12) name = 'bust';
    else if (neckRise(y, z) < 0.93 && !(y > -0.1 && z > 0) && name !== 'scalp') name = 'neck';
    set(quad * 2, name);
    set(quad * 2 + 1, name);
  }
  return regions;
}

/** Steps along edges from the mouth's inside to each body vertex, up to `LIP_RINGS` + 1. */
function ringsAroundMouth({ template: { body } }: SculptContext): Uint8Array {
  const rings = new Uint8Array(body.vertexCount).fill(LIP_RINGS + 1);
  for (let quad = 0; quad < body.quadUvs.length / 2; quad++) {
    if (!onIsland(body.quadUvs, quad, MOUTH_ISLAND)) continue;
    for (const vertex of body.faces.subarray(quad * 6, quad * 6 + 6)) rings[vertex] = 0;
  }
  for (let ring = 1; ring <= LIP_RINGS; ring++) {
    for (let quad = 0; quad < body.quadUvs.length / 2; quad++) {
      const corners = body.faces.subarray(quad * 6, quad * 6 + 6);
      if (corners.some((vertex) => rings[vertex] === ring - 1)) for (const vertex of corners) rings[vertex] = Math.min(rings[vertex]!, ring);
    }
  }
  return rings;
}

function aboveHairline(y: number, z: number): boolean {
  const [y0, z0] = HAIRLINE.forehead, [y1, z1] = HAIRLINE.nape;
  return y > y1 + ((z - z1) * (y0 - y1)) / (z0 - z1) && y > y1 - 0.012;
}

function lengths(field: Float32Array): Float32Array & { largest: number } {
  const out = Float32Array.from({ length: field.length / 3 }, (_, v) => Math.hypot(field[v * 3]!, field[v * 3 + 1]!, field[v * 3 + 2]!));
  return Object.assign(out, { largest: out.reduce((largest, value) => Math.max(largest, value), 0) });
}

/** Even-odd rule. */
function inside(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let odd = false;
  polygon.forEach(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
}
