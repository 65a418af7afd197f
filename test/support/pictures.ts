import { crc32, deflateSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/portraits/${name}`, import.meta.url));

/** Grace Hopper, 512×512, JPEG. */
export const GRACE_HOPPER: Uint8Array = readFileSync(fixture('graceHopper.jpg'));

/** An invented person of the sample portraits. */
export function samplePortrait(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../../client/public/samples/${name}.jpg`, import.meta.url)));
}

/** A black, sound PNG of any size: 30,000×30,000 pixels take about 110 kB. */
export function blackPng(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 1 });
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** Hills, a sun and a lake under a sky: nobody in it. JPEG. */
export async function landscape(): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
    <defs><linearGradient id="s" x2="0" y2="1"><stop offset="0" stop-color="#4a90d9"/><stop offset="1" stop-color="#dfeefc"/></linearGradient></defs>
    <rect width="1200" height="500" fill="url(#s)"/><circle cx="930" cy="130" r="60" fill="#ffe9a8"/>
    <path d="M0 470 L180 300 L330 420 L520 240 L760 450 L930 330 L1200 480 L1200 560 L0 560Z" fill="#5f7f6a"/>
    <path d="M0 540 Q300 480 620 540 T1200 520 L1200 660 L0 660Z" fill="#3f6d3a"/><rect y="640" width="1200" height="160" fill="#3c6e91"/>
    ${Array.from({ length: 40 }, (_, i) => `<path d="M${(i * 137) % 1200} ${560 + ((i * 53) % 70)} l14 -46 l14 46Z" fill="#24502a"/>`).join('')}
  </svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer();
}

/** Pictures side by side in a grid, each scaled to `side`. JPEG. */
export async function collage(pictures: readonly Uint8Array[], columns: number, side: number): Promise<Uint8Array> {
  const tiles = await Promise.all(pictures.map(async (picture, i) => ({
    input: await sharp(picture).resize(side, side, { fit: 'cover' }).toBuffer(), left: (i % columns) * side, top: Math.floor(i / columns) * side,
  })));
  const rows = Math.ceil(pictures.length / columns);
  return sharp({ create: { width: columns * side, height: rows * side, channels: 3, background: '#888' } }).composite(tiles).jpeg({ quality: 90 }).toBuffer();
}
