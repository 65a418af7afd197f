import { deflateRawSync } from 'node:zlib';
import { Packr } from 'msgpackr';
import type { RigPose } from '../../../shared/rig/rigPose.ts';

/** Bytes of a frame sent in three plain ways; each knows only what a lossy channel allows it to know. */
export interface BaselineBytes { msgpackr: number; raw8: number; deflate: number }

const packr = new Packr({ useRecords: false });

/**
 * msgpackr: an object of 32-bit floats. raw8: a byte a weight, 16 bits a component of rotation and position, 4 bytes of sequence
 * number and time. deflate: the same 8 and 16 bits as differences from the frame before, deflated (level 9); it is at an advantage,
 * since one lost frame spoils all that follow.
 */
export function baselineBytes(poses: readonly RigPose[]): BaselineBytes {
  const total: BaselineBytes = { msgpackr: 0, raw8: 0, deflate: 0 };
  let before: number[] | undefined;
  poses.forEach((pose, frame) => {
    const floats = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);
    total.msgpackr += packr.pack({
      t: frame, w: floats(pose.blendshapeWeights), r: floats(pose.headRotation), p: floats(pose.headPositionMeters),
    }).length;
    const weights = Array.from(pose.blendshapeWeights, (weight) => Math.round(255 * weight));
    const rigid = [...pose.headRotation.slice(0, 3).map((value) => Math.round(32767 * value)), ...pose.headPositionMeters.map((value) => Math.round(10_000 * value))];
    total.raw8 += 4 + weights.length + 2 * rigid.length;
    const values = [...weights, ...rigid];
    const bytes = values.flatMap((value, index) => {
      const difference = value - (before?.[index] ?? 0);
      return index < weights.length ? [difference & 255] : [difference & 255, (difference >> 8) & 255];
    });
    before = values;
    total.deflate += 4 + deflateRawSync(Uint8Array.from(bytes), { level: 9 }).length;
  });
  return total;
}
