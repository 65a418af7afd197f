/**
 * How much of a participant's motion a viewer gets, least first: `trickle` one or two frames a second, `low` each
 * keyframe (four or five a second), `half` every second frame, `full` all of them.
 */
export const MOTION_LEVELS = ['trickle', 'low', 'half', 'full'] as const;
export type MotionLevel = (typeof MOTION_LEVELS)[number];
