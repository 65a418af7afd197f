import { MOTION_KIND } from '../../shared/motion/motionHeader.ts';

/**
 * Bytes with the header of a motion frame and, in place of a face, two numbers: the relay looks at the header alone, and a
 * test sees which frames came.
 */
export function testFrame(who: number, number: number, kind: keyof typeof MOTION_KIND = 'keyframe'): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes[0] = MOTION_KIND[kind] | 4;
  bytes[2] = who;
  new DataView(bytes.buffer).setUint32(3, number);
  return bytes;
}

export function whoOf(bytes: Uint8Array): number {
  return bytes[2]!;
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(3);
}
