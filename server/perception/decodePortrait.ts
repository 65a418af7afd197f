import sharp from 'sharp';
import { PORTRAIT_MAX_BYTES, PORTRAIT_MAX_PIXELS } from '../../shared/protocol/limits.ts';
import type { PixelImage } from './analysedPortrait.ts';
import type { ImageRectangle } from './pixelImage.ts';
import { PortraitError } from './portraitError.ts';

/** A portrait whose header has been checked; pixels are decoded as they are asked for. */
export interface DecodedPortrait {
  /** Size in pixels after the EXIF orientation has been applied. */
  readonly width: number;
  readonly height: number;
  /**
   * Upright sRGB pixels of a rectangle (the whole picture by default), scaled down so that neither side exceeds
   * `maxSide`; never scaled up.
   * @throws {PortraitError} `PORTRAIT_DAMAGED`, or `PORTRAIT_NOT_AN_IMAGE` for a codec that this build lacks.
   */
  readonly decode: (maxSide: number, rectangle?: ImageRectangle) => Promise<PixelImage>;
}

type Container = 'jpeg' | 'png' | 'webp' | 'heif';

/** Brands of ISO base media files that hold still pictures (AVIF and HEIF). */
const HEIF_BRANDS = new Set(['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);
/** 50 megapixels of AVIF take a few seconds; a file made to take longer is given up. */
const DECODE_TIMEOUT_SECONDS = 20;
/** Behind transparent pixels: a light, neutral wall. */
const BACKGROUND = { r: 200, g: 200, b: 200 };

/** The file's kind by its first bytes: nothing else reaches the decoder, whatever the name or the content type says. */
function sniffContainer(bytes: Uint8Array): Container | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (text(0, 8) === '\u0089PNG\r\n\u001a\n') return 'png';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (text(4, 8) === 'ftyp' && HEIF_BRANDS.has(text(8, 12))) return 'heif';
  return undefined;
}

/**
 * Opens a picture that somebody sent: JPEG, PNG, WebP, and AVIF or HEIF where this build of libvips can. The size is
 * checked from the header, before any pixel is decoded.
 * @throws {PortraitError} `PORTRAIT_MISSING`, `PORTRAIT_TOO_LARGE`, `PORTRAIT_NOT_AN_IMAGE`, `PORTRAIT_TOO_MANY_PIXELS`,
 *   `PORTRAIT_DAMAGED`.
 */
export async function decodePortrait(bytes: Uint8Array): Promise<DecodedPortrait> {
  if (bytes.length === 0) throw PortraitError.missing();
  if (bytes.length > PORTRAIT_MAX_BYTES) throw PortraitError.tooLarge(bytes.length);
  const container = sniffContainer(bytes);
  if (container === undefined) throw PortraitError.notAnImage();
  const open = () => sharp(bytes, { failOn: 'error', limitInputPixels: PORTRAIT_MAX_PIXELS });
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch((error: unknown) => {
    // A HEIF of a codec that this build lacks cannot be read here at all; the others are broken in their first bytes.
    throw container === 'heif' ? PortraitError.notAnImage(error) : PortraitError.damaged(error);
  });
  if (header.width * header.height > PORTRAIT_MAX_PIXELS) throw PortraitError.tooManyPixels(header.width, header.height);
  const { width, height } = header.autoOrient;

  const decode = async (maxSide: number, rectangle?: ImageRectangle): Promise<PixelImage> => {
    let pipeline = open().autoOrient();
    if (rectangle) pipeline = pipeline.extract({ left: rectangle.x, top: rectangle.y, width: rectangle.width, height: rectangle.height });
    pipeline = pipeline.resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true });
    try {
      const { data, info } = await pipeline.flatten({ background: BACKGROUND }).toColourspace('srgb').raw({ depth: 'uchar' }).timeout({ seconds: DECODE_TIMEOUT_SECONDS }).toBuffer({ resolveWithObject: true });
      if (info.channels !== 3) throw new Error(`expected 3 channels, got ${info.channels}`);
      return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    } catch (error) {
      // A telephone's HEIC is sound, but its codec is not in every build of libvips.
      throw header.compression === 'hevc' ? PortraitError.notAnImage(error) : PortraitError.damaged(error);
    }
  };
  return { width, height, decode };
}
