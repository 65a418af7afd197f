import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { neutralHead } from '../../shared/rig/skinning.ts';
import { DepthSorter } from '../../shared/splat/depthSort.ts';
import { SplatDepths } from '../../shared/splat/splatDepths.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import { benchAvatar } from './benchAvatar.ts';
import { LivelyPose } from './livelyPose.ts';
import { parseOptions } from '../../server/setup/parseOptions.ts';

const USAGE = 'usage: bench apply [--avatar FILE] [--splats N] [--frames N] [--json]';
const WARM_UP_FRAMES = 4000;
const FRAME_SECONDS = 1 / 60;

/**
 * What the page's own thread computes for one avatar and frame: blendshapes, skinning and the exact order of its splats for a
 * pose and a direction that both change. What is measured is what `BoundSplatAvatar.update` calls, on one core.
 *
 * `bytesAllocatedPerFrame` is by how much the heap has grown over the frames, with a young generation too large for any
 * collection to happen meanwhile.
 */
export async function applyBench(args: readonly string[]): Promise<void> {
  const { values } = parseOptions({ args: [...args], options: {
    avatar: { type: 'string' }, splats: { type: 'string', default: '20000' }, frames: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false },
  } }, USAGE);
  const [count, frames] = [Number(values.splats), Number(values.frames)];
  if (![count, frames].every((value) => Number.isInteger(value) && value > 0)) {
    process.stderr.write(`--splats, --frames: expected whole numbers from 1, got '${values.splats}', '${values.frames}'\n${USAGE}\n`);
    process.exit(2);
  }
  setFlagsFromString('--semi-space-growth-factor=4');
  setFlagsFromString('--min-semi-space-size=64');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { rig, splats } = await benchAvatar(count, values.avatar);
  const neutral = neutralHead(rig, splats.header.identityCoefficients);
  const rest = new FaceFrames(rig, neutral.positions);
  const planStartMs = performance.now();
  const depths = new SplatDepths(rig, neutral, rest, splats);
  const planMilliseconds = performance.now() - planStartMs;
  const sorter = new DepthSorter();
  const along = new Float32Array(count);
  const order = new Uint32Array(count);
  const pose = new LivelyPose();
  const parts = { pose: new Float64Array(frames), depths: new Float64Array(frames), sort: new Float64Array(frames), whole: new Float64Array(frames) };

  const direction = new Float64Array(4);
  const turn = (frame: number): void => {
    pose.setTime(frame * FRAME_SECONDS);
    direction[0] = -Math.sin(0.002 * frame);
    direction[2] = -Math.cos(0.002 * frame);
  };
  const applied = (): void => {
    depths.pose(pose);
    depths.write(direction, along);
    sorter.sortBackToFront(along, count, order);
  };
  for (let frame = 0; frame < WARM_UP_FRAMES; frame++) {
    turn(frame);
    applied();
  }
  for (let frame = 0; frame < frames; frame++) {
    turn(frame);
    const startMs = performance.now();
    depths.pose(pose);
    const posedMs = performance.now();
    depths.write(direction, along);
    const writtenMs = performance.now();
    sorter.sortBackToFront(along, count, order);
    const endMs = performance.now();
    parts.pose[frame] = posedMs - startMs;
    parts.depths[frame] = writtenMs - posedMs;
    parts.sort[frame] = endMs - writtenMs;
    parts.whole[frame] = endMs - startMs;
  }
  const bytesAllocatedPerFrame = allocated(frames, collect, (frame) => {
    turn(frame);
    applied();
  }) - allocated(frames, collect, turn);
  const quantile = (times: Float64Array, share: number): number => Math.round(1000 * [...times].sort((a, b) => a - b)[Math.min(frames - 1, Math.floor(frames * share))]) / 1000;
  const result = {
    bench: 'apply', splats: count, frames,
    medianMilliseconds: quantile(parts.whole, 0.5), p95Milliseconds: quantile(parts.whole, 0.95),
    poseMilliseconds: quantile(parts.pose, 0.5), depthsMilliseconds: quantile(parts.depths, 0.5), sortMilliseconds: quantile(parts.sort, 0.5),
    planMilliseconds: Math.round(planMilliseconds), bytesAllocatedPerFrame: Math.max(0, Math.round(bytesAllocatedPerFrame)),
  };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(24)}${value}\n`);
}

/** Bytes a frame by which the heap grows. */
function allocated(frames: number, collect: () => void, frame: (index: number) => void): number {
  for (let index = 0; index < 50; index++) frame(index);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < frames; index++) frame(index);
  return (process.memoryUsage().heapUsed - before) / frames;
}
