import sharp from 'sharp';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { LINEAR_FROM_BYTE } from './texture.ts';

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue * 360)}, ${Math.round(saturation * 100)}%, ${Math.round(lightness * 100)}%)`;
}

function drawStudio(hue: number): string {
  return `<defs><radialGradient id="g" cx="50%" cy="45%" r="75%"><stop offset="0" stop-color="${hsl(hue, 0.12, 0.62)}"/>
    <stop offset="1" stop-color="${hsl(hue, 0.16, 0.3)}"/></radialGradient></defs><rect width="256" height="256" fill="url(#g)"/>`;
}

function drawRoom(hue: number, random: SeededRandom): string {
  const shapes = [`<rect width="256" height="256" fill="${hsl(0.09, 0.18, 0.62)}"/>`];
  for (let i = 0; i < 7; i++) {
    const x = random.between(-30, 230);
    const y = random.between(-40, 180);
    shapes.push(`<rect x="${x}" y="${y}" width="${random.between(20, 90)}" height="${random.between(40, 200)}"
      fill="${hsl((hue + random.between(0, 0.15)) % 1, random.between(0.1, 0.35), random.between(0.25, 0.8))}"/>`);
  }
  const windowX = random.next() < 0.5 ? random.between(-20, 30) : random.between(170, 220);
  shapes.push(`<rect x="${windowX}" y="-10" width="70" height="150" fill="${hsl(0.58, 0.25, 0.93)}"/>`);
  shapes.push(`<rect y="215" width="256" height="60" fill="${hsl(0.07, 0.3, 0.34)}"/>`);
  return shapes.join('');
}

function drawOutdoors(hue: number, random: SeededRandom): string {
  const shapes = [`<rect width="256" height="256" fill="${hsl(0.25, 0.22, 0.42)}"/>`,
    `<rect width="256" height="${random.between(60, 130)}" fill="${hsl(0.57, 0.3, 0.82)}"/>`];
  for (let i = 0; i < 60; i++) {
    shapes.push(`<circle cx="${random.between(0, 256)}" cy="${random.between(20, 256)}" r="${random.between(6, 22)}"
      fill="${hsl(0.2 + 0.14 * random.next() + 0.03 * hue, random.between(0.15, 0.45), random.between(0.2, 0.62))}" fill-opacity="0.75"/>`);
  }
  for (let i = 0; i < 18; i++) {
    shapes.push(`<circle cx="${random.between(0, 256)}" cy="${random.between(0, 150)}" r="${random.between(4, 9)}"
      fill="${hsl(0.15, 0.4, 0.88)}" fill-opacity="0.55"/>`);
  }
  return shapes.join('');
}

/** An out-of-focus background in linear light, [size, size, 3]. */
export async function drawBackdrop(kind: 'studio' | 'room' | 'outdoors', hue: number, seed: number, size: number): Promise<Float32Array> {
  const random = new SeededRandom(seed * 31 + 7);
  const shapes = kind === 'studio' ? drawStudio(hue) : kind === 'room' ? drawRoom(hue, random) : drawOutdoors(hue, random);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">${shapes}</svg>`;
  const small = await sharp(Buffer.from(svg)).removeAlpha().blur(kind === 'outdoors' ? 11 : 9).toColourspace('srgb').png().toBuffer();
  const { data } = await sharp(small).resize(size, size, { kernel: 'cubic' }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return Float32Array.from(data, (byte) => LINEAR_FROM_BYTE[byte]!);
}
