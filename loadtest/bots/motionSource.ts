import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { motionTrackSchema, posesOf } from '../../shared/motion/motionTrack.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/** A recording ready to be played. */
export interface LoadedTrack {
  readonly name: string;
  readonly fps: number;
  readonly poses: readonly RigPose[];
}

/**
 * Reads every track (`*.json`) of a folder and those below it, by name, but those in which somebody holds still: in a load
 * test everybody moves all the time.
 * @throws Error when there is none, or one is not a track.
 */
export function loadTracks(folder: string): LoadedTrack[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json')).sort()
    .map((file) => join(folder, file)).filter((file) => statSync(file).isFile());
  if (files.length === 0) throw new Error(`expected motion tracks (*.json) in ${folder}, found none`);
  const tracks = files.map((file) => ({ name: basename(file, '.json'), track: motionTrackSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) }));
  const moving = tracks.filter(({ track }) => track.kind !== 'still');
  return (moving.length > 0 ? moving : tracks).map(({ name, track }) => ({ name, fps: track.fps, poses: posesOf(track) }));
}

/** Plays a track to and fro for ever, from a place of its own, so that bots with one track do not move alike. */
export class TrackPlayer {
  readonly #track: LoadedTrack;
  readonly #startFrame: number;

  constructor(track: LoadedTrack, startFrame: number) {
    this.#track = track;
    this.#startFrame = startFrame;
  }

  /** The pose `elapsedMs` after the start; frames are not mixed, as a camera's are not. */
  poseAt(elapsedMs: number): RigPose {
    const { poses, fps } = this.#track;
    const span = Math.max(1, 2 * (poses.length - 1));
    const at = Math.floor(this.#startFrame + elapsedMs / 1_000 * fps + 1e-6) % span;
    return poses[at < poses.length ? at : span - at]!;
  }
}
