import { StippleError } from '../protocol/errors.ts';
import type { SplatFileFormat } from './splatFileError.ts';

/** What a head can be read from. */
export type HeadFormat = 'Stipple' | SplatFileFormat;

/** First bytes of each; SPZ 1 to 3 are gzip streams. */
const MAGICS: readonly (readonly [HeadFormat, string])[] = [
  ['Stipple', 'STPL'], ['LAM', 'PK'], ['PLY', 'ply'], ['glTF', 'glTF'], ['SPZ', 'NGSP'], ['SPZ', '\x1f\x8b'],
];

/** The format that a file's first bytes, four at least, say it is in; undefined: none that can hold a head. */
export function headFormatOf(bytes: Uint8Array): HeadFormat | undefined {
  return MAGICS.find(([, magic]) => [...magic].every((letter, k) => bytes[k] === letter.charCodeAt(0)))?.[0];
}

/** The refusal of a file of which that says nothing. */
export function unknownHeadFormat(): StippleError {
  const [expected, got] = ['.stipple, PLY, SPZ, binary glTF or LAM\'s avatar zip', 'bytes that begin like none of them'];
  return new StippleError('AVATAR_INVALID', { message: `avatar file: format: expected ${expected}, got ${got}`, details: { field: 'format', expected, got } });
}
