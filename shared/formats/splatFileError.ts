import { StippleError } from '../protocol/errors.ts';

export type SplatFileFormat = 'PLY' | 'SPZ' | 'glTF' | 'LAM';

/** A splat file of another format that cannot be read. `details.format` and `details.field` say what and where. */
export class SplatFileError extends StippleError {
  constructor(format: SplatFileFormat, field: string, message: string, cause?: unknown) {
    super('AVATAR_INVALID', { message: `${format} file: ${field}: ${message}`, details: { format, field }, cause });
  }

  static badField(format: SplatFileFormat, field: string, expected: string, got: string | number): SplatFileError {
    return new SplatFileError(format, field, `expected ${expected}, got ${got}`);
  }

  /** Splats without a binding: they lie somewhere, but nothing says how they move. */
  static notBound(format: SplatFileFormat): SplatFileError {
    return new SplatFileError(format, 'binding', 'expected splats bound to a head rig, got splats alone; only heads that Stipple wrote and LAM\'s carry what moves them');
  }
}
