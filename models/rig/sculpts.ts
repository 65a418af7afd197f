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

/** Everything that hangs on the lower jaw, including teeth and tongue, by how much. */
function jawShare(context: SculptContext, vertex: number): number {
  return context.lower[vertex]!;
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
  blinkLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-closure', 1]),
  squintLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-slit', 0.8]),
  wideLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-opened-up', 0.8]),
  lookDownLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-closure', 0.35]),
  lookUpLeft: (context: SculptContext): Field => sumOf(context, ['eye-left-opened-up', 0.4]),
  lookInLeft: (context: SculptContext): Field => shiftLids(context, -0.0008),
  lookOutLeft: (context: SculptContext): Field => shiftLids(context, 0.0008),
  jawForward: (context: SculptContext): Field => moveJaw(context, () => [0, -0.0005, 0.0085]),
  jawLeft: (context: SculptContext): Field => moveJaw(context, () => [0.007, -0.0005, 0]),
  mouthClose: (context: SculptContext): Field => {
    // With jawOpen at 1 the lips meet again: both take back what opens them, the lower lip most.
    const field = blank(context);
    const open = context.target('mouth-open');
    add(field, open, (vertex) => -mouthMask(context, vertex) * ramp(context.rest[vertex * 3 + 2]!, 0.012, 0.026) * lipness(context, vertex));
    return field;
  },
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
  shrugUpper: (context: SculptContext): Field => {
    const field = blank(context);
    for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
      const mask = lipness(context, vertex) * (1 - context.lower[vertex]!) * mouthMask(context, vertex);
      field[vertex * 3 + 1] = 0.0035 * mask;
      field[vertex * 3 + 2] = 0.0015 * mask;
    }
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

function lipness(context: SculptContext, vertex: number): number {
  return maskAt('lips', context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!, 0, context.measures);
}

function shiftLids(context: SculptContext, x: number): Field {
  const field = blank(context);
  const closure = context.target('eye-left-closure');
  for (let vertex = 0; vertex < field.length / 3; vertex++) {
    const moved = Math.hypot(closure[vertex * 3]!, closure[vertex * 3 + 1]!, closure[vertex * 3 + 2]!);
    field[vertex * 3] = x * ramp(moved, 0, 0.004);
  }
  return field;
}

/** Turns a lip's red inwards over the teeth. */
function rollLip(context: SculptContext, lip: 'upper' | 'lower'): Field {
  const field = blank(context);
  const { lipLineY, mouthHalfWidth } = context.measures;
  const up = lip === 'lower' ? 1 : -1;
  for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
    const own = lip === 'lower' ? context.lower[vertex]! : 1 - context.lower[vertex]!;
    const x = context.rest[vertex * 3]!, y = context.rest[vertex * 3 + 1]!, z = context.rest[vertex * 3 + 2]!;
    const distance = Math.abs(y - lipLineY);
    const mask = own * ramp(distance, 0.016, 0.001) * ramp(Math.abs(x), mouthHalfWidth * 1.05, mouthHalfWidth * 0.5) * ramp(z, 0.016, 0.026);
    field[vertex * 3 + 1] = up * 0.0025 * mask * ramp(distance, 0, 0.006);
    field[vertex * 3 + 2] = -0.0055 * mask;
  }
  return field;
}
