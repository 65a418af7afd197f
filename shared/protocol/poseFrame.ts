import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';
import { StippleError } from './errors.ts';

/** One tracking sample as it travels on the pose channel (PROTOCOL.md chapter POSE). */
export interface PoseFrame {
  /** Counts up by one a frame and wraps after 65,535. */
  readonly sequenceNumber: number;
  /** The room clock (`connection:clock`) when the camera took the picture, milliseconds modulo 2^32. */
  readonly captureTimestampMs: number;
  /** False while the sender sees no face and repeats or idles. */
  readonly tracked: boolean;
  /** In the order of `BLENDSHAPE_NAMES`, each in [0, 1], [52]. */
  readonly blendshapeWeights: Float32Array;
  /** xyzw, unit length, as in `RigPose`. */
  readonly headRotation: readonly [number, number, number, number];
  /** As in `RigPose`; clamped to ±3.2767 m. */
  readonly headPositionMeters: readonly [number, number, number];
}

export const POSE_FRAME_VERSION = 1;
export const POSE_FRAME_BYTES = 72;
/** Label and sub-protocol of the data channel that carries pose frames. */
export const POSE_CHANNEL_LABEL = 'pose';
export const POSE_CHANNEL_PROTOCOL = 'stipple.pose.v1';

const FLAG_TRACKED = 1;
const OFFSET_WEIGHTS = 8;
const OFFSET_ROTATION = OFFSET_WEIGHTS + BLENDSHAPE_COUNT;
const OFFSET_POSITION = OFFSET_ROTATION + 6;
/** Levels on either side of zero of a rotation component in [-1/√2, 1/√2]: 15 bits, zero exact. */
const ROTATION_LEVELS = 16383;
const POSITION_UNIT_METERS = 0.0001;

/** A pose frame that is not one. Receivers drop the frame, count it and go on. */
export class PoseFrameDecodeError extends StippleError {
  static wrong(field: string, expected: string, got: string | number): PoseFrameDecodeError {
    return new PoseFrameDecodeError('POSE_FRAME_INVALID', {
      message: `pose frame: field ${field}: expected ${expected}, got ${got}`,
      details: { field, expected, got: String(got) },
    });
  }
}

/**
 * Encodes a frame into 72 new bytes. Weights and position are clamped to their ranges and the rotation is normalised;
 * a non-finite number is the caller's mistake.
 * @throws RangeError for a non-finite number, a zero rotation or a wrong number of weights.
 */
export function encodePoseFrame(frame: PoseFrame): Uint8Array {
  if (frame.blendshapeWeights.length !== BLENDSHAPE_COUNT) {
    throw new RangeError(`expected ${BLENDSHAPE_COUNT} blendshape weights, got ${frame.blendshapeWeights.length}`);
  }
  const bytes = new Uint8Array(POSE_FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, POSE_FRAME_VERSION);
  view.setUint8(1, frame.tracked ? FLAG_TRACKED : 0);
  view.setUint16(2, finite(frame.sequenceNumber) & 0xffff, true);
  view.setUint32(4, modulo32(Math.round(finite(frame.captureTimestampMs))), true);
  for (let index = 0; index < BLENDSHAPE_COUNT; index++) {
    bytes[OFFSET_WEIGHTS + index] = Math.round(clamp(finite(frame.blendshapeWeights[index]!), 0, 1) * 255);
  }
  encodeRotation(view, frame.headRotation);
  for (let axis = 0; axis < 3; axis++) {
    const units = Math.round(finite(frame.headPositionMeters[axis]!) / POSITION_UNIT_METERS);
    view.setInt16(OFFSET_POSITION + axis * 2, clamp(units, -32767, 32767), true);
  }
  return bytes;
}

/**
 * Decodes one message of the pose channel. The result owns its memory.
 * @throws PoseFrameDecodeError naming the field, and nothing else, whatever the bytes.
 */
export function decodePoseFrame(bytes: Uint8Array): PoseFrame {
  if (bytes.byteLength !== POSE_FRAME_BYTES) {
    throw PoseFrameDecodeError.wrong('length', `${POSE_FRAME_BYTES} bytes`, bytes.byteLength);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== POSE_FRAME_VERSION) throw PoseFrameDecodeError.wrong('version', String(POSE_FRAME_VERSION), version);
  const flags = view.getUint8(1);
  if ((flags & ~FLAG_TRACKED) !== 0) throw PoseFrameDecodeError.wrong('flags', 'only bit 0', flags);
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (let index = 0; index < BLENDSHAPE_COUNT; index++) {
    blendshapeWeights[index] = bytes[OFFSET_WEIGHTS + index]! / 255;
  }
  return {
    sequenceNumber: view.getUint16(2, true),
    captureTimestampMs: view.getUint32(4, true),
    tracked: flags === FLAG_TRACKED,
    blendshapeWeights,
    headRotation: decodeRotation(view),
    headPositionMeters: [decodePosition(view, 0), decodePosition(view, 1), decodePosition(view, 2)],
  };
}

/** How far sequence number `a` is ahead of `b` on the 16-bit circle, in [-32768, 32767]; positive means newer. */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far timestamp `a` is after `b` on the 32-bit circle, in milliseconds; positive means later. */
export function timestampDistanceMs(a: number, b: number): number {
  return (a - b) | 0;
}

/** Smallest three: the largest component is left out, made positive, and found again from unit length. */
function encodeRotation(view: DataView, rotation: PoseFrame['headRotation']): void {
  const length = Math.hypot(...rotation);
  if (!(length > 1e-6) || !Number.isFinite(length)) throw new RangeError('expected a rotation of non-zero finite length');
  let largest = 0;
  for (let index = 1; index < 4; index++) {
    if (Math.abs(rotation[index]!) > Math.abs(rotation[largest]!)) largest = index;
  }
  const scale = (rotation[largest]! < 0 ? -1 : 1) * Math.SQRT2 * ROTATION_LEVELS / length;
  // Bits from the lowest: index of the one left out (2), three 15-bit components in xyzw order, one zero bit.
  let packed = BigInt(largest);
  let shift = 2n;
  for (let index = 0; index < 4; index++) {
    if (index === largest) continue;
    const level = clamp(Math.round(rotation[index]! * scale), -ROTATION_LEVELS, ROTATION_LEVELS) + ROTATION_LEVELS;
    packed |= BigInt(level) << shift;
    shift += 15n;
  }
  view.setUint32(OFFSET_ROTATION, Number(packed & 0xffffffffn), true);
  view.setUint16(OFFSET_ROTATION + 4, Number(packed >> 32n), true);
}

function decodeRotation(view: DataView): [number, number, number, number] {
  const packed = BigInt(view.getUint32(OFFSET_ROTATION, true)) | (BigInt(view.getUint16(OFFSET_ROTATION + 4, true)) << 32n);
  if (packed >> 47n !== 0n) throw PoseFrameDecodeError.wrong('headRotation', 'a highest bit of zero', 'one');
  const largest = Number(packed & 3n);
  const rotation: [number, number, number, number] = [0, 0, 0, 0];
  let shift = 2n;
  let sumOfSquares = 0;
  for (let index = 0; index < 4; index++) {
    if (index === largest) continue;
    const level = Number((packed >> shift) & 0x7fffn);
    if (level > 2 * ROTATION_LEVELS) throw PoseFrameDecodeError.wrong('headRotation', `levels up to ${2 * ROTATION_LEVELS}`, level);
    const component = (level - ROTATION_LEVELS) / ROTATION_LEVELS * Math.SQRT1_2;
    rotation[index] = component;
    sumOfSquares += component * component;
    shift += 15n;
  }
  // The one left out is the largest, so it is at least 1/2 and the rest sum to at most 3/4 (and a rounding step).
  if (sumOfSquares > 0.7502) {
    throw PoseFrameDecodeError.wrong('headRotation', 'a unit quaternion without its largest component', sumOfSquares.toFixed(4));
  }
  rotation[largest] = Math.sqrt(1 - sumOfSquares);
  return rotation;
}

function decodePosition(view: DataView, axis: number): number {
  const units = view.getInt16(OFFSET_POSITION + axis * 2, true);
  if (units === -32768) throw PoseFrameDecodeError.wrong('headPositionMeters', 'units from -32767 to 32767', units);
  return units * POSITION_UNIT_METERS;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`expected a finite number, got ${value}`);
  return value;
}

function modulo32(value: number): number {
  return ((value % 0x1_0000_0000) + 0x1_0000_0000) % 0x1_0000_0000;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
