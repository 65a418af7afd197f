/** Limits that both sides must know; those a server may set are told in the reply to `connection:hello`. */
export const DISPLAY_NAME_MAX_CHARACTERS = 40;
export const PORTRAIT_MAX_BYTES = 20 * 1024 * 1024;
export const PORTRAIT_MAX_PIXELS = 50_000_000;
/** An avatar file; the largest that chapter SPLAT allows is a little smaller. */
export const AVATAR_MAX_BYTES = 4 * 1024 * 1024;
/** One socket.io message, either way, in bytes. */
export const SIGNALING_MESSAGE_MAX_BYTES = 64 * 1024;
/** One preview of a head in the making (`avatar:points`): splats, bytes, and the pace and number of a job's previews. */
export const PREVIEW_MAX_SPLATS = 8_192;
export const PREVIEW_MAX_BYTES = 60 * 1024;
export const PREVIEW_INTERVAL_MS = 250;
export const PREVIEWS_PER_JOB = 64;
/** A message on the pose channel, in bytes; larger ones are dropped by the relay. */
export const POSE_MESSAGE_MAX_BYTES = 1_024;
