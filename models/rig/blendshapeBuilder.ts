import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { Blendshape } from '../../shared/rig/rig.ts';
import { leftMask, maskAt } from './faceMasks.ts';
import { symmetrise } from './mirror.ts';
import type { Recipe } from './recipes.ts';
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
    if (recipe !== undefined) fields.set(name, mix(context, recipe));
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

function mix(context: SculptContext, { terms, sculpt, gain = 1 }: Recipe): Field {
  const out: Field = new Float32Array(context.rest.length);
  for (const { target, weight, left, mask } of terms) {
    const field = context.target(target);
    for (let vertex = 0; vertex < out.length / 3; vertex++) {
      const [x, y, z] = [context.rest[vertex * 3]!, context.rest[vertex * 3 + 1]!, context.rest[vertex * 3 + 2]!];
      const share = weight * (left === true ? leftMask(x) : 1)
        * (mask === undefined ? 1 : maskAt(mask, x, y, z, context.lower[vertex]!, context.measures));
      for (let axis = 0; axis < 3; axis++) out[vertex * 3 + axis] = out[vertex * 3 + axis]! + share * field[vertex * 3 + axis]!;
    }
  }
  if (sculpt !== undefined) {
    const make = SCULPTS[sculpt];
    if (make === undefined) throw new Error(`no sculpt named ${sculpt}`);
    const field = make(context);
    for (let i = 0; i < out.length; i++) out[i] = out[i]! + field[i]!;
  }
  if (gain !== 1) for (let i = 0; i < out.length; i++) out[i] = out[i]! * gain;
  return out;
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
