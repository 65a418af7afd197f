import { StippleError } from '../../shared/protocol/errors.ts';

/** A file that is not there or cannot be read: what to do about it is to run the set-up. */
export function modelMissing(model: string, reason: string, cause?: unknown): StippleError {
  return new StippleError('MODEL_MISSING', { message: `Model ${model} cannot be used: ${reason}. Run the set-up: npm run setup`, details: { model, reason }, cause });
}

/** A file that is there, but not the one it should be. Field, expected and got stand in the message. */
export function modelInvalid(model: string, field: string, expected: string | number, got: string | number): StippleError {
  return new StippleError('MODEL_INVALID', {
    message: `Model ${model} is not the one this version was made for: ${field}: expected ${expected}, got ${got}`,
    details: { model, field, expected, got },
  });
}
