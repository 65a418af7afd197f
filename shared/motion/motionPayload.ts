import { modulo, PRIOR_ESCAPE, priorOffset, priorSymbol, STATE_LIMIT } from './motionModel.ts';
import type { Cumulative, MotionModel } from './motionModel.ts';
import type { RangeDecoder } from './rangeDecoder.ts';
import type { RangeEncoder } from './rangeEncoder.ts';

/** Codes a whole state, for receivers that have none. */
export function encodeWhole(coder: RangeEncoder, model: MotionModel, values: Int16Array): void {
  for (let index = 0; index < model.coefficientCount; index++) {
    const offset = values[index]! - model.priorCenters[index]!;
    const evenBits = model.evenBits[index]!;
    const symbol = priorSymbol(offset >> evenBits);
    encodeSymbol(coder, model.priors[index]!, symbol);
    if (symbol !== PRIOR_ESCAPE) {
      if (evenBits > 0) coder.encode(offset & ((1 << evenBits) - 1), 1, 1 << evenBits);
      continue;
    }
    coder.encode((values[index]! >> 8) & 255, 1, 256);
    coder.encode(values[index]! & 255, 1, 256);
  }
}

export function decodeWhole(coder: RangeDecoder, model: MotionModel, out: Int16Array): void {
  for (let index = 0; index < model.coefficientCount; index++) {
    const symbol = decodeSymbol(coder, model.priors[index]!);
    if (symbol === PRIOR_ESCAPE) {
      const high = decodeEven(coder, 256);
      out[index] = high << 8 | decodeEven(coder, 256);
    } else {
      const even = 1 << model.evenBits[index]!;
      out[index] = model.priorCenters[index]! + priorOffset(symbol) * even + (even > 1 ? decodeEven(coder, even) : 0);
    }
  }
}

/** Codes a state modulo what its mode leaves open, a group: a receiver takes the value nearest to the one it has. */
export function encodeChange(coder: RangeEncoder, model: MotionModel, frameClass: number, modes: Uint8Array, values: Int16Array): void {
  for (let group = 0; group < model.groupCount; group++) {
    const mode = modes[group]!;
    encodeSymbol(coder, model.modes[frameClass]![group]!, mode);
    for (let index = model.groupStarts[group]!; index < model.groupStarts[group + 1]!; index++) {
      const reach = model.reach[mode]![index]!;
      if (reach > 0) encodeSymbol(coder, model.residues(mode, index), modulo(values[index]!, 2 * reach + 1));
    }
  }
}

/** @param out may be `from` itself. */
export function decodeChange(coder: RangeDecoder, model: MotionModel, frameClass: number, from: Int16Array, out: Int16Array): void {
  for (let group = 0; group < model.groupCount; group++) {
    const mode = decodeSymbol(coder, model.modes[frameClass]![group]!);
    for (let index = model.groupStarts[group]!; index < model.groupStarts[group + 1]!; index++) {
      const reach = model.reach[mode]![index]!;
      const before = from[index]!;
      if (reach === 0) {
        out[index] = before;
        continue;
      }
      const modulus = 2 * reach + 1;
      const residue = decodeSymbol(coder, model.residues(mode, index));
      const change = modulo(residue - before + reach, modulus) - reach;
      out[index] = Math.min(STATE_LIMIT, Math.max(-STATE_LIMIT, before + change));
    }
  }
}

function encodeSymbol(coder: RangeEncoder, sums: Cumulative, symbol: number): void {
  coder.encode(sums[symbol]!, sums[symbol + 1]! - sums[symbol]!, sums[sums.length - 1]!);
}

function decodeSymbol(coder: RangeDecoder, sums: Cumulative): number {
  const total = sums[sums.length - 1]!;
  const place = coder.peek(total);
  let low = 0, high = sums.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sums[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  coder.take(sums[low]!, sums[low + 1]! - sums[low]!, total);
  return low;
}

/** One of `count` values, all as likely. */
function decodeEven(coder: RangeDecoder, count: number): number {
  const value = coder.peek(count);
  coder.take(value, 1, count);
  return value;
}
