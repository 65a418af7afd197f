import { join } from 'node:path';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Texture } from './texture.ts';
import { loadTexture } from './texture.ts';

export interface SkinChoice {
  readonly woman: boolean;
  readonly years: number;
  /** Shares of the person's ancestry in [0, 1]. */
  readonly african: number;
  readonly asian: number;
  readonly seed: number;
}

/** A skin between the painted ones: all share one layout, so that ages and tones mix pixel by pixel. */
export async function mixSkins(packageFolder: string, choice: SkinChoice): Promise<Texture> {
  const random = new SeededRandom(choice.seed * 69069 + 5);
  const gender = choice.woman ? 'female' : 'male';
  // The painted middle age looks about 48, the old one 75.
  const age = Math.min(2, Math.max(0, (choice.years - 22) / 26));
  const ages = ['young', 'middleage', 'old'] as const;
  const lower = Math.min(1, Math.floor(age));
  const file = (period: (typeof ages)[number], dark: boolean, asian: boolean): string => {
    const origin = dark ? 'african' : asian ? 'asian' : 'caucasian';
    const variant = dark ? '' : asian ? (period === 'young' ? '3' : '2') : period === 'young' && choice.seed % 2 === 1 ? '2' : '';
    return join(packageFolder, 'public/data/skins', `${period}_${origin}_${gender}`, 'textures',
      `${period}_${dark ? 'dark' : 'light'}skinned_${gender}_diffuse${variant}.png`);
  };
  const asian = choice.asian > 0.4;
  const darkness = Math.min(1, Math.max(0, choice.african * 1.25 - 0.1 + 0.1 * random.normal()));
  const layers: { path: string; weight: number }[] = [];
  for (const [dark, share] of [[true, darkness], [false, 1 - darkness]] as const) {
    layers.push({ path: file(ages[lower]!, dark, asian), weight: share * (1 - (age - lower)) });
    layers.push({ path: file(ages[lower + 1]!, dark, asian), weight: share * (age - lower) });
  }
  const used = layers.filter((layer) => layer.weight > 0.01);
  const sum = used.reduce((total, layer) => total + layer.weight, 0);
  const textures = await Promise.all(used.map((layer) => loadTexture(layer.path)));
  const { width, height } = textures[0]!;
  const mixed = new Float32Array(width * height * 4);
  textures.forEach((texture, index) => {
    for (let i = 0; i < mixed.length; i++) mixed[i]! += (texture.data[i]! * used[index]!.weight) / sum;
  });
  return { width, height, data: Uint8Array.from(mixed, (value) => Math.round(value)) };
}
