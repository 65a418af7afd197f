import { type ErrorDetails, StippleError } from '../../protocol/errors.ts';

/** A bound point set that cannot be read. `details.reason` is one of the names of the factories. */
export class AvatarFormatError extends StippleError {
  constructor(reason: string, message: string, options: { readonly details?: ErrorDetails; readonly cause?: unknown } = {}) {
    super('AVATAR_INVALID', { message: `avatar file: ${message}`, details: { reason, ...options.details }, cause: options.cause });
  }

  static badField(field: string, expected: string, got: string | number): AvatarFormatError {
    return new AvatarFormatError('badField', `${field}: expected ${expected}, got ${got}`, { details: { field, expected, got } });
  }

  static checksum(part: string): AvatarFormatError {
    return new AvatarFormatError('checksum', `checksum of ${part} does not match its bytes`);
  }

  static truncated(expectedBytes: number, gotBytes: number): AvatarFormatError {
    return new AvatarFormatError('truncated', `expected ${expectedBytes} bytes, got ${gotBytes}`);
  }

  static trailingBytes(expectedBytes: number): AvatarFormatError {
    return new AvatarFormatError('trailingBytes', `bytes after the declared ${expectedBytes}`);
  }

  static badStream(chunk: number, stream: string, problem: string, cause?: unknown): AvatarFormatError {
    return new AvatarFormatError('badStream', `chunk ${chunk}, stream ${stream}: ${problem}`, { cause });
  }

  static otherRig(expected: string, got: string): AvatarFormatError {
    return new AvatarFormatError('otherRig', `bound to another rig: expected ${expected}, got ${got}`);
  }
}
