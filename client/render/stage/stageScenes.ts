/** Rooms that the stage can be in, and two that are none. */
export const SCENE_NAMES = ['studio', 'loft', 'evening', 'plain', 'transparent'] as const;
export type SceneName = (typeof SCENE_NAMES)[number];

type Color = readonly [red: number, green: number, blue: number];

/** The light of a scene on a person: factors on sRGB-encoded colours, by the direction that a point of the skin faces. */
export interface SceneLight {
  /** From everywhere. */
  readonly ambient: Color;
  /** Added, wholly where a point faces the light, half where it is turned aside, not at all where it faces away. */
  readonly key: Color;
  /** Towards the light, stage axes, of unit length. */
  readonly direction: readonly [number, number, number];
}

export interface SceneLook {
  readonly light: SceneLight;
  /** Desks and tables, in the sRGB encoding; undefined where there are none: people end softly then, over a shadow. */
  readonly desk: { readonly top: Color; readonly front: Color; readonly glow: Color } | undefined;
  /** What the backdrop's shader draws; undefined for nothing at all. */
  readonly backdrop: number | undefined;
  /** Of the shadow under people who sit at no desk, [0, 1]. */
  readonly shadow: number;
}

const unit = (x: number, y: number, z: number): readonly [number, number, number] => {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
};

export const SCENES: Readonly<Record<SceneName, SceneLook>> = {
  studio: {
    light: { ambient: [1, 1, 1], key: [0, 0, 0], direction: [0, 0, 1] },
    desk: { top: [0.165, 0.155, 0.16], front: [0.105, 0.106, 0.118], glow: [0.22, 0.185, 0.16] }, backdrop: 0, shadow: 0.5,
  },
  loft: {
    light: { ambient: [0.84, 0.86, 0.9], key: [0.3, 0.26, 0.2], direction: unit(-0.55, 0.6, 0.58) },
    desk: { top: [0.56, 0.42, 0.29], front: [0.47, 0.37, 0.28], glow: [0.26, 0.24, 0.21] }, backdrop: 1, shadow: 0.3,
  },
  evening: {
    light: { ambient: [0.6, 0.62, 0.76], key: [0.46, 0.34, 0.2], direction: unit(0.6, 0.55, 0.58) },
    desk: { top: [0.2, 0.125, 0.085], front: [0.095, 0.07, 0.07], glow: [0.34, 0.19, 0.09] }, backdrop: 2, shadow: 0.5,
  },
  plain: { light: { ambient: [1, 1, 1], key: [0, 0, 0], direction: [0, 0, 1] }, desk: undefined, backdrop: 3, shadow: 0.28 },
  transparent: { light: { ambient: [1, 1, 1], key: [0, 0, 0], direction: [0, 0, 1] }, desk: undefined, backdrop: undefined, shadow: 0 },
};

/** '#rrggbb' as parts of one. @returns undefined for anything else */
export function colorOfHex(hex: string): [number, number, number] | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return match ? [match[1]!, match[2]!, match[3]!].map((part) => Number.parseInt(part, 16) / 255) as [number, number, number] : undefined;
}
