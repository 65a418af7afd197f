import { facePoint } from './faceGuide.ts';
import { cellNoise, valueNoise } from './noise.ts';
import type { Traits } from './traits.ts';

const UPPER_LIP = [61, 40, 37, 0, 267, 270, 291];
const LOWER_LIP = [61, 91, 84, 17, 314, 321, 291];

function smoothstep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** Height of a line of landmarks at x, by linear interpolation; x ascending from the subject's right. */
function lineHeight(rest: Float32Array, indices: readonly number[]): (x: number) => number {
  const points = indices.map((index) => facePoint(rest, index)).sort((a, b) => a[0] - b[0]);
  return (x) => {
    let i = 0;
    while (i < points.length - 2 && points[i + 1]![0] < x) i++;
    const a = points[i]!;
    const b = points[i + 1]!;
    const t = Math.min(1, Math.max(0, (x - a[0]) / (b[0] - a[0])));
    return a[1] + t * (b[1] - a[1]);
  };
}

/** How much beard grows at a rest position: upper lip, chin, jaw and cheeks below a line from mouth to ear. */
export function beardRegion(rest: Float32Array): (x: number, y: number, z: number) => number {
  const nose = facePoint(rest, 2);
  const corner = facePoint(rest, 291);
  const ear = facePoint(rest, 454);
  const chin = facePoint(rest, 152);
  const upper = lineHeight(rest, UPPER_LIP);
  const lower = lineHeight(rest, LOWER_LIP);
  return (x, y, z) => {
    const side = Math.abs(x);
    // Cheek line: from beside the nostril down past the mouth's corner, then up to the sideburn.
    const share = Math.min(1, Math.max(0, (side - corner[0]) / (ear[0] - corner[0])));
    const cheek = side < corner[0] ? nose[1] - 0.001 - 0.004 * (side / corner[0]) : corner[1] + 0.004 + (ear[1] - corner[1] + 0.012) * share ** 2.2;
    const soft = side < corner[0] ? 0.003 : 0.008;
    const below = smoothstep(soft, -soft, y - cheek);
    const throat = smoothstep(chin[1] - 0.035, chin[1] - 0.012, y);
    const front = smoothstep(ear[2] - 0.022, ear[2] - 0.004, z);
    // Lips stay bare.
    const inMouth = side < corner[0] ? smoothstep(-0.0015, 0.0015, Math.min(upper(x) - y, y - lower(x)) + 0.0015) : 0;
    return below * throat * front * (1 - inMouth);
  };
}

/** Where hair grows on the scalp at a rest position: above a line from the forehead over the ears to the nape. */
function croppedRegion(rest: Float32Array): (x: number, y: number, z: number) => number {
  const brow = facePoint(rest, 10);
  const ear = facePoint(rest, 454);
  return (x, y, z) => {
    const back = Math.max(0, brow[2] - z);
    // Higher at the temples than above the nose.
    const line = brow[1] + 0.006 + 0.012 * Math.min(1, Math.abs(x) / 0.045) - Math.min(0.145, Math.max(0, back - 0.025) * 0.95);
    const behindEar = z < ear[2] + 0.018 ? 1 : smoothstep(ear[1] + 0.02, ear[1] + 0.035, y);
    return smoothstep(-0.004, 0.006, y - line) * behindEar;
  };
}

/**
 * What the painted skins lack at this size: mottling, freckles, a beard. Works on rest positions, metres.
 * @param rest the bare base mesh's positions
 */
export function skinTint(traits: Traits, rest: Float32Array): (x: number, y: number, z: number, color: Float32Array) => void {
  const { seed, beard, hairColor } = traits;
  const grows = beardRegion(rest);
  const hairline = traits.cropped === undefined ? undefined : croppedRegion(rest);
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
    const shorn = hairline === undefined ? 0 : hairline(x, y, z) * traits.cropped!;
    if (shorn > 0.01) {
      const grain = valueNoise(x * 1500, y * 1500, z * 1500, seed + 8);
      const cover = shorn * (0.45 + 0.5 * grain);
      for (let k = 0; k < 3; k++) color[k]! += cover * (hairColor[k]! * (0.6 + 0.6 * grain) - color[k]!);
    }
    const growth = beard > 0 ? grows(x, y, z) * beard : 0;
    if (growth > 0.01) {
      // Strands hang down: long in y, a fraction of a millimetre across; thinner at the edge of the region.
      const strand = valueNoise(x * 2600, y * 620, z * 2600, seed + 4);
      const patch = valueNoise(x * 220, y * 220, z * 220, seed + 6);
      const cover = smoothstep(1.02 - 0.75 * growth, 1.3 - 0.55 * growth, strand * 0.85 + patch * 0.35) * Math.min(1, growth * 1.2);
      const shade = 0.55 + 0.7 * strand;
      for (let k = 0; k < 3; k++) color[k]! += Math.min(0.85, 0.85 * cover + 0.22 * growth) * (hairColor[k]! * 0.8 * shade - color[k]!);
    }
  };
}
