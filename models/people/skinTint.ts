import { cellNoise, valueNoise } from './noise.ts';
import type { Traits } from './traits.ts';

/** What the painted skins lack at this size: mottling, freckles, a beard's shadow. Works on rest positions, metres. */
export function skinTint(traits: Traits): (x: number, y: number, z: number, color: Float32Array) => void {
  const seed = traits.seed;
  return (x, y, z, color) => {
    const blotch = valueNoise(x * 90, y * 90, z * 90, seed) - 0.5;
    const fine = valueNoise(x * 380, y * 380, z * 380, seed + 1) - 0.5;
    color[0]! *= 1 + 0.05 * blotch + 0.05 * fine;
    color[1]! *= 1 - 0.05 * blotch + 0.07 * fine;
    color[2]! *= 1 - 0.05 * blotch + 0.07 * fine;
    if (traits.freckles > 0) {
      const spot = cellNoise(x * 330, y * 330, z * 330, seed + 2);
      const where = valueNoise(x * 45, y * 45, z * 45, seed + 3);
      if (spot < 0.3 && where > 0.45) {
        const strength = traits.freckles * 0.35 * (1 - spot / 0.3);
        color[0]! *= 1 - 0.5 * strength;
        color[1]! *= 1 - strength;
        color[2]! *= 1 - 1.2 * strength;
      }
    }
  };
}
