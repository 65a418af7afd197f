import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { StippleError } from '../../shared/protocol/errors.ts';
import { PORTRAIT_PART } from '../../shared/protocol/http.ts';

/** Lets a route read one multipart portrait of bounded size. */
export async function acceptUploads(app: FastifyInstance, portraitBytes: number): Promise<void> {
  await app.register(multipart, {
    limits: { fileSize: portraitBytes, files: 1, fields: 8, parts: 9, fieldSize: 1_024, headerPairs: 32 },
    throwFileSizeLimit: true,
  });
  // Any other body is left unread: the route says what it expected.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
}

/**
 * Reads the portrait out of a request, into memory alone.
 * @throws StippleError INVALID_REQUEST, PORTRAIT_MISSING, PORTRAIT_TOO_LARGE, PORTRAIT_NOT_AN_IMAGE
 */
export async function readPortrait(request: FastifyRequest, portraitBytes: number): Promise<Buffer> {
  if (!request.isMultipart()) {
    if (request.headers['content-length'] === '0' || request.headers['content-type'] === undefined) throw missing('an empty body');
    throw new StippleError('INVALID_REQUEST', {
      message: `field Content-Type: expected multipart/form-data with a file part named ${PORTRAIT_PART}, got ${String(request.headers['content-type']).slice(0, 60)}`,
      details: { field: 'Content-Type', expected: 'multipart/form-data', got: String(request.headers['content-type']).slice(0, 60) },
    });
  }
  // Some boundary and headers of parts are forgiven; a file that says it is larger need not be read to its end.
  if (Number(request.headers['content-length']) > portraitBytes + 64 * 1024) throw tooLarge(portraitBytes);
  let portrait: Buffer | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type !== 'file') continue;
      if (part.fieldname !== PORTRAIT_PART || portrait !== undefined) throw missing(`a file part named ${part.fieldname.slice(0, 40)}`);
      portrait = await part.toBuffer();
    }
  } catch (error) {
    portrait?.fill(0);
    if (error instanceof StippleError) throw error;
    const code = (error as { code?: unknown }).code;
    if (code === 'FST_REQ_FILE_TOO_LARGE') throw tooLarge(portraitBytes);
    if (typeof code === 'string' && code.startsWith('FST_')) throw error;
    if (portrait === undefined) throw missing('a body that ends too soon', error);
    throw new StippleError('INVALID_REQUEST', { message: 'the multipart body is malformed', cause: error });
  }
  if (portrait === undefined) throw missing('none');
  if (portrait.byteLength === 0) throw missing('an empty file');
  if (!looksLikeImage(portrait)) {
    portrait.fill(0);
    throw new StippleError('PORTRAIT_NOT_AN_IMAGE', {
      details: { field: PORTRAIT_PART, expected: 'JPEG, PNG, WebP, AVIF, HEIF, GIF or TIFF', got: 'bytes of no such format' },
    });
  }
  return portrait;
}

/**
 * Whether the first bytes are a signature of a format that the decoder may know. Only saves a hopeless job its place in
 * the queue; the decoder decides.
 */
export function looksLikeImage(bytes: Uint8Array): boolean {
  const ascii = (start: number, end: number): string => String.fromCharCode(...bytes.subarray(start, end));
  return (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    || ascii(0, 8) === '\x89PNG\r\n\x1a\n'
    || (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP')
    || (ascii(4, 8) === 'ftyp' && /^(avif|avis|heic|heix|heim|heis|mif1|msf1|hevc)/.test(ascii(8, 12)))
    || /^GIF8[79]a/.test(ascii(0, 6))
    || ascii(0, 4) === 'II*\0' || ascii(0, 4) === 'MM\0*';
}

function missing(got: string, cause?: unknown): StippleError {
  return new StippleError('PORTRAIT_MISSING', {
    message: `No portrait came with the request: expected one file part named ${PORTRAIT_PART}, got ${got}.`,
    details: { field: PORTRAIT_PART, expected: 'one file', got }, cause,
  });
}

function tooLarge(portraitBytes: number): StippleError {
  return new StippleError('PORTRAIT_TOO_LARGE', {
    message: `The image file is too large; ${Math.floor(portraitBytes / 1024 / 1024)} MB is the limit.`,
    details: { field: PORTRAIT_PART, expected: `at most ${portraitBytes} bytes`, got: 'more' },
  });
}
