import type { RegionName } from '../../shared/rig/rig.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { neckRise } from './jointWeights.ts';
import type { SculptContext } from './sculptContext.ts';

/** MediaPipe's outlines that bound regions, subject's left where there are two. */
const LEFT_BROW = [276, 283, 282, 295, 285, 336, 296, 334, 293, 300] as const;
const OUTER_LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185] as const;

/** Points of the hairline in the sagittal plane, metres from the eyes: hair grows above the line through them. */
const HAIRLINE = { forehead: [0.07, 0.032], nape: [-0.05, -0.085] } as const;

/** Region of every face, [faceCount]. Symmetric: mirrored faces get mirrored regions. */
export function faceRegions(context: SculptContext, landmarks: Float32Array): Uint8Array {
  const { template, rest, measures, lower } = context;
  const regions = new Uint8Array(template.faces.length / 3);
  const set = (face: number, name: RegionName): void => { regions[face] = REGION_NAMES.indexOf(name); };
  for (const { part, firstFace } of template.parts) {
    if (part.name === 'body') continue;
    for (let face = firstFace; face < firstFace + part.faces.length / 3; face++) set(face, part.name);
  }
  const closure = lengths(context.target('eye-left-closure')), slit = lengths(context.target('eye-left-slit'));
  const nose = lengths(context.target('nose/nose-scale-horiz-incr'));
  const outline = (indices: readonly number[]): [number, number][] => indices.map((index) => [landmarks[index * 3]!, landmarks[index * 3 + 1]!]);
  const brow = outline(LEFT_BROW), lips = outline(OUTER_LIPS);
  for (let face = 0; face < template.body.faces.length / 3; face++) {
    const corners = Array.from(template.body.faces.subarray(face * 3, face * 3 + 3));
    const mean = (values: (vertex: number) => number): number => corners.reduce((sum, vertex) => sum + values(vertex), 0) / 3;
    const x = mean((v) => rest[v * 3]!), y = mean((v) => rest[v * 3 + 1]!), z = mean((v) => rest[v * 3 + 2]!);
    const side = x > 0 ? 'left' : 'right';
    // Everything is decided on the left half; the right one looks its mirror image up.
    const seen = (values: Float32Array): number => mean((v) => values[x > 0 ? v : context.mirrored[v]!]!);
    const hidden = template.bodyFacePixels[face]! < 2;
    const nearEye = Math.hypot(Math.abs(x) - context.leftEye.center[0], y, z - context.leftEye.center[2]) < context.leftEye.radius + 0.012;
    const lid = nearEye && (seen(closure) > 0.12 * closure.largest || seen(slit) > 0.15 * slit.largest || hidden);
    if (mean((v) => template.earness[v]!) > 0.35) set(face, `${side}Ear`);
    else if (lid) set(face, y > context.leftEye.center[1] - 0.0025 ? `${side}UpperLid` : `${side}LowerLid`);
    else if (hidden && z > -0.08 && Math.abs(x) < 0.05 && y < measures.noseBaseY - 0.008) set(face, 'mouthCavity');
    else if (hidden && z > 0 && Math.abs(x) < 0.02 && y < -0.01) set(face, 'nostrils');
    else if (z > 0.012 && inside(lips, Math.abs(x), y)) set(face, mean((v) => lower[v]!) > 0.5 ? 'lowerLip' : 'upperLip');
    else if (z > 0.005 && inside(brow, Math.abs(x), y)) set(face, `${side}Brow`);
    else if (seen(nose) > 0.3 * nose.largest && z > 0.012) set(face, 'nose');
    else if (neckRise(y, z) < 0.12) set(face, 'bust');
    else if (neckRise(y, z) < 0.93 && !(y > -0.1 && z > 0)) set(face, aboveHairline(y, z) ? 'scalp' : 'neck');
    else set(face, aboveHairline(y, z) ? 'scalp' : 'face');
  }
  return regions;
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
