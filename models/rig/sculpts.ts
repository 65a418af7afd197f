import { blinkLeft } from './blink.ts';
import { maskAt, ramp } from './faceMasks.ts';
import type { Field, SculptContext } from './sculptContext.ts';

type Sculpt = (context: SculptContext) => Field;

function blank(context: SculptContext): Field {
  return new Float32Array(context.rest.length);
}

function add(field: Field, other: Field, weight: (vertex: number) => number): void {
  for (let vertex = 0; vertex < field.length / 3; vertex++) {
    const share = weight(vertex);
    if (share === 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      const i = vertex * 3 + axis;
      field[i] = field[i]! + share * other[i]!;
    }
  }
}

/** Everything that hangs on the lower jaw, by how much; around the mouth's corners both lips share the way. */
function jawShare(context: SculptContext, vertex: number): number {
  const { mouthHalfWidth, mouthCornerY, mouthCornerZ } = context.measures;
  if (vertex >= context.template.body.vertexCount) return context.lower[vertex]!;
  const distance = Math.hypot(Math.abs(context.rest[vertex * 3]!) - mouthHalfWidth, context.rest[vertex * 3 + 1]! - mouthCornerY,
    0.5 * (context.rest[vertex * 3 + 2]! - mouthCornerZ));
  const shared = ramp(distance, 0.02, 0.003);
  return (1 - shared) * context.lower[vertex]! + shared * 0.5;
}

function moveJaw(context: SculptContext, move: (x: number, y: number, z: number) => readonly [number, number, number]): Field {
  const field = blank(context);
  for (let vertex = 0; vertex < field.length / 3; vertex++) {
    const share = jawShare(context, vertex);
    if (share === 0) continue;
    const offset = move(context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!);
    for (let axis = 0; axis < 3; axis++) field[vertex * 3 + axis] = share * offset[axis]!;
  }
  return field;
}

function sumOf(context: SculptContext, ...terms: readonly (readonly [name: string, weight: number])[]): Field {
  const field = blank(context);
  for (const [name, weight] of terms) add(field, context.target(name), () => weight);
  return field;
}

const mouthMask = (context: SculptContext, vertex: number): number =>
  maskAt('mouthArea', context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!, 0, context.measures);

/** Shapes that no MakeHuman target gives. Those named …Left act on the subject's left. */
export const SCULPTS = {
  blinkLeft,
  squintLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-slit', 0.35]),
  lookDownLeft: (context: SculptContext): Field => blinkLeft(context).map((value) => 0.4 * value),
  jawForward: (context: SculptContext): Field => moveJaw(context, () => [0, -0.0005, 0.0085]),
  jawLeft: (context: SculptContext): Field => moveJaw(context, () => [0.007, -0.0005, 0]),
  mouthClose: (context: SculptContext): Field => {
    // With jawOpen at 1 the lips meet again while the chin stays down: the mouth's rim takes back all that opens it.
    const field = blank(context);
    add(field, jawOpen(context), (vertex) => -rimShare(context, vertex));
    return field;
  },
  jawOpen: (context: SculptContext): Field => jawOpen(context),
  mouthLeft: (context: SculptContext): Field => {
    const field = blank(context);
    for (let vertex = 0; vertex < field.length / 3; vertex++) {
      const mask = mouthMask(context, vertex);
      if (mask > 0 && vertex < context.vertices('leftEyeball')[0]) field[vertex * 3] = 0.011 * mask;
    }
    return field;
  },
  rollLower: (context: SculptContext): Field => rollLip(context, 'lower'),
  rollUpper: (context: SculptContext): Field => rollLip(context, 'upper'),
  shrugLower: (context: SculptContext): Field => {
    const field = moveJaw(context, () => [0, 0.002, 0.001]);
    const [first, end] = context.vertices('lowerTeeth');
    field.fill(0, first * 3, end * 3);
    return field;
  },
  tongueOut: (context: SculptContext): Field => {
    const field = blank(context);
    const [first, end] = context.vertices('tongue');
    let front = -Infinity, back = Infinity;
    for (let vertex = first; vertex < end; vertex++) {
      front = Math.max(front, context.rest[vertex * 3 + 2]!);
      back = Math.min(back, context.rest[vertex * 3 + 2]!);
    }
    for (let vertex = first; vertex < end; vertex++) {
      const along = ramp(context.rest[vertex * 3 + 2]!, back, front);
      field[vertex * 3 + 2] = 0.034 * along;
      field[vertex * 3 + 1] = 0.006 * along - 0.014 * along ** 4;
    }
    return field;
  },
} satisfies Readonly<Record<string, Sculpt>>;

/** Share of its height that the tongue loses when the jaw is open. */
const TONGUE_FLATTENING = 0.42;

/** MakeHuman's open mouth, not quite as wide, with the tongue lying on the jaw. */
function jawOpen(context: SculptContext): Field {
  const field = sumOf(context, ['mouth-open', 0.95]);
  const turn = jawTurn(context, field);
  const [first, end] = context.vertices('tongue');
  let bottom = Infinity;
  for (let vertex = first; vertex < end; vertex++) bottom = Math.min(bottom, context.rest[vertex * 3 + 1]!);
  const tip = Math.max(...Array.from({ length: end - first }, (_, row) => context.rest[(first + row) * 3 + 2]!));
  for (let vertex = first; vertex < end; vertex++) {
    const [y, z] = [context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!];
    // The root hangs on the throat and follows less.
    const share = 0.8 + 0.2 * ramp(z, tip - 0.055, tip - 0.015);
    // It lies flatter on the floor of an open mouth.
    const [toY, toZ] = turn(y - TONGUE_FLATTENING * (y - bottom), z - 0.0015);
    field[vertex * 3] = 0;
    field[vertex * 3 + 1] = share * (toY - y);
    field[vertex * 3 + 2] = share * (toZ - z);
  }
  return field;
}

/** The rigid motion in the sagittal plane that takes the lower teeth where `field` puts them (least squares). */
function jawTurn(context: SculptContext, field: Field): (y: number, z: number) => [number, number] {
  const [first, end] = context.vertices('lowerTeeth');
  const count = end - first;
  const from = [0, 0], to = [0, 0];
  for (let i = first * 3; i < end * 3; i += 3) {
    for (const axis of [0, 1]) {
      from[axis]! += context.rest[i + 1 + axis]! / count;
      to[axis]! += (context.rest[i + 1 + axis]! + field[i + 1 + axis]!) / count;
    }
  }
  let sine = 0, cosine = 0;
  for (let i = first * 3; i < end * 3; i += 3) {
    const ay = context.rest[i + 1]! - from[0]!, az = context.rest[i + 2]! - from[1]!;
    const by = context.rest[i + 1]! + field[i + 1]! - to[0]!, bz = context.rest[i + 2]! + field[i + 2]! - to[1]!;
    cosine += ay * by + az * bz;
    sine += ay * bz - az * by;
  }
  const length = Math.hypot(sine, cosine);
  const [c, s] = [cosine / length, sine / length];
  return (y, z) => [to[0]! + c * (y - from[0]!) - s * (z - from[1]!), to[1]! + s * (y - from[0]!) + c * (z - from[1]!)];
}

/** 1 on the lips and their rim, also inside, fading over the skin around and into the mouth. */
function rimShare(context: SculptContext, vertex: number): number {
  const { lipLineY, mouthHalfWidth, mouthCornerY, mouthCornerZ, lipFrontZ } = context.measures;
  const [x, y, z] = [context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!];
  if (vertex >= context.template.body.vertexCount) return 0;
  const across = Math.min(1, Math.abs(x) / mouthHalfWidth);
  const lineY = lipLineY + (mouthCornerY - lipLineY) * across ** 2;
  const lineZ = lipFrontZ + (mouthCornerZ - lipFrontZ) * across ** 2;
  const beside = Math.max(0, Math.abs(x) - mouthHalfWidth);
  const distance = Math.hypot(Math.max(0, Math.abs(y - lineY) - 0.006), beside);
  return ramp(distance, 0.03, 0.003) * ramp(z, lineZ - 0.022, lineZ - 0.011);
}


/**
 * Turns a lip's red inwards over the teeth: the lip turns about a line just below its surface, the rim most, and the
 * other lip closes up.
 */
function rollLip(context: SculptContext, lip: 'upper' | 'lower'): Field {
  const field = blank(context);
  const { lipLineY, lipFrontZ, mouthHalfWidth, mouthCornerY, mouthCornerZ } = context.measures;
  const towardsRim = lip === 'lower' ? 1 : -1;
  for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
    const [x, y, z] = [context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!];
    const own = lip === 'lower' ? context.lower[vertex]! : 1 - context.lower[vertex]!;
    const across = Math.min(1, Math.abs(x) / mouthHalfWidth);
    const lineY = lipLineY + (mouthCornerY - lipLineY) * across ** 2;
    const frontZ = lipFrontZ + (mouthCornerZ - lipFrontZ) * across ** 2;
    // 0 where the skin begins, 1 at the rim where the lips touch.
    const redness = ramp(Math.abs(y - lineY), 0.0145, 0.0005);
    const mask = own * redness * ramp(Math.abs(x), mouthHalfWidth * 1.02, mouthHalfWidth * 0.45) * ramp(z, frontZ - 0.02, frontZ - 0.011);
    field[vertex * 3 + 1] = towardsRim * 0.0032 * mask * (1 - 0.75 * redness);
    field[vertex * 3 + 2] = -0.0078 * mask * ramp(z, frontZ - 0.013, frontZ - 0.002);
  }
  return field;
}
