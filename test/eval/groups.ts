import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { labelPortrait } from '../../server/generator/labelMap.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';

/** What a held-out portrait shows, told by looking at it. */
const labelSchema = z.record(z.string(), z.strictObject({
  age: z.enum(['young', 'middle', 'old']), headwear: z.enum(['none', 'scarf', 'hat']), glasses: z.boolean(),
  hair: z.enum(['none', 'short', 'long', 'braids', 'covered']),
}));

let labels: z.infer<typeof labelSchema> | undefined;

/** Groups a portrait belongs to, as `kind: name`. */
export type PortraitGroups = Readonly<Record<string, string>>;

/**
 * Skin tone as measured on the portrait, gender as in the file's name, and what `heldOut.json` says.
 * @param name of the portrait's file, without its ending
 */
export function portraitGroups(name: string, portrait: AnalysedPortrait): PortraitGroups {
  labels ??= labelSchema.parse(JSON.parse(readFileSync(new URL('heldOut.json', import.meta.url), 'utf8')));
  const gender = /^(female|male)/.exec(name)?.[1];
  const told = labels[name];
  return {
    skin: skinTone(labelPortrait(portrait).skinColor),
    ...gender === undefined ? {} : { gender },
    ...told === undefined ? {} : { age: told.age, headwear: told.headwear, glasses: told.glasses ? 'glasses' : 'none', hair: told.hair },
  };
}

/** Individual typology angle's borders (Del Bino 2006): light above 41°, then intermediate and tan, dark below 10°. */
const TONES = [[41, 'light'], [10, 'medium'], [-Infinity, 'dark']] as const;

/** Skin tone by the individual typology angle, atan((L* - 50) / b*), of an sRGB colour in [0, 1]; the light counts too. */
export function skinTone(color: readonly [number, number, number]): 'light' | 'medium' | 'dark' {
  const [L, , b] = labOfSrgb(color);
  const angle = (Math.atan2(L - 50, b) * 180) / Math.PI;
  return TONES.find(([border]) => angle > border)![1];
}

/** CIE L*a*b* (D65) of an sRGB colour in [0, 1]. */
export function labOfSrgb(color: readonly [number, number, number]): [number, number, number] {
  const [r, g, b] = color.map((s) => (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  const f = (t: number): number => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
