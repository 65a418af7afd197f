import { z } from 'zod';

/** What one error code means on every wire: may the same request succeed later, its HTTP status, its plain sentence. */
interface ErrorMeaning {
  readonly retryable: boolean;
  readonly httpStatus: number;
  /** A sentence a person understands; the message where the thrower has nothing more exact to say. */
  readonly sentence: string;
}

const meaning = (httpStatus: number, sentence: string, retryable = false): ErrorMeaning =>
  ({ retryable, httpStatus, sentence });

/** Every error code of the product, once. PROTOCOL.md chapter ERR lists them. */
export const ERROR_MEANINGS = {
  // Requests of any kind
  INVALID_REQUEST: meaning(400, 'The request does not have the expected shape.'),
  UNKNOWN_REQUEST: meaning(404, 'There is no request of this name.'),
  NOT_FOUND: meaning(404, 'There is nothing at this address.'),
  PAYLOAD_TOO_LARGE: meaning(413, 'The request is larger than the server accepts.'),
  RATE_LIMITED: meaning(429, 'Too many requests in a short time; wait a moment.', true),
  TOKEN_MISSING: meaning(401, 'This needs a token, and none was given.'),
  TOKEN_INVALID: meaning(401, 'The token is not one this server has issued, or it has expired.'),
  FORBIDDEN: meaning(403, 'The token does not allow this.'),
  PROTOCOL_VERSION_UNSUPPORTED: meaning(426, 'This page speaks another version of the protocol; reload it.'),
  HELLO_REQUIRED: meaning(400, 'The connection has to begin with connection:hello.'),
  SERVER_SHUTTING_DOWN: meaning(503, 'The server is shutting down; try again in a moment.', true),
  REQUEST_TIMED_OUT: meaning(504, 'No answer came in time.', true),
  INTERNAL: meaning(500, 'Something went wrong on the server.', true),
  // Rooms
  ROOM_UNKNOWN: meaning(404, 'There is no room with this name; it may have closed.'),
  ROOM_EXISTS: meaning(409, 'A room with this name is already open.'),
  ROOM_FULL: meaning(409, 'The room is full.', true),
  ROOM_LIMIT_REACHED: meaning(503, 'The server holds as many rooms as it can; try again later.', true),
  ROOM_CLOSED: meaning(410, 'The room has closed.'),
  NOT_IN_ROOM: meaning(409, 'This connection is not in a room.'),
  ALREADY_IN_ROOM: meaning(409, 'This connection is already in a room.'),
  PARTICIPANT_TOKEN_UNKNOWN: meaning(404, 'This seat in the room is no longer kept; join anew.'),
  PARTICIPANT_TOKEN_IN_USE: meaning(409, 'This participant is connected already, in another tab or window.'),
  // Transports and the pose channel
  SFU_UNAVAILABLE: meaning(503, 'The server cannot relay motion at the moment.', true),
  SFU_WORKER_DIED: meaning(503, 'The process that relayed this room ended; join again.', true),
  TRANSPORT_UNKNOWN: meaning(404, 'This connection has no transport with this id.'),
  TRANSPORT_EXISTS: meaning(409, 'This connection already has a transport in this direction.'),
  TRANSPORT_STATE: meaning(409, 'The transport is not in a state that allows this.'),
  DATA_PRODUCER_EXISTS: meaning(409, 'This participant already produces a pose channel.'),
  VOICE_EXISTS: meaning(409, 'This participant already sends a voice.'),
  VOICE_UNKNOWN: meaning(404, 'This participant sends no voice.'),
  POSE_FRAME_INVALID: meaning(400, 'A pose frame could not be read; it was dropped.'),
  // Portraits
  PORTRAIT_MISSING: meaning(400, 'No portrait came with the request.'),
  PORTRAIT_NOT_AN_IMAGE: meaning(415, 'This file is not an image the server can read; use JPEG, PNG, WebP or AVIF.'),
  PORTRAIT_DAMAGED: meaning(422, 'The image is damaged or cut off; save it again and retry.'),
  PORTRAIT_TOO_LARGE: meaning(413, 'The image file is too large; 20 MB is the limit.'),
  PORTRAIT_TOO_MANY_PIXELS: meaning(413, 'The image has too many pixels; 50 megapixels is the limit.'),
  PORTRAIT_NO_FACE: meaning(422, 'No face was found; use a picture that shows one face from the front.'),
  PORTRAIT_SEVERAL_FACES: meaning(422, 'Several faces were found; use a picture of one person.'),
  PORTRAIT_FACE_TOO_SMALL: meaning(422, 'The face is too small in the picture; come closer or crop it.'),
  PORTRAIT_TURNED_AWAY: meaning(422, 'The face is turned too far away; look towards the camera.'),
  PORTRAIT_BLURRED: meaning(422, 'The picture is too blurred; hold the camera still and retry.'),
  // Jobs and avatars
  JOB_UNKNOWN: meaning(404, 'There is no job with this id, or it ended long ago.'),
  JOB_QUEUE_FULL: meaning(503, 'Many heads are being made just now; try again in a moment.', true),
  JOB_LIMIT_REACHED: meaning(429, 'You already have a head in the making; wait for it or cancel it.', true),
  JOB_CANCELLED: meaning(409, 'Making this head was cancelled.'),
  JOB_TIMED_OUT: meaning(504, 'Making this head took too long.', true),
  AVATAR_GENERATION_FAILED: meaning(500, 'Making this head failed on the server.', true),
  AVATAR_UNKNOWN: meaning(404, 'There is no avatar with this hash, or it has expired.'),
  AVATAR_STORE_FULL: meaning(507, 'The server has no room for another avatar at the moment.', true),
  AVATAR_INVALID: meaning(422, 'The avatar file could not be read.'),
  // What the server itself needs
  RIG_UNKNOWN: meaning(404, 'The server does not have this head rig.'),
  RIG_INVALID: meaning(500, 'The head rig file could not be read.'),
  MODEL_MISSING: meaning(503, 'A model file that the server needs is missing; run its set-up.'),
  MODEL_INVALID: meaning(500, 'A model file of the server is not the one it should be.'),
  POINT_TOKEN_INVALID: meaning(500, 'The generator wrote something that cannot be part of a head.', true),
  CONFIG_INVALID: meaning(500, 'The server is configured wrongly.'),
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof ERROR_MEANINGS;
export const ERROR_CODES = Object.keys(ERROR_MEANINGS) as readonly ErrorCode[];

/** What was wrong, where: names and sizes only, never an image, landmarks, tensors or a token. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface StippleErrorOptions {
  /** Defaults to the code's sentence. */
  readonly message?: string | undefined;
  /** Defaults to what the code says. */
  readonly retryable?: boolean | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/** The one base of every error the product throws on purpose. Subclasses add static factories, not fields. */
export class StippleError extends Error {
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, options: StippleErrorOptions = {}) {
    super(options.message ?? ERROR_MEANINGS[code].sentence, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? ERROR_MEANINGS[code].retryable;
    this.details = options.details ?? {};
  }

  get httpStatus(): number {
    return ERROR_MEANINGS[this.code].httpStatus;
  }
}

/** An error as it travels: never a stack. `requestId` finds the server's log line. */
export const wireErrorSchema = z.object({
  /** A code of `ERROR_MEANINGS`; a newer server may send one this side does not know. */
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  requestId: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;

/** Turns anything thrown into what may travel; only a `StippleError`'s own words leave the process. */
export function toWireError(error: unknown, requestId: string): WireError {
  const known = error instanceof StippleError ? error : new StippleError('INTERNAL');
  const details: NonNullable<WireError['details']> = {};
  for (const [key, value] of Object.entries(known.details)) {
    if (value !== undefined) details[key] = typeof value === 'object' ? [...value] : value;
  }
  return {
    code: known.code, message: known.message, retryable: known.retryable, requestId,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

/** The receiving side's counterpart of `toWireError`. An unknown code becomes `INTERNAL` with the sender's message (ERR2). */
export function fromWireError(wire: WireError): StippleError {
  const code = Object.hasOwn(ERROR_MEANINGS, wire.code) ? (wire.code as ErrorCode) : 'INTERNAL';
  return new StippleError(code, {
    message: wire.message, retryable: wire.retryable,
    details: { ...wire.details, ...(code === wire.code ? {} : { wireCode: wire.code }) },
  });
}
