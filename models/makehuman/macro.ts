import type { TargetLibrary } from './targetLibrary.ts';

export const ETHNICITIES = ['african', 'asian', 'caucasian'] as const;
export type Ethnicity = (typeof ETHNICITIES)[number];

/** MakeHuman's macro sliders, each in [0, 1]; 0.5 is the middle. */
export interface MacroSettings {
  /** 0 woman, 1 man. */
  readonly gender: number;
  /** 0: 1 year, 0.1875: 10 years, 0.5: 25 years, 1: 90 years. */
  readonly age: number;
  readonly muscle: number;
  readonly weight: number;
  readonly height: number;
  /** Body proportions: 0 uncommon, 1 ideal. */
  readonly proportions: number;
  /** Shares, summing to 1. */
  readonly ethnicity: Readonly<Record<Ethnicity, number>>;
}

export const AVERAGE_MACRO: MacroSettings = {
  gender: 0.5, age: 0.5, muscle: 0.5, weight: 0.5, height: 0.5, proportions: 0.5,
  ethnicity: { african: 1 / 3, asian: 1 / 3, caucasian: 1 / 3 },
};

/** Years of life that an age setting stands for (MakeHuman's `human.getAgeYears`). */
export function ageYears(age: number): number {
  return age < 0.5 ? 1 + (age * (25 - 1)) / 0.5 : 25 + ((age - 0.5) * (90 - 25)) / 0.5;
}

/** Share of each word that occurs in a macro target's name; MakeHuman's `human._setDependendVariables`. */
function wordShares(macro: MacroSettings): Map<string, number> {
  const { age } = macro;
  const shares = new Map<string, number>([['male', macro.gender], ['female', 1 - macro.gender]]);
  if (age < 0.5) {
    const young = Math.max(0, (age - 0.1875) * 3.2);
    shares.set('old', 0).set('baby', Math.max(0, 1 - age * 5.333)).set('young', young)
      .set('child', Math.max(0, Math.min(1, 5.333 * age) - young));
  } else {
    const old = Math.max(0, age * 2 - 1);
    shares.set('child', 0).set('baby', 0).set('old', old).set('young', 1 - old);
  }
  const spread = (value: number, low: string, middle: string, high: string): void => {
    shares.set(low, Math.max(0, 1 - value * 2)).set(high, Math.max(0, value * 2 - 1))
      .set(middle, 1 - Math.abs(value * 2 - 1));
  };
  spread(macro.muscle, 'minmuscle', 'averagemuscle', 'maxmuscle');
  spread(macro.weight, 'minweight', 'averageweight', 'maxweight');
  spread(macro.height, 'minheight', 'averageheight', 'maxheight');
  spread(macro.proportions, 'uncommonproportions', 'regularproportions', 'idealproportions');
  for (const ethnicity of ETHNICITIES) shares.set(ethnicity, macro.ethnicity[ethnicity]);
  return shares;
}

/**
 * Weights of all macro targets: the product of the shares of the words in each target's name
 * (`universal-female-young-averagemuscle-maxweight`), as MakeHuman mixes them. Zero weights are left out.
 */
export function macroTargetWeights(library: TargetLibrary, macro: MacroSettings): Map<string, number> {
  const shares = wordShares(macro);
  const weights = new Map<string, number>();
  for (const name of library.names) {
    if (!name.startsWith('macrodetails/')) continue;
    let weight = 1;
    for (const word of name.slice(name.lastIndexOf('/') + 1).split('-')) {
      if (word !== 'universal') weight *= shares.get(word) ?? 0;
    }
    if (weight > 1e-6) weights.set(name, weight);
  }
  return weights;
}
