import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { ETHNICITIES } from '../makehuman/macro.ts';
import { addTarget } from '../makehuman/targetLibrary.ts';
import type { FaceMeasures } from './faceMasks.ts';
import { ramp } from './faceMasks.ts';
import type { HeadTemplate } from './headTemplate.ts';
import type { RigPart } from './rigPart.ts';

/** MediaPipe's left mouth corner and the point under the nose. */
const MOUTH_CORNER = 291;
const NOSE_BASE = 2;

/** Displacements of all rig vertices, metres, [vertexCount, 3]. */
export type Field = Float32Array;

/** What shapes are sculpted from: the mean head and MakeHuman's targets on it. */
export interface SculptContext {
  readonly template: HeadTemplate;
  /** The mean head, [vertexCount, 3]. */
  readonly rest: Float32Array;
  readonly mirrored: Uint32Array;
  /** The 468 mesh landmarks at rest, [468, 3]. */
  readonly landmarks: Float32Array;
  readonly measures: FaceMeasures;
  /** 1 for what hangs on the lower jaw (lower lip, chin, lower teeth, tongue), 0 on the skull, [vertexCount]. */
  readonly lower: Float32Array;
  readonly leftEye: { readonly center: readonly [number, number, number]; readonly radius: number };
  /** A target's displacement at weight 1; without a folder an expression unit, averaged over the ethnicities. */
  target(name: string): Field;
  vertices(part: RigPart['name']): readonly [first: number, end: number];
}

export function sculptContext(
  source: MakehumanSource, template: HeadTemplate, mean: Float32Array, mirrored: Uint32Array, landmarks: Float32Array,
): SculptContext {
  const rest = template.shape(mean);
  const cache = new Map<string, Field>();
  const vertices = (name: RigPart['name']): readonly [number, number] => {
    const { start, part } = template.parts.find((placed) => placed.part.name === name)!;
    return [start, start + part.vertexCount];
  };
  const still = [vertices('leftEyeball'), vertices('rightEyeball'), vertices('shell')];
  const target = (name: string): Field => {
    const cached = cache.get(name);
    if (cached !== undefined) return cached;
    const moved = mean.slice();
    if (name.includes('/')) addTarget(moved, source.library.get(name), 1);
    else for (const ethnicity of ETHNICITIES) addTarget(moved, source.library.get(`expression/units/${ethnicity}/${name}`), 1 / ETHNICITIES.length);
    const field = template.shape(moved);
    for (let i = 0; i < field.length; i++) field[i] = field[i]! - rest[i]!;
    // Expressions move no eyeball and no hair.
    for (const [first, end] of still) field.fill(0, first * 3, end * 3);
    cache.set(name, field);
    return field;
  };
  const measures = measureFace(rest, template, target('mouth-open'), landmarks);
  const { center, radius } = template.leftEye.sphere(mean);
  const middle = [0, 1, 2].map((axis) => (center[axis]! + template.rightEye.sphere(mean).center[axis]!) / 2);
  return {
    template, rest, mirrored, landmarks, measures, lower: lowerJaw(target('mouth-open')), target, vertices,
    leftEye: { center: [center[0] - middle[0]!, center[1] - middle[1]!, center[2] - middle[2]!], radius },
  };
}

/** How far the mouth-open unit takes a vertex down, as a share of how far it takes the chin. */
function lowerJaw(open: Field): Float32Array {
  let deepest = 0;
  for (let i = 1; i < open.length; i += 3) deepest = Math.min(deepest, open[i]!);
  return Float32Array.from({ length: open.length / 3 }, (_, vertex) => ramp(open[vertex * 3 + 1]! / deepest, 0.12, 0.62));
}

/**
 * Reads the mouth off the mean head: the lips meet where, along the midline, a vertex that the mouth-open unit takes
 * down lies next to one that it leaves.
 */
function measureFace(rest: Float32Array, template: HeadTemplate, open: Field, landmarks: Float32Array): FaceMeasures {
  const lower = lowerJaw(open);
  const middle: { y: number; z: number; lower: number }[] = [];
  for (let vertex = 0; vertex < template.body.vertexCount; vertex++) {
    if (Math.abs(rest[vertex * 3]!) > 1e-5 || rest[vertex * 3 + 2]! < 0) continue;
    middle.push({ y: rest[vertex * 3 + 1]!, z: rest[vertex * 3 + 2]!, lower: lower[vertex]! });
  }
  const lips = middle.filter(({ y, z }) => y < -0.03 && y > -0.1 && z > 0.026);
  const upper = Math.min(...lips.filter((vertex) => vertex.lower < 0.5).map(({ y }) => y));
  const below = Math.max(...lips.filter((vertex) => vertex.lower >= 0.5).map(({ y }) => y));
  const lipLineY = (upper + below) / 2;
  const lipFrontZ = Math.max(...lips.filter(({ y }) => Math.abs(y - lipLineY) < 0.012).map(({ z }) => z));
  const corner = landmarks.subarray(MOUTH_CORNER * 3, MOUTH_CORNER * 3 + 3);
  return {
    lipLineY, lipFrontZ, mouthHalfWidth: corner[0]!, mouthCornerY: corner[1]!, mouthCornerZ: corner[2]!,
    noseBaseY: landmarks[NOSE_BASE * 3 + 1]!,
    chinY: Math.min(...middle.filter(({ z, y }) => z > 0.02 && y > -0.12).map(({ y }) => y)),
  };
}
