import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';

/** What a voice moves; left and right of a pair move alike. */
export const MOUTH_CHANNELS = [
  'jawOpen', 'mouthClose', 'mouthFunnel', 'mouthPucker', 'mouthStretch', 'mouthSmile', 'mouthPress',
  'mouthRollLower', 'mouthRollUpper', 'mouthLowerDown', 'mouthUpperUp', 'mouthShrugUpper',
] as const;
export type MouthChannel = (typeof MOUTH_CHANNELS)[number];
export type MouthShape = Readonly<Partial<Record<MouthChannel, number>>>;

const PAIRED: ReadonlySet<MouthChannel> = new Set(['mouthStretch', 'mouthSmile', 'mouthPress', 'mouthLowerDown', 'mouthUpperUp']);

/** The rig's blendshapes of a channel. */
export function blendshapesOf(channel: MouthChannel): readonly BlendshapeName[] {
  return PAIRED.has(channel)
    ? [`${channel}Left` as BlendshapeName, `${channel}Right` as BlendshapeName]
    : [channel as BlendshapeName];
}

/** A vowel: where its formants lie for an average adult, Hz (Peterson and Barney 1952, men and women averaged), and the mouth. */
export interface Vowel {
  readonly name: string;
  readonly formant1Hz: number;
  readonly formant2Hz: number;
  readonly shape: MouthShape;
}

export const VOWELS: readonly Vowel[] = [
  { name: 'i', formant1Hz: 290, formant2Hz: 2_540, shape: { jawOpen: 0.1, mouthStretch: 0.34, mouthSmile: 0.26, mouthLowerDown: 0.16, mouthUpperUp: 0.1 } },
  { name: 'e', formant1Hz: 450, formant2Hz: 2_200, shape: { jawOpen: 0.2, mouthStretch: 0.26, mouthSmile: 0.2, mouthLowerDown: 0.2, mouthUpperUp: 0.12 } },
  { name: 'ɛ', formant1Hz: 580, formant2Hz: 2_000, shape: { jawOpen: 0.33, mouthStretch: 0.16, mouthSmile: 0.1, mouthLowerDown: 0.24, mouthUpperUp: 0.12 } },
  { name: 'a', formant1Hz: 790, formant2Hz: 1_250, shape: { jawOpen: 0.56, mouthLowerDown: 0.26, mouthUpperUp: 0.13 } },
  { name: 'ɔ', formant1Hz: 580, formant2Hz: 900, shape: { jawOpen: 0.4, mouthFunnel: 0.42, mouthPucker: 0.12 } },
  { name: 'o', formant1Hz: 450, formant2Hz: 830, shape: { jawOpen: 0.26, mouthFunnel: 0.48, mouthPucker: 0.26 } },
  { name: 'u', formant1Hz: 325, formant2Hz: 850, shape: { jawOpen: 0.11, mouthFunnel: 0.22, mouthPucker: 0.56 } },
  { name: 'ə', formant1Hz: 520, formant2Hz: 1_450, shape: { jawOpen: 0.24, mouthLowerDown: 0.14, mouthUpperUp: 0.06 } },
];

/** Consonants by what the ear (and a microphone) can tell apart. */
export const SIBILANT: MouthShape = { jawOpen: 0.06, mouthStretch: 0.14, mouthLowerDown: 0.2, mouthUpperUp: 0.1, mouthShrugUpper: 0.1 };
export const HUSHING: MouthShape = { jawOpen: 0.09, mouthFunnel: 0.4, mouthPucker: 0.14, mouthLowerDown: 0.12 };
export const BREATHY: MouthShape = { jawOpen: 0.06, mouthRollLower: 0.3, mouthUpperUp: 0.16 };
export const CLOSED: MouthShape = { mouthClose: 0.05, mouthPress: 0.34, mouthRollLower: 0.16, mouthRollUpper: 0.13 };
