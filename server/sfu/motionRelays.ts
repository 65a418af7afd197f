/**
 * How motion gets from each to all: `bundle`, one message a tick for everybody's frames; `plain`, one data consumer a pair,
 * which costs many times more and is here to be compared with.
 */
export const MOTION_RELAYS = ['bundle', 'plain'] as const;
export type MotionRelay = (typeof MOTION_RELAYS)[number];
