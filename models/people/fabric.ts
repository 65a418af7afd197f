import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Texture } from './texture.ts';

const SIZE = 512;

/** A printed or woven pattern in two or three random colours; the same for the same seed. */
export function fabric(seed: number): Texture {
  const random = new SeededRandom(seed * 7841 + 13);
  const color = (): [number, number, number] => {
    const light = random.between(20, 240);
    const hue = [random.between(-1, 1), random.between(-1, 1), random.between(-1, 1)];
    const strength = random.between(0, 70);
    return hue.map((h) => Math.min(250, Math.max(8, light + strength * h))) as [number, number, number];
  };
  const colors = [color(), color(), color()];
  const kind = random.integer(4);
  const period = random.between(10, 60);
  const angle = random.next() * Math.PI;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const share = random.between(0.25, 0.6);
  const data = new Uint8Array(SIZE * SIZE * 4);
  const wave = (value: number): boolean => value / period - Math.floor(value / period) < share;
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const u = c * x + s * y;
      const v = -s * x + c * y;
      let index = 0;
      if (kind === 0) index = wave(u) ? 1 : 0;
      else if (kind === 1) index = (wave(u) ? 1 : 0) + (wave(v) ? 1 : 0);
      else if (kind === 2) {
        const du = u / period - Math.floor(u / period) - 0.5;
        const dv = v / period - Math.floor(v / period) - 0.5;
        index = du * du + dv * dv < share * share * 0.5 ? 1 : 0;
      } else index = wave(u + 9 * Math.sin(v / period * 3)) ? 1 : wave(v * 0.5) ? 2 : 0;
      const i = (y * SIZE + x) * 4;
      for (let k = 0; k < 3; k++) data[i + k] = colors[index]![k]!;
      data[i + 3] = 255;
    }
  }
  return { width: SIZE, height: SIZE, data };
}
