import { StippleError } from '../../shared/protocol/errors.ts';
import { PORTRAIT_MAX_BYTES, PORTRAIT_MAX_PIXELS } from '../../shared/protocol/limits.ts';

/** Why a picture cannot become a head: each reason has its code and a sentence that tells a person what to do. */
export class PortraitError extends StippleError {
  static missing(): PortraitError {
    return new PortraitError('PORTRAIT_MISSING');
  }

  static notAnImage(cause?: unknown): PortraitError {
    return new PortraitError('PORTRAIT_NOT_AN_IMAGE', { cause });
  }

  static damaged(cause?: unknown): PortraitError {
    return new PortraitError('PORTRAIT_DAMAGED', { cause });
  }

  static tooLarge(bytes: number): PortraitError {
    return new PortraitError('PORTRAIT_TOO_LARGE', { details: { bytes, maxBytes: PORTRAIT_MAX_BYTES } });
  }

  static tooManyPixels(width: number, height: number): PortraitError {
    return new PortraitError('PORTRAIT_TOO_MANY_PIXELS', { details: { width, height, maxPixels: PORTRAIT_MAX_PIXELS } });
  }

  static noFace(): PortraitError {
    return new PortraitError('PORTRAIT_NO_FACE');
  }

  static severalFaces(faces: number): PortraitError {
    return new PortraitError('PORTRAIT_SEVERAL_FACES', { details: { faces } });
  }

  static faceTooSmall(faceWidthPixels: number, minPixels: number): PortraitError {
    return new PortraitError('PORTRAIT_FACE_TOO_SMALL', {
      message: `The face is too small in the picture: ${Math.round(faceWidthPixels)} pixels wide where ${minPixels} are needed. Come closer or use a larger picture.`,
      details: { faceWidthPixels: Math.round(faceWidthPixels), minPixels },
    });
  }

  static turnedAway(yawDegrees: number, pitchDegrees: number): PortraitError {
    return new PortraitError('PORTRAIT_TURNED_AWAY', { details: { yawDegrees: Math.round(yawDegrees), pitchDegrees: Math.round(pitchDegrees) } });
  }

  static blurred(): PortraitError {
    return new PortraitError('PORTRAIT_BLURRED');
  }
}
