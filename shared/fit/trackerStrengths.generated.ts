// Written by `npm run -s eval -- --tracker-response --write`.
export const TRACKER_STRENGTHS = {
  browDownLeft: 2,
  browDownRight: 2,
  mouthPressLeft: 2,
  mouthPressRight: 2,
} as const;
