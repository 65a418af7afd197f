import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TargetLibrary } from './targetLibrary.ts';

/** One of MakeHuman's detail sliders: negative values blend the `low` target in, positive ones the `high` target. */
export interface LocalModifier {
  /** Group and slider, the side left out: `eyes/eye-bag min max`. Sliders of both sides share it. */
  readonly key: string;
  readonly group: string;
  readonly side: 'left' | 'right' | 'both';
  readonly low: string | undefined;
  readonly high: string;
  /** Whether it shifts or shears the face sideways, so that it makes the head asymmetric by itself. */
  readonly sideways: boolean;
}

const modifiersSchema = z.array(z.object({
  group: z.string(),
  modifiers: z.array(z.object({
    target: z.string().optional(), min: z.string().optional(), max: z.string().optional(),
  })),
}));

const HEAD_GROUPS = new Set(['head', 'forehead', 'eyebrows', 'neck', 'eyes', 'nose', 'mouth', 'ears', 'chin', 'cheek', 'torso']);
/** These move the midline itself. */
const SIDEWAYS = /^(?:head|neck|nose|mouth|torso)-trans(?:-horiz)?$/;

/** The sliders that shape head, neck and torso, in the order of MakeHuman's list. */
export function loadLocalModifiers(packageFolder: string, library: TargetLibrary): LocalModifier[] {
  const groups = modifiersSchema.parse(
    JSON.parse(readFileSync(join(packageFolder, 'src/json/modifiers/modeling_modifiers.json'), 'utf8')));
  const modifiers: LocalModifier[] = [];
  for (const { group, modifiers: entries } of groups) {
    if (!HEAD_GROUPS.has(group)) continue;
    for (const { target, min, max } of entries) {
      if (target === undefined) continue;
      const name = (ending: string | undefined): string => `${group}/${target}${ending === undefined ? '' : `-${ending}`}`;
      const side = target.startsWith('l-') ? 'left' : target.startsWith('r-') ? 'right' : 'both';
      const high = name(max);
      const low = min === undefined ? undefined : name(min);
      if (!library.has(high) || (low !== undefined && !library.has(low))) continue;
      modifiers.push({
        key: `${group}/${side === 'both' ? target : target.slice(2)} ${min ?? ''} ${max ?? ''}`,
        group, side, low, high, sideways: SIDEWAYS.test(target) && min === 'in',
      });
    }
  }
  return modifiers;
}
