import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { ageYears } from '../../makehuman/macro.ts';
import type { Vector3 } from '../../people/camera.ts';
import { HAIR_COLORS, randomTraits } from '../../people/traits.ts';
import type { Traits } from '../../people/traits.ts';

/** What a camera and a file format do to a picture. */
export interface CameraNoise {
  /** Gains of the linear channels: exposure and white balance. */
  readonly gain: Vector3;
  /** Grain in 8-bit steps. */
  readonly grain: number;
  /** Standard deviation of the lens' blur, pixels; under 0.3 none. */
  readonly blurPixels: number;
  readonly jpegQuality: number;
  readonly vignette: number;
}

/** A person to learn from, and how they are photographed. */
export interface TrainingPerson {
  readonly traits: Traits;
  readonly noise: CameraNoise;
}

/** Core hair styles of MakeHuman, all of them. */
const HAIR = ['afro01', 'bob01', 'bob02', 'Braid01', 'long01', 'ponytail01', 'short01', 'short02', 'short03', 'short04'];
/** As often as portraits show their like: long hair mostly, fringes over the eyes seldom. */
const WOMENS_HAIR = ['long01', 'long01', 'long01', 'long01', 'bob01', 'bob01', 'bob02', 'ponytail01', 'ponytail01', 'Braid01', 'short01', 'short02'];
const MENS_HAIR = ['short01', 'short01', 'short01', 'short02', 'short02', 'short04', 'short04', 'short04', 'short03', 'afro01', 'bob02', 'long01'];
const TEETH = ['Teeth_Base', 'Teeth_Shape01', 'Teeth_Shape02', 'Teeth_Shape03', 'Teeth_Shape04', 'Teeth_Shape05'];
const CLOTHES = ['female_casualsuit01', 'female_casualsuit02', 'female_elegantsuit01', 'female_sportsuit01', 'male_casualsuit01',
  'male_casualsuit02', 'male_casualsuit03', 'male_casualsuit04', 'male_casualsuit05', 'male_casualsuit06', 'male_elegantsuit01', 'male_worksuit01'];
const WOMENS = 4;
/** Furthest turn of the head against the camera, radians. */
const MAX_TURN = (25 * Math.PI) / 180;

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.integer(list.length)]!;
}

/**
 * A person of the training set; the same for the same seed. Wider than `randomTraits`, which draws people for show: all
 * hair styles on everybody, shaven heads, full beards, caps and scarves, extreme light, turned heads, strong expressions.
 */
export function trainingPerson(seed: number): TrainingPerson {
  const random = new SeededRandom(seed * 1597334677 + 71);
  const base = randomTraits(seed);
  const woman = base.macro.gender < 0.5;
  const years = ageYears(base.macro.age);
  const cap = drawCap(random, woman);
  const hair = drawHair(random, base, woman, cap?.kind);
  const beard = woman || years < 19 ? 0 : random.next() < 0.55 ? random.between(0.3, 1.4) : random.between(0, 0.15);
  const dyed = random.next() < 0.5;
  const turn = Math.max(-MAX_TURN, Math.min(MAX_TURN, 0.17 * random.normal()));
  const cameraYaw = 0.1 * random.normal();
  const traits: Traits = {
    ...base, featureSpread: random.between(0.7, 1.05),
    hair, hairColor: drawHairColor(random, base),
    brows: `eyebrow0${String(random.integer(12) + 1).padStart(2, '0')}`,
    clothes: random.next() < 0.85 ? woman ? CLOTHES[random.integer(WOMENS)]! : CLOTHES[WOMENS + random.integer(CLOTHES.length - WOMENS)]! : pick(random, CLOTHES),
    hat: cap === undefined && random.next() < 0.07 ? pick(random, ['fedora', 'fedora_cocked']) : undefined,
    glasses: random.next() < 0.22 ? pick(random, ['round', 'square'] as const) : 'none',
    clothesColor: drawCloth(random), dyed,
    ...(random.next() < 0.25 ? { clothesPattern: random.integer(1e6) } : {}),
    skinTone: drawSkinTone(random),
    beard: Math.min(1, beard),
    ...(beard > 0.75 && random.next() < 0.7 ? { beardMeters: random.between(0.002, 0.016) } : {}),
    freckles: random.next() < 0.2 ? random.between(0.2, 1) : 0,
    expression: drawExpression(random),
    pose: {
      ...base.pose, headYaw: cameraYaw + turn, headPitch: 0.09 * random.normal(), headRoll: 0.09 * random.normal(), armsDown: random.between(0.45, 0.8),
    },
    light: drawLight(random, base), backdrop: pick(random, ['studio', 'room', 'outdoors'] as const), backdropHue: random.next(),
    frameMeters: random.between(0.36, 0.58), focal: random.between(1.25, 2.6), cameraYaw, cameraPitch: 0.1 * random.normal(),
    ...(cap === undefined ? {} : { cap }),
    ...(hair === undefined ? {} : { hairShape: { volume: random.between(0.82, 1.3), length: random.between(0.85, 1.2) } }),
    ...(hair === undefined && cap?.kind !== 'scarf' && random.next() < 0.65 ? { cropped: random.between(0.2, 1) } : {}),
    teeth: pick(random, TEETH),
  };
  return { traits, noise: drawNoise(random) };
}

function drawCap(random: SeededRandom, woman: boolean): Traits['cap'] {
  const chance = random.next();
  const kind = chance < 0.05 ? 'beanie' : chance < 0.08 ? 'turban' : chance < 0.1 ? 'headband' : chance < (woman ? 0.19 : 0.105) ? 'scarf' : undefined;
  if (kind === undefined) return undefined;
  return {
    kind, color: drawCloth(random), ...(random.next() < 0.4 ? { pattern: random.integer(1e6) } : {}),
    thickness: kind === 'headband' ? 0.008 : kind === 'turban' ? random.between(0.015, 0.035) : random.between(0.007, 0.018),
    rim: kind === 'scarf' ? random.between(-0.012, 0.01) : random.between(-0.015, 0.02),
  };
}

function drawHair(random: SeededRandom, base: Traits, woman: boolean, cap: string | undefined): string | undefined {
  const chance = random.next();
  if (cap === 'scarf' || cap === 'turban') return undefined;
  if (chance < (woman ? 0.04 : 0.22)) return undefined;
  if (base.macro.ethnicity.african > 0.5 && chance < 0.4) return 'afro01';
  return chance > 0.9 ? pick(random, HAIR) : pick(random, woman ? WOMENS_HAIR : MENS_HAIR);
}

function drawHairColor(random: SeededRandom, base: Traits): Vector3 {
  const chance = random.next();
  const natural = chance < 0.6 ? base.hairColor : pick(random, Object.values(HAIR_COLORS));
  // One in twenty is dyed in no natural colour.
  const dye: Vector3 = random.next() < 0.05 ? [random.between(0.02, 0.5), random.between(0.02, 0.4), random.between(0.02, 0.5)] : natural;
  const depth = Math.exp(0.25 * random.normal());
  return [dye[0] * depth, dye[1] * depth, dye[2] * depth];
}

function drawCloth(random: SeededRandom): Vector3 {
  const light = Math.exp(random.between(Math.log(0.02), Math.log(0.8)));
  const strength = random.between(0, 0.85);
  const channel = (): number => light * (1 + strength * random.between(-1, 0.6));
  return [channel(), channel(), channel()];
}

function drawSkinTone(random: SeededRandom): Vector3 {
  const depth = random.between(0.68, 1.14);
  const warmth = 0.045 * random.normal();
  const redness = 0.03 * random.normal();
  return [depth * (1 + warmth), depth * (1 - redness), depth * (1 - warmth - 0.5 * redness)];
}

/** Smiles, open mouths, raised or knitted brows, half-shut eyes; each drawn by itself. */
function drawExpression(random: SeededRandom): Record<string, number> {
  const out: Record<string, number> = { 'eyebrows-left-inner-up': 0.3, 'eyebrows-right-inner-up': 0.3 };
  const both = (unit: string, weight: number): void => {
    out[unit.replace('SIDE', 'left')] = weight;
    out[unit.replace('SIDE', 'right')] = Math.max(0, weight * (1 + 0.15 * random.normal()));
  };
  const mouth = random.next();
  if (mouth < 0.35) out['mouth-corner-puller'] = random.between(0.1, 0.6);
  else if (mouth < 0.6) {
    out['mouth-corner-puller'] = random.between(0.35, 0.9);
    out['mouth-parling'] = random.between(0.1, 0.5);
    out['mouth-open'] = random.between(0, 0.25);
    out['mouth-upward-retraction'] = random.between(0, 0.2);
  } else if (mouth < 0.7) out['mouth-open'] = random.between(0.1, 0.6);
  else if (mouth < 0.75) out['mouth-pursing'] = random.between(0.1, 0.4);
  else if (mouth < 0.8) out['mouth-depression'] = random.between(0.1, 0.4);
  const eyes = random.next();
  if (eyes < 0.45) both('eye-SIDE-slit', random.between(0.05, 0.35));
  else if (eyes < 0.55) both('eye-SIDE-opened-up', random.between(0.1, 0.5));
  const brows = random.next();
  if (brows < 0.2) both('eyebrows-SIDE-up', random.between(0.1, 0.6));
  else if (brows < 0.35) both('eyebrows-SIDE-down', random.between(0.1, 0.5));
  return out;
}

/** One of the three light set-ups, harder or softer, stronger or weaker, with more or less of the surroundings' light. */
function drawLight(random: SeededRandom, base: Traits): Traits['light'] {
  const { light } = base;
  const key = random.between(0.75, 1.3);
  const around = random.between(0.7, 1.35);
  const tint = 0.06 * random.normal();
  const scaled = (color: Vector3, factor: number): Vector3 => [color[0] * factor * (1 + tint), color[1] * factor, color[2] * factor * (1 - tint)];
  return {
    softLights: light.softLights.map(({ direction, radius, color }) => ({
      direction: [direction[0] + 0.25 * random.normal(), direction[1] + 0.2 * random.normal(), direction[2] + 0.15 * random.normal()],
      radius: Math.min(0.8, radius * random.between(0.6, 1.4)), color: scaled(color, key),
    })),
    sky: scaled(light.sky, around), horizon: scaled(light.horizon, around), ground: scaled(light.ground, around),
  };
}

function drawNoise(random: SeededRandom): CameraNoise {
  const exposure = Math.exp(0.16 * random.normal());
  const warm = 0.05 * random.normal();
  return {
    gain: [exposure * (1 + warm), exposure, exposure * (1 - warm)],
    grain: random.next() < 0.6 ? random.between(0.2, 2) : random.between(2, 5),
    blurPixels: random.next() < 0.55 ? 0 : random.between(0.3, 1.1),
    jpegQuality: Math.round(random.next() < 0.7 ? random.between(85, 96) : random.between(55, 85)),
    vignette: random.between(0, 0.5),
  };
}
