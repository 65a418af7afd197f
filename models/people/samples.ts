import type { Traits } from './traits.ts';
import { HAIR_COLORS, LIGHTS, randomTraits } from './traits.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';

/** An invented person that ships with the product. */
export interface Sample {
  readonly name: string;
  /** What a picture shows to who cannot see it. */
  readonly alt: string;
  readonly traits: Traits;
}

interface Wish {
  readonly name: string;
  readonly alt: string;
  readonly seed: number;
  readonly macro: Partial<Traits['macro']>;
  readonly hairColor: keyof typeof HAIR_COLORS;
  /** How far the head turns from the camera, radians. */
  readonly turn: number;
  readonly lightIndex: number;
  readonly lightSide: 1 | -1;
  readonly traits: Partial<Traits>;
}

const CALM = { 'eyebrows-left-inner-up': 0.4, 'eyebrows-right-inner-up': 0.4 };
const SMILE = { ...CALM, 'mouth-corner-puller': 0.85, 'eye-left-slit': 0.2, 'eye-right-slit': 0.2 };
const LIGHT_SMILE = { ...CALM, 'mouth-corner-puller': 0.5, 'eye-left-slit': 0.1, 'eye-right-slit': 0.1 };

const WISHES: readonly Wish[] = [
  {
    name: 'Ada', alt: 'A young woman with freckles, her auburn hair in a ponytail', seed: 101,
    macro: { gender: 0.04, age: 0.5, weight: 0.5, muscle: 0.5, proportions: 0.95, ethnicity: { african: 0, asian: 0.05, caucasian: 0.95 } },
    turn: 0.06, hairColor: 'auburn', lightIndex: 0, lightSide: 1,
    traits: { dyed: true, clothesColor: [0.07, 0.17, 0.13], hair: 'ponytail01', eyes: 'green', brows: 'eyebrow001', lashes: 'eyelashes02', clothes: 'female_casualsuit01', expression: SMILE, freckles: 0.7,
      backdrop: 'room', backdropHue: 0.55 },
  },
  {
    name: 'Kofi', alt: 'A dark-skinned man of about thirty with short curly hair, in a suit', seed: 102,
    macro: { gender: 0.95, age: 0.55, weight: 0.5, muscle: 0.6, proportions: 0.9, ethnicity: { african: 0.96, asian: 0.02, caucasian: 0.02 } },
    turn: -0.14, hairColor: 'black', lightIndex: 1, lightSide: -1,
    traits: { hair: 'short01', eyes: 'brown', brows: 'eyebrow009', lashes: 'eyelashes04', clothes: 'male_elegantsuit01', expression: LIGHT_SMILE,
      backdrop: 'studio', backdropHue: 0.08, beard: 0.5 },
  },
  {
    name: 'Mei', alt: 'A woman in her thirties with long black hair', seed: 103,
    macro: { gender: 0.06, age: 0.58, weight: 0.48, muscle: 0.5, proportions: 0.9, ethnicity: { african: 0, asian: 0.97, caucasian: 0.03 } },
    turn: 0.04, hairColor: 'black', lightIndex: 2, lightSide: 1,
    traits: { hair: 'long01', eyes: 'brown', brows: 'eyebrow004', lashes: 'eyelashes03', clothes: 'female_elegantsuit01', expression: LIGHT_SMILE,
      backdrop: 'outdoors', backdropHue: 0.3 },
  },
  {
    name: 'Tomas', alt: 'A grey-haired man in his sixties with dark-rimmed glasses', seed: 104,
    macro: { gender: 0.96, age: 0.8, weight: 0.55, muscle: 0.5, proportions: 0.8, ethnicity: { african: 0, asian: 0, caucasian: 1 } },
    turn: 0.1, hairColor: 'grey', lightIndex: 0, lightSide: -1,
    traits: { skinTone: [0.86, 0.87, 0.88], dyed: true, clothesColor: [0.16, 0.24, 0.34], hair: 'short04', eyes: 'blue', brows: 'eyebrow008', lashes: 'eyelashes04', clothes: 'male_casualsuit03', expression: LIGHT_SMILE,
      glasses: 'square', backdrop: 'room', backdropHue: 0.1 },
  },
  {
    name: 'Nia', alt: 'A young woman with a natural afro and a wide smile', seed: 105,
    macro: { gender: 0.05, age: 0.5, weight: 0.5, muscle: 0.5, proportions: 0.9, ethnicity: { african: 0.75, asian: 0.05, caucasian: 0.2 } },
    turn: -0.05, hairColor: 'black', lightIndex: 2, lightSide: -1,
    traits: { dyed: true, clothesColor: [0.55, 0.33, 0.1], hair: 'afro01', eyes: 'brown', brows: 'eyebrow003', lashes: 'eyelashes02', clothes: 'female_sportsuit01', expression: SMILE,
      backdrop: 'outdoors', backdropHue: 0.6 },
  },
  {
    name: 'Ravi', alt: 'A bearded man in a dark hat', seed: 106,
    macro: { gender: 0.94, age: 0.6, weight: 0.55, muscle: 0.55, proportions: 0.85, ethnicity: { african: 0.3, asian: 0.3, caucasian: 0.4 } },
    turn: 0.12, hairColor: 'black', lightIndex: 1, lightSide: 1,
    traits: { dyed: true, clothesColor: [0.13, 0.14, 0.16], hair: 'short04', hat: 'fedora', eyes: 'brown', brows: 'eyebrow009', lashes: 'eyelashes04', clothes: 'male_casualsuit04', expression: LIGHT_SMILE,
      beard: 0.75, backdrop: 'studio', backdropHue: 0.58 },
  },
  {
    name: 'Ingrid', alt: 'An elderly woman with short white hair and round glasses', seed: 107,
    macro: { gender: 0.06, age: 0.88, weight: 0.52, muscle: 0.45, proportions: 0.8, ethnicity: { african: 0, asian: 0, caucasian: 1 } },
    turn: -0.08, hairColor: 'white', lightIndex: 2, lightSide: 1,
    traits: { dyed: true, clothesColor: [0.42, 0.2, 0.25], hair: 'short02', eyes: 'grey', brows: 'eyebrow011', lashes: 'eyelashes04', clothes: 'female_casualsuit02', expression: SMILE, glasses: 'round',
      backdrop: 'room', backdropHue: 0.3 },
  },
];

/** The sample people, always the same. */
export const SAMPLES: readonly Sample[] = WISHES.map((wish) => {
  const chance = randomTraits(wish.seed);
  return {
    name: wish.name, alt: wish.alt,
    traits: {
      ...chance, featureSpread: 0.55, hat: undefined, glasses: 'none', beard: 0, freckles: 0, clothesColor: [1, 1, 1], dyed: false,
      frameMeters: 0.41, focal: 1.8, cameraYaw: 0, cameraPitch: 0.02,
      pose: { ...chance.pose, headYaw: wish.turn, headPitch: 0, headRoll: wish.turn * -0.25, armsDown: 0.7 },
      macro: { ...chance.macro, height: 0.5, ...wish.macro }, hairColor: HAIR_COLORS[wish.hairColor]!,
      light: LIGHTS[wish.lightIndex]!(wish.lightSide, new SeededRandom(wish.seed)), ...wish.traits,
    },
  };
});
