import { LONG_WINDOW_MS, QUIET_CLASS, QUIET_WINDOW_MS, SHORT_WINDOW_MS, WIDE_WINDOW_MS } from '../../shared/motion/decodingWindow.ts';
import { MotionHistory } from '../../shared/motion/motionHistory.ts';
import { FrameShape } from '../../shared/motion/frameShape.ts';
import { LIVELY_WINDOW_MS, QUIET_CHANGES } from '../../shared/motion/liveliness.ts';
import { MotionModel } from '../../shared/motion/motionModel.ts';
import { MotionQuantiser } from '../../shared/motion/motionQuantiser.ts';
import type { MotionQuality } from '../../shared/motion/motionQuantiser.ts';
import type { MotionBlock, MotionTables } from '../../shared/motion/motionTables.ts';

/** Groups of coefficients of each block, in the order of blocks. */
const GROUP_SIZES: Readonly<Record<string, readonly number[]>> = {
  head: [3, 3], eyes: [2, 2, 2, 3, 5], brows: [2, 3], cheeks: [2, 3], mouth: [2, 2, 3, 3, 4, 6, 8],
};
/** Reaches of a group's widest coefficient. */
const MODES = [0, 1, 2, 3, 5, 8, 13, 22, 36, 60, 100, 170] as const;


/** Everything but the transform: where coefficients lie, how far they go, how often each mode occurs. */
export function learnStatistics(blocks: readonly MotionBlock[], tracks: readonly (readonly Float64Array[])[], quality: MotionQuality = {}): MotionTables {
  const groupSizes = blocks.flatMap(({ name, inputs }) => {
    const sizes = GROUP_SIZES[name]!;
    if (sizes.reduce((sum, size) => sum + size, 0) !== inputs.length) throw new Error(`groups of ${name} do not sum to ${inputs.length}`);
    return sizes;
  });
  const count = groupSizes.reduce((sum, size) => sum + size, 0);
  const flat = (value: number): number[] => new Array<number>(count).fill(value);
  const modes = Array.from({ length: QUIET_CLASS + 2 }, () => groupSizes.map(() => MODES.map(() => 1)));
  const draft: MotionTables = {
    blocks, groupSizes, reach: MODES.map((reach) => flat(reach)), prior: { center: flat(0), evenBits: flat(0), below: flat(200), above: flat(200) }, modeFrequencies: modes,
  };
  const states = tracks.map((track) => quantised(new MotionModel(draft), track, quality));
  const prior = learnPrior(states.flat(), count);
  const spans = windowSpans(new MotionModel(draft), states);
  const reach = learnReach(groupSizes, spans, count);
  const model = new MotionModel({ ...draft, prior, reach });
  return { ...draft, prior, reach, modeFrequencies: learnModes(model, states) };
}

const FRAME_MS = 1000 / 30;

function quantised(model: MotionModel, track: readonly Float64Array[], quality: MotionQuality): Int16Array[] {
  const quantiser = new MotionQuantiser(model, quality);
  let before: Int16Array | undefined;
  const history = new MotionHistory(model.coefficientCount);
  const shape = new FrameShape(model);
  return track.map((vector, frame) => {
    const values = new Int16Array(model.coefficientCount);
    const timestampMs = Math.round(frame * FRAME_MS);
    quantiser.quantise(vector, before, shape.statesWithin(history, timestampMs, LIVELY_WINDOW_MS) > QUIET_CHANGES, values);
    if (!before || values.some((value, index) => value !== before![index])) history.push(timestampMs, true);
    before = values;
    return values;
  });
}

function learnPrior(states: readonly Int16Array[], count: number): MotionTables['prior'] {
  const center: number[] = [], evenBits: number[] = [], below: number[] = [], above: number[] = [];
  for (let index = 0; index < count; index++) {
    const values = states.map((state) => state[index]!).sort((a, b) => a - b);
    // The commonest value, else the middle one, is where the two sides meet.
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    let mode = values[values.length >> 1]!;
    for (const [value, times] of counts) if (times > (counts.get(mode) ?? 0)) mode = value;
    // What 1 in 500 exceeds has to lie within half the prior's reach.
    const far = values.map((value) => Math.abs(value - mode)).sort((a, b) => a - b)[Math.floor(0.998 * (values.length - 1))]!;
    let bits = 0;
    while (far >> bits > 24) bits++;
    const side = (sign: number): number => {
      const over = values.map((value) => Math.max(0, sign * ((value - mode) >> bits)));
      const mean = over.reduce((sum, value) => sum + value, 0) / values.length + 0.02;
      // Of a geometric side with ratio r, the mean of this side over all values; sides share the peak.
      return Math.min(252, Math.max(4, Math.round((256 * mean) / (mean + 0.5))));
    };
    center.push(mode);
    evenBits.push(bits);
    below.push(side(-1));
    above.push(side(1));
  }
  return { center, evenBits, below, above };
}

function windowSpans(model: MotionModel, tracks: readonly (readonly Int16Array[])[]): Int32Array[] {
  const spans: Int32Array[] = [];
  eachWindow(model, tracks, (shape, history, timestampMs, values) => {
    spans.push(shape.measure(history, timestampMs, WIDE_WINDOW_MS, values).slice());
    spans.push(shape.measure(history, timestampMs, SHORT_WINDOW_MS, values).slice());
  });
  return spans;
}

function eachWindow(model: MotionModel, tracks: readonly (readonly Int16Array[])[], visit: (shape: FrameShape, history: MotionHistory, timestampMs: number, values: Int16Array) => void): void {
  const shape = new FrameShape(model);
  for (const states of tracks) {
    const history = new MotionHistory(model.coefficientCount);
    states.forEach((values, frame) => {
      const timestampMs = Math.round(frame * FRAME_MS);
      // Like the encoder: what has not changed is said again only after a while.
      const before = history.newestBefore(timestampMs, 190);
      if (before && values.every((value, index) => value === before.values[index])) return;
      if (frame > 8) visit(shape, history, timestampMs, values);
      history.push(timestampMs, true).values.set(values);
    });
  }
}

/** Within a group, reaches are proportional to how far its coefficients usually go when they do. */
function learnReach(groupSizes: readonly number[], spans: readonly Int32Array[], count: number): number[][] {
  const typical = Array.from({ length: count }, (_, index) => Math.sqrt(spans.reduce((sum, span) => sum + span[index]! ** 2, 0) / spans.length) + 0.02);
  const rows = MODES.map(() => [] as number[]);
  let start = 0;
  for (const size of groupSizes) {
    const most = Math.max(...typical.slice(start, start + size));
    for (let index = start; index < start + size; index++) {
      MODES.forEach((reach, mode) => rows[mode]!.push(mode === 0 ? 0 : Math.max(1, Math.round((reach * Math.max(typical[index]!, most / 4)) / most))));
    }
    start += size;
  }
  return rows;
}

function learnModes(model: MotionModel, tracks: readonly (readonly Int16Array[])[]): number[][][] {
  const lively: Uint8Array[] = [], quiet: Uint8Array[] = [], long: Uint8Array[] = [];
  eachWindow(model, tracks, (shape, history, timestampMs, values) => {
    if (shape.statesWithin(history, timestampMs, LIVELY_WINDOW_MS) <= QUIET_CHANGES) {
      if (shape.fit(history, timestampMs, QUIET_WINDOW_MS, values)) quiet.push(shape.modes.slice());
      if (shape.fit(history, timestampMs, LONG_WINDOW_MS, values)) long.push(shape.modes.slice());
      return;
    }
    for (const windowMs of [WIDE_WINDOW_MS, SHORT_WINDOW_MS]) if (shape.fit(history, timestampMs, windowMs, values)) lively.push(shape.modes.slice());
  });
  return [...learnClasses(model, lively, QUIET_CLASS), countModes(model, quiet), countModes(model, long)];
}

/** Classes of frames by the modes they use: the likelihoods that code all frames shortest, found by turns (hard EM). */
function learnClasses(model: MotionModel, frames: readonly Uint8Array[], count: number): number[][][] {
  // Start: frames in the order of how much they say, cut into equal parts.
  const amount = (modes: Uint8Array): number => modes.reduce((sum, mode) => sum + mode, 0);
  const ordered = [...frames].sort((a, b) => amount(a) - amount(b));
  let parts = Array.from({ length: count }, (_, part) => ordered.slice(Math.floor((part * ordered.length) / count), Math.floor(((part + 1) * ordered.length) / count)));
  let frequencies = parts.map((part) => countModes(model, part));
  for (let turn = 0; turn < 20; turn++) {
    const bits = frequencies.map((groups) => groups.map((counts) => {
      const total = counts.reduce((sum, value) => sum + value, 0);
      return counts.map((value) => Math.log2(total / value));
    }));
    parts = frequencies.map(() => []);
    for (const modes of frames) {
      const costs = bits.map((groups) => groups.reduce((sum, group, index) => sum + group[modes[index]!]!, 0));
      parts[costs.indexOf(Math.min(...costs))]!.push(modes);
    }
    frequencies = parts.map((part) => countModes(model, part));
  }
  return frequencies;
}

function countModes(model: MotionModel, frames: readonly Uint8Array[]): number[][] {
  return Array.from({ length: model.groupCount }, (_, group) => {
    const counts = new Array<number>(model.modeCount).fill(0);
    for (const modes of frames) counts[modes[group]!]!++;
    // A neighbour of what was seen is likelier than a stranger; nothing is impossible.
    const smoothed = counts.map((value, mode) => value + 0.02 * ((counts[mode - 1] ?? 0) + (counts[mode + 1] ?? 0)) + 0.001 * frames.length + 0.3);
    const total = smoothed.reduce((sum, value) => sum + value, 0);
    return smoothed.map((value) => Math.max(1, Math.round((value / total) * 4000)));
  });
}
