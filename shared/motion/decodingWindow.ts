/** How far back the states lie from which a frame can be decoded, milliseconds. */
export const WIDE_WINDOW_MS = 272;
/** The same of a frame of `QUIET_CLASS`: a face that moves little is sent seldom. */
export const QUIET_WINDOW_MS = 600;
/** The same of a frame of `LONG_CLASS`: some frames of such a face are for who has missed several. */
export const LONG_WINDOW_MS = 1500;
/** The same of a droppable frame. */
export const SHORT_WINDOW_MS = 144;

/** Classes of frames below this one are for a lively face; these two for one that moves little, each with a window of its own. */
export const QUIET_CLASS = 6;
export const LONG_CLASS = 7;

/** The window of a change's class, ms. */
export function windowOfClass(frameClass: number): number {
  return frameClass === LONG_CLASS ? LONG_WINDOW_MS : frameClass === QUIET_CLASS ? QUIET_WINDOW_MS : WIDE_WINDOW_MS;
}
