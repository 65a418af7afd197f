import { StippleError } from '../protocol/errors.ts';

/** A rig file that cannot be read: which field, what was expected, what came. */
export class RigFormatError extends StippleError {
  constructor(field: string, expected: string | number, got: string | number) {
    super('RIG_INVALID', {
      message: `rig file: ${field}: expected ${expected}, got ${got}`,
      details: { field, expected: String(expected), got: String(got) },
    });
  }
}
