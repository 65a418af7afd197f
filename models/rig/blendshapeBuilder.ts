import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { Blendshape } from '../../shared/rig/rig.ts';
import { leftMask, maskAt } from './faceMasks.ts';
import { guardLids } from './lidGuard.ts';
import { symmetrise } from './mirror.ts';
import { pushField } from './pushes.ts';
import type { Recipe, TargetTerm } from './recipes.ts';
import { RECIPES } from './recipes.ts';
import type { Field, SculptContext } from './sculptContext.ts';
import { SCULPTS } from './sculpts.ts';

/** Displacements below this are left out, metres. */
const NEGLIGIBLE = 4e-5;

/** The 52 shapes from their recipes; right ones mirror the left ones, middle ones are exactly symmetric. */
export function buildBlendshapes(context: SculptContext): Blendshape[] {
  const fields = new Map<BlendshapeName, Field>();
  for (const name of BLENDSHAPE_NAMES) {
    const recipe = (RECIPES as Readonly<Partial<Record<BlendshapeName, Recipe>>>)[name];
    if (recipe === undefined) continue;
    const field = mix(context, recipe, name.endsWith('Left'));
    holdTeeth(context, name, field);
    guardLids(context, field, name.startsWith('eyeLook'));
    fields.set(name, field);
  }
  return BLENDSHAPE_NAMES.map((name) => {
    const own = fields.get(name);
    if (own !== undefined) {
      if (!name.endsWith('Left')) symmetrise(own, context.mirrored);
      return sparse(name, own);
    }
    const left = fields.get(`${name.slice(0, -'Right'.length)}Left` as BlendshapeName);
    if (left === undefined) throw new Error(`no recipe for ${name}`);
    return sparse(name, mirrorField(left, context.mirrored));
  });
}

/** Teeth sit on bone: the upper ones never move, the lower ones and the tongue only with the jaw. */
const JAW_SHAPES: ReadonlySet<BlendshapeName> = new Set(['jawOpen', 'jawForward', 'jawLeft', 'tongueOut']);

function holdTeeth(context: SculptContext, name: BlendshapeName, field: Field): void {
  const parts = JAW_SHAPES.has(name) ? ['upperTeeth'] as const : ['upperTeeth', 'lowerTeeth', 'tongue'] as const;
  for (const part of parts) {
    const [first, end] = context.vertices(part);
    field.fill(0, first * 3, end * 3);
  }
}

function mix(context: SculptContext, { terms, sculpt }: Recipe, oneSided: boolean): Field {
  const out: Field = new Float32Array(context.rest.length);
  const add = (field: Field): void => { for (let i = 0; i < out.length; i++) out[i] = out[i]! + field[i]!; };
  for (const term of terms) {
    const onLeft = 'push' in term || /left|\/l-/.test(term.target);
    const field = 'push' in term
      ? pushField(context, term.push, term.millimeters.map((value) => value / 1000) as [number, number, number])
      : maskedTarget(context, term);
    add(field);
    if (onLeft && !oneSided) add(mirrorField(field, context.mirrored));
  }
  if (sculpt !== undefined) add(SCULPTS[sculpt](context));
  return out;
}

function maskedTarget(context: SculptContext, { target, weight, left, mask }: TargetTerm): Field {
  const field = context.target(target).slice();
  for (let vertex = 0; vertex < field.length / 3; vertex++) {
    const [x, y, z] = [context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!];
    const share = weight * (left === true ? leftMask(x) : 1)
      * (mask === undefined ? 1 : maskAt(mask, x, y, z, context.lower[vertex]!, context.measures));
    for (let axis = 0; axis < 3; axis++) field[vertex * 3 + axis] = share * field[vertex * 3 + axis]!;
  }
  return field;
}

function mirrorField(field: Field, mirrored: Uint32Array): Field {
  const out: Field = new Float32Array(field.length);
  mirrored.forEach((other, vertex) => {
    out[vertex * 3] = -field[other * 3]!;
    out[vertex * 3 + 1] = field[other * 3 + 1]!;
    out[vertex * 3 + 2] = field[other * 3 + 2]!;
  });
  return out;
}

function sparse(name: string, field: Field): Blendshape {
  const rows: number[] = [];
  for (let vertex = 0; vertex < field.length / 3; vertex++) {
    if (Math.hypot(field[vertex * 3]!, field[vertex * 3 + 1]!, field[vertex * 3 + 2]!) > NEGLIGIBLE) rows.push(vertex);
  }
  return {
    name, vertexIndices: Uint32Array.from(rows),
    deltas: Float32Array.from(rows.flatMap((vertex) => [field[vertex * 3]!, field[vertex * 3 + 1]!, field[vertex * 3 + 2]!])),
  };
}
