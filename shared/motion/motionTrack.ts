import { z } from 'zod';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../rig/blendshapes.ts';
import type { RigPose } from '../rig/rigPose.ts';

/** What somebody does in a recording. */
export const MOTION_KINDS = ['talking', 'laughing', 'nodding', 'looking', 'still'] as const;
export type MotionKind = (typeof MOTION_KINDS)[number];

/** Decimals kept: far below a weight's or a head's jitter, and 0.01 mm. */
const DECIMALS = 5;

/** A recording as parameters only. Frames are equally spaced. */
export const motionTrackSchema = z.object({
  fps: z.number().positive(),
  /** Names of a frame's weights, in order. */
  blendshapeNames: z.array(z.string()),
  /** [frames, names], each in [0, 1]. */
  weights: z.array(z.array(z.number())),
  /** Head rotation, xyzw, [frames, 4]. */
  rotation: z.array(z.array(z.number()).length(4)).optional(),
  /** Head position, metres, [frames, 3]. */
  position: z.array(z.array(z.number()).length(3)).optional(),
  /** What is done in it. */
  kind: z.enum(MOTION_KINDS).optional(),
  /** Who does it. */
  person: z.string().optional(),
});
export type MotionTrack = z.infer<typeof motionTrackSchema>;

/** Rounds poses into a track; names are the rig's. */
export function trackOf(poses: readonly RigPose[], about: { fps: number; kind: MotionTrack['kind']; person: string }): MotionTrack {
  const rounded = (values: ArrayLike<number>): number[] => Array.from(values, (value) => Number(value.toFixed(DECIMALS)) + 0);
  return {
    fps: about.fps, ...(about.kind && { kind: about.kind }), person: about.person, blendshapeNames: [...BLENDSHAPE_NAMES],
    weights: poses.map(({ blendshapeWeights }) => rounded(blendshapeWeights)),
    rotation: poses.map(({ headRotation }) => rounded(headRotation)),
    position: poses.map(({ headPositionMeters }) => rounded(headPositionMeters)),
  };
}

/** Poses of a track; names it does not have stay 0, names the rig does not have are left out. */
export function posesOf(track: MotionTrack): RigPose[] {
  const places = track.blendshapeNames.map((name) => (BLENDSHAPE_NAMES as readonly string[]).indexOf(name));
  return track.weights.map((row, frame) => {
    const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
    for (const [column, place] of places.entries()) if (place >= 0) blendshapeWeights[place] = row[column] ?? 0;
    const [x = 0, y = 0, z = 0, w = 1] = track.rotation?.[frame] ?? [];
    const [px = 0, py = 0, pz = 0] = track.position?.[frame] ?? [];
    return { blendshapeWeights, headRotation: [x, y, z, w], headPositionMeters: [px, py, pz] };
  });
}

/** As text: a frame a line, so that a recording can be looked at and compared. */
export function trackText(track: MotionTrack): string {
  const { weights, rotation, position, ...about } = track;
  const rows = (name: string, list: readonly (readonly number[])[] | undefined): string => (
    list === undefined ? '' : `,\n"${name}": [\n${list.map((row) => `[${row.join(',')}]`).join(',\n')}\n]`);
  return `${JSON.stringify(about).slice(0, -1)}${rows('weights', weights)}${rows('rotation', rotation)}${rows('position', position)}}\n`;
}
