import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MOTION_KINDS, motionTrackSchema, posesOf } from '../../../shared/motion/motionTrack.ts';
import type { MotionKind } from '../../../shared/motion/motionTrack.ts';
import { BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';

/** The rate at which tracks are sent; slower ones are sent as they are. */
const SEND_HZ = 30;

/** Anybody's track: what it says of itself beyond the numbers is a hint at most. */
const foreignTrackSchema = motionTrackSchema.extend({ kind: z.unknown(), person: z.unknown() });

/**
 * Reads a track of whatever source. Names may come in any order and number, in other capitals, or with `_L` and `_R`.
 * @throws Error saying what was expected.
 */
export async function readTrack(file: string): Promise<{ poses: RigPose[]; fps: number; kind: MotionKind | undefined }> {
  const parsed = foreignTrackSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
  const { kind, person: _, ...track } = parsed.data;
  const blendshapeNames = track.blendshapeNames.map((name) => known.get(plain(name)) ?? name);
  if (!blendshapeNames.some((name) => known.has(plain(name)))) throw new Error(`blendshapeNames: expected some of ${BLENDSHAPE_NAMES.slice(0, 3).join(', ')}, …`);
  const poses = posesOf({ ...track, blendshapeNames });
  if (poses.length === 0) throw new Error('weights: expected at least one frame');
  const { fps } = track;
  const sent = fps <= SEND_HZ * 1.02 ? poses : Array.from({ length: Math.max(1, Math.round((poses.length * SEND_HZ) / fps)) }, (__, index) => (
    poses[Math.min(poses.length - 1, Math.round((index * fps) / SEND_HZ))]!));
  return { poses: sent, fps: Math.min(fps, SEND_HZ), kind: MOTION_KINDS.find((name) => name === kind) };
}

const known = new Map<string, string>(BLENDSHAPE_NAMES.map((name) => [plain(name), name]));

function plain(name: string): string {
  return name.replace(/_l$/i, 'left').replace(/_r$/i, 'right').replace(/[^a-z]/gi, '').toLowerCase();
}
