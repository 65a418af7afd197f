import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { randomMacro } from '../makehuman/randomHead.ts';
import type { MacroSettings } from '../makehuman/macro.ts';
import { ageYears } from '../makehuman/macro.ts';
import type { Vector3 } from './camera.ts';
import type { Cap } from './headwear.ts';
import type { LightStyle } from './lighting.ts';
import type { BodyPose } from './skeleton.ts';

/** Everything about an invented person and their photograph that chance decides. */
export interface Traits {
  readonly seed: number;
  readonly macro: MacroSettings;
  /** Scales how far features stray from the average. */
  readonly featureSpread: number;
  readonly hair: string | undefined;
  /** Linear colour of a strand in mid light. */
  readonly hairColor: Vector3;
  readonly brows: string;
  readonly lashes: string;
  readonly eyes: string;
  readonly clothes: string;
  readonly hat: string | undefined;
  readonly glasses: 'none' | 'round' | 'square';
  /** Dye of the clothes, multiplied onto their texture. */
  readonly clothesColor: Vector3;
  /** Whether the clothes' own colour gives way to `clothesColor`. */
  readonly dyed: boolean;
  /** Multiplied onto the skin's texture. */
  readonly skinTone: Vector3;
  /** 0 clean-shaven to 1 a short full beard. */
  readonly beard: number;
  readonly freckles: number;
  /** Weights of MakeHuman's expression units, `mouth-corner-puller` for instance. */
  readonly expression: Readonly<Record<string, number>>;
  readonly pose: BodyPose;
  readonly light: LightStyle;
  readonly backdrop: 'studio' | 'room' | 'outdoors';
  readonly backdropHue: number;
  /** Picture height at the head, metres. */
  readonly frameMeters: number;
  /** Camera distance over `frameMeters`: the focal length in picture heights. */
  readonly focal: number;
  readonly cameraYaw: number;
  readonly cameraPitch: number;
  /** Headwear made from the head, beside `hat`. */
  readonly cap?: Cap & { readonly color: Vector3; /** Seed of a `fabric`; plain without. */ readonly pattern?: number };
  /** Seed of a `fabric` that the clothes are made of. */
  readonly clothesPattern?: number;
  /** How far the hair stands off, sideways and front to back, and how far it hangs, as shares of the painted style's. */
  readonly hairShape?: { readonly volume: number; readonly length: number };
  /** How far a full beard stands off the skin, metres. */
  readonly beardMeters?: number;
  /** 0 bare scalp to 1 a dark crew cut, painted onto the skin. */
  readonly cropped?: number;
  readonly teeth?: string;
}

const SHORT_HAIR = ['short01', 'short02', 'short03', 'short04'];
const LONG_HAIR = ['bob01', 'bob02', 'long01', 'ponytail01', 'Braid01'];

export const HAIR_COLORS: Readonly<Record<string, Vector3>> = {
  black: [0.012, 0.010, 0.009], darkBrown: [0.035, 0.021, 0.013], brown: [0.085, 0.045, 0.024], chestnut: [0.12, 0.05, 0.024],
  auburn: [0.19, 0.062, 0.022], darkBlond: [0.23, 0.145, 0.072], blond: [0.42, 0.29, 0.145], grey: [0.3, 0.29, 0.28], white: [0.6, 0.58, 0.55],
};

export const CLOTHES_COLORS: readonly Vector3[] = [
  [0.75, 0.73, 0.7], [0.09, 0.1, 0.13], [0.32, 0.05, 0.06], [0.06, 0.16, 0.12], [0.3, 0.33, 0.38], [0.5, 0.32, 0.12], [0.12, 0.2, 0.36],
];

export const LIGHTS: readonly ((side: number, random: SeededRandom) => LightStyle)[] = [
  // A large window to one side, a bright room on the other.
  (side, random) => ({
    softLights: [
      { direction: [side * 0.75, 0.45, 0.85], radius: 0.5, color: scale([1, 0.97, 0.92], random.between(1.0, 1.25)) },
      { direction: [-side * 0.9, 0.5, -0.6], radius: 0.35, color: scale([0.8, 0.9, 1], random.between(0.3, 0.6)) },
    ],
    sky: [0.34, 0.35, 0.37], horizon: [0.36, 0.34, 0.32], ground: [0.22, 0.18, 0.15],
  }),
  // A studio: key above, fill, rim.
  (side, random) => ({
    softLights: [
      { direction: [side * 0.5, 0.6, 1], radius: 0.42, color: scale([1, 0.98, 0.96], random.between(1.05, 1.3)) },
      { direction: [-side * 0.9, 0.15, 0.8], radius: 0.6, color: scale([0.95, 0.97, 1], random.between(0.2, 0.4)) },
      { direction: [-side * 0.6, 0.7, -1], radius: 0.3, color: scale([1, 0.96, 0.9], random.between(0.4, 0.8)) },
    ],
    sky: [0.25, 0.25, 0.26], horizon: [0.24, 0.24, 0.24], ground: [0.17, 0.16, 0.15],
  }),
  // Open shade outdoors: a wide bright sky, warm light from the ground.
  (side, random) => ({
    softLights: [
      { direction: [side * 0.35, 0.8, 0.75], radius: 0.75, color: scale([0.97, 1, 1.03], random.between(0.75, 0.95)) },
      { direction: [-side * 0.7, 0.5, -0.9], radius: 0.25, color: scale([1, 0.93, 0.8], random.between(0.3, 0.7)) },
    ],
    sky: [0.55, 0.58, 0.62], horizon: [0.45, 0.45, 0.42], ground: [0.27, 0.25, 0.19],
  }),
];

function scale(color: Vector3, factor: number): Vector3 {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.integer(list.length)]!;
}

const EXPRESSIONS: readonly ((random: SeededRandom) => Record<string, number>)[] = [
  (r) => ({ 'mouth-corner-puller': r.between(0.12, 0.35), 'eye-left-slit': 0.12, 'eye-right-slit': 0.12 }),
  (r) => ({ 'mouth-corner-puller': r.between(0.3, 0.5), 'mouth-elevation': 0.06, 'eye-left-slit': 0.2, 'eye-right-slit': 0.2 }),
  () => ({}),
  (r) => ({ 'mouth-corner-puller': r.between(0.45, 0.7), 'mouth-parling': r.between(0.15, 0.35), 'mouth-open': 0.05, 'eye-left-slit': 0.25, 'eye-right-slit': 0.25 }),
  (r) => ({ 'mouth-corner-puller': 0.15, 'eyebrows-left-up': r.between(0.1, 0.4), 'eyebrows-right-up': r.between(0.1, 0.4) }),
];

/** The same traits for the same seed. */
export function randomTraits(seed: number): Traits {
  const random = new SeededRandom(seed * 2654435761);
  const macro = randomMacro(random);
  const years = ageYears(macro.age);
  const woman = macro.gender < 0.5;
  const { african, asian, caucasian } = macro.ethnicity;
  const chance = random.next();
  const hair = african > 0.5 && chance < 0.45 ? 'afro01'
    : woman ? (chance < 0.85 ? pick(random, LONG_HAIR) : pick(random, SHORT_HAIR))
      : chance > 0.9 ? undefined : pick(random, SHORT_HAIR);
  const natural = caucasian > 0.5 ? pick(random, ['darkBrown', 'brown', 'chestnut', 'auburn', 'darkBlond', 'blond'])
    : pick(random, ['black', 'black', 'darkBrown']);
  const grey = years > 62 ? 1 : years > 45 ? (years - 45) / 30 : 0;
  const base = HAIR_COLORS[natural]!;
  const silver = HAIR_COLORS[random.next() < 0.5 ? 'grey' : 'white']!;
  const hairColor: Vector3 = [0, 1, 2].map((k) => base[k]! + grey * (silver[k]! - base[k]!)) as unknown as Vector3;
  const light = pick(random, LIGHTS)(random.next() < 0.5 ? 1 : -1, random);
  const warmth = random.between(-0.04, 0.05);
  const depth = random.between(0.88, 1.06);
  return {
    seed, macro, featureSpread: 0.8,
    hair, hairColor,
    brows: `eyebrow0${String(random.integer(12) + 1).padStart(2, '0')}`,
    lashes: woman ? pick(random, ['eyelashes02', 'eyelashes03', 'Eyelashes01']) : 'eyelashes04',
    eyes: asian + african > 0.6 ? 'brown' : pick(random, ['blue', 'bluegreen', 'brown', 'brownlight', 'green', 'grey', 'brown']),
    clothes: woman ? pick(random, ['female_casualsuit01', 'female_casualsuit02', 'female_elegantsuit01', 'female_sportsuit01'])
      : pick(random, ['male_casualsuit01', 'male_casualsuit02', 'male_casualsuit03', 'male_casualsuit04', 'male_casualsuit05',
        'male_casualsuit06', 'male_elegantsuit01', 'male_worksuit01']),
    hat: random.next() < 0.12 ? pick(random, ['fedora', 'fedora_cocked']) : undefined,
    glasses: random.next() < 0.2 ? pick(random, ['round', 'square'] as const) : 'none',
    clothesColor: pick(random, CLOTHES_COLORS),
    dyed: random.next() < 0.5,
    skinTone: [depth * (1 + warmth), depth, depth * (1 - warmth)],
    beard: woman || years < 19 ? 0 : random.next() < 0.45 ? random.between(0.2, 1) : 0.08,
    freckles: caucasian > 0.6 && random.next() < 0.35 ? random.between(0.3, 1) : 0,
    expression: { 'eyebrows-left-inner-up': 0.3, 'eyebrows-right-inner-up': 0.3, ...pick(random, EXPRESSIONS)(random) },
    pose: {
      headYaw: 0.13 * random.normal(), headPitch: 0.05 * random.normal(), headRoll: 0.05 * random.normal(),
      armsDown: random.between(0.55, 0.75), gazeYaw: 0, gazePitch: 0,
    },
    light, backdrop: pick(random, ['studio', 'room', 'outdoors'] as const), backdropHue: random.next(),
    frameMeters: random.between(0.46, 0.58), focal: random.between(1.7, 2.2),
    cameraYaw: 0.08 * random.normal(), cameraPitch: 0.05 * random.normal(),
  };
}
