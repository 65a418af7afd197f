import { describe, expect, it } from 'vitest';
import { MotionDecoder } from '../../../shared/motion/motionDecoder.ts';
import { MotionEncoder } from '../../../shared/motion/motionEncoder.ts';
import type { MotionFrame } from '../../../shared/motion/motionFrame.ts';
import { MOTION_FRAME_MAX_BYTES, motionCaptureTimestampMs, readMotionHeader } from '../../../shared/motion/motionHeader.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import { neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import { headRig } from '../../support/headRig.ts';
import { expectInRange } from './expectInRange.ts';
import { restingFrame, talkingFrame } from './performance.ts';

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

interface Message { readonly frame: MotionFrame; readonly bytes: Uint8Array }

function messagesOf(frames: readonly MotionFrame[], encoder = new MotionEncoder()): Message[] {
  return frames.flatMap((frame) => {
    const bytes = encoder.encode(frame);
    return bytes ? [{ frame, bytes }] : [];
  });
}

const talking = (count: number, seed = 1): MotionFrame[] => Array.from({ length: count }, (_, index) => talkingFrame(index, seed));

/** What a receiver who gets every message has after each. */
function reference(messages: readonly Message[]): (MotionFrame | undefined)[] {
  const decoder = new MotionDecoder();
  return messages.map(({ frame, bytes }) => decoder.decode(bytes, frame.captureTimestampMs));
}

/** `toEqual` compares 52 weights one by one and slowly. */
function sameFrame(a: MotionFrame | undefined, b: MotionFrame | undefined): boolean {
  return a !== undefined && b !== undefined && a.captureTimestampMs === b.captureTimestampMs && a.tracked === b.tracked
    && a.blendshapeWeights.every((weight, index) => weight === b.blendshapeWeights[index])
    && a.headRotation.every((value, index) => value === b.headRotation[index]) && a.headPositionMeters.every((value, index) => value === b.headPositionMeters[index]);
}

const neutral = neutralHead(headRig, []);
function vertices(pose: MotionFrame): Float32Array {
  const out = new Float32Array(headRig.vertexCount * 3);
  poseVertices(headRig, neutral, pose, out);
  return out;
}

describe('what comes back', () => {
  it('is the pose that was sent, within 0.5 mm for 95 % of the vertices (MOTION7)', () => {
    const decoder = new MotionDecoder();
    const encoder = new MotionEncoder();
    let shown: MotionFrame | undefined;
    const errors: number[] = [];
    for (const [index, frame] of talking(120).entries()) {
      const bytes = encoder.encode(frame);
      if (bytes) shown = decoder.decode(bytes, frame.captureTimestampMs + 30);
      if (index % 5 !== 0) continue;
      const [is, should] = [vertices(shown!), vertices(frame)];
      for (let at = 0; at < is.length; at += 3) errors.push(1000 * Math.hypot(is[at]! - should[at]!, is[at + 1]! - should[at + 1]!, is[at + 2]! - should[at + 2]!));
    }
    errors.sort((a, b) => a - b);
    expect(errors[Math.floor(0.95 * errors.length)]).toBeLessThan(0.6);
  });

  it('carries the capture time to 2 ms across the wrap of the room clock, and whether a face is tracked (MOTION1)', () => {
    for (const { frame, bytes } of messagesOf(talking(200))) {
      const decoded = new MotionDecoder();
      const header = readMotionHeader(bytes)!;
      expect(motionCaptureTimestampMs(header.captureTicks, (frame.captureTimestampMs + 1700) >>> 0)).toBe(frame.captureTimestampMs);
      expect(motionCaptureTimestampMs(header.captureTicks, (frame.captureTimestampMs - 250) >>> 0)).toBe(frame.captureTimestampMs);
      if (header.keyframe) expect(decoded.decode(bytes, frame.captureTimestampMs)?.tracked).toBe(true);
    }
    const [lost] = messagesOf([{ ...restingFrame(0), tracked: false }]);
    expect(readMotionHeader(lost!.bytes)!.tracked).toBe(false);
    expect(new MotionDecoder().decode(lost!.bytes, lost!.frame.captureTimestampMs)!.tracked).toBe(false);
  });

  it('is in range for any pose: clamped weights and positions, a unit rotation, rest for what is not finite', () => {
    const wild: MotionFrame = {
      captureTimestampMs: 1000, tracked: true, blendshapeWeights: Float32Array.from({ length: BLENDSHAPE_COUNT }, (_, index) => [NaN, 7, -3, Infinity][index % 4]!),
      headRotation: [3, NaN, 0, 1], headPositionMeters: [99, -99, NaN],
    };
    const [message] = messagesOf([wild]);
    expect(message!.bytes.length).toBeLessThanOrEqual(MOTION_FRAME_MAX_BYTES);
    const decoded = new MotionDecoder().decode(message!.bytes, 1000)!;
    expectInRange(decoded);
    expect(decoded.headPositionMeters[0]).toBeGreaterThan(3);
    expect(decoded.headPositionMeters[2]).toBeCloseTo(0, 1);
  });
});

describe('a lossy channel', () => {
  it('heals with the next message from any state of the last 272 ms, whatever was lost (MOTION9)', () => {
    const messages = messagesOf(talking(120));
    const truth = reference(messages);
    for (let start = 10; start < messages.length - 12; start += 5) {
      for (const lost of [1, 2, 4, 6]) {
        const decoder = new MotionDecoder();
        for (let at = 0; at < start; at++) decoder.decode(messages[at]!.bytes, messages[at]!.frame.captureTimestampMs);
        // A droppable one may ask for a fresher state and is then refused, as any is after more than 272 ms.
        const lastMs = messages[start - 1]!.frame.captureTimestampMs;
        for (let at = start + lost; at < messages.length; at++) {
          const decoded = decoder.decode(messages[at]!.bytes, messages[at]!.frame.captureTimestampMs);
          if (decoded) {
            expect(sameFrame(decoded, truth[at])).toBe(true);
            break;
          }
          const gapMs = (messages[at]!.frame.captureTimestampMs - lastMs) | 0;
          expect(gapMs > 272 || readMotionHeader(messages[at]!.bytes)!.droppable).toBe(true);
        }
      }
    }
  });

  it('is right again within 200 ms of the end of any outage (MOTION10)', () => {
    const messages = messagesOf(talking(200));
    const truth = reference(messages);
    for (const [from, to] of [[20, 40], [30, 120], [60, 75], [0, 33]] as const) {
      const decoder = new MotionDecoder();
      let healedMs: number | undefined;
      messages.forEach(({ frame, bytes }, at) => {
        if (at >= from && at < to) return;
        const decoded = decoder.decode(bytes, frame.captureTimestampMs);
        if (at < to || !decoded) return;
        expect(sameFrame(decoded, truth[at])).toBe(true);
        healedMs ??= (frame.captureTimestampMs - messages[to]!.frame.captureTimestampMs) | 0;
      });
      expect(healedMs).toBeLessThanOrEqual(200);
    }
  });

  it('never shows a wrong pose under loss, doubling and reordering (MOTION9, MOTION11)', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const messages = messagesOf(talking(100, seed));
      const truth = new Map(reference(messages).map((frame) => [frame!.captureTimestampMs, frame!]));
      const { delivered, lost } = shuffled(messages, seed);
      const decoder = new MotionDecoder();
      let decodedCount = 0;
      for (const { bytes, nearMs } of delivered) {
        const decoded = decoder.decode(bytes, nearMs);
        if (!decoded) continue;
        decodedCount++;
        if (!sameFrame(decoded, truth.get(decoded.captureTimestampMs))) throw new Error(`seed ${seed}: a wrong pose at ${decoded.captureTimestampMs}`);
      }
      expect(decodedCount).toBeGreaterThan(0.75 * (messages.length - lost));
      expect(decoder.counters.malformed).toBe(0);
      expect(decoder.counters.duplicates).toBeGreaterThan(0);
    }
  });

  it('may have every droppable frame left out (MOTION12)', () => {
    const messages = messagesOf(talking(160));
    const truth = reference(messages);
    const decoder = new MotionDecoder();
    let left = 0;
    messages.forEach(({ frame, bytes }, at) => {
      if (readMotionHeader(bytes)!.droppable) {
        left++;
        return;
      }
      expect(sameFrame(decoder.decode(bytes, frame.captureTimestampMs), truth[at])).toBe(true);
    });
    expect(left).toBeGreaterThan(45);
    expect(decoder.counters.unreferenced).toBe(0);
  });

  it('shows a newcomer a moving face within 200 ms, or with the next frame once he has the last keyframe', () => {
    const messages = messagesOf(talking(90));
    let widest = 0;
    for (let start = 20; start < 70; start++) {
      const decoder = new MotionDecoder();
      const first = messages.slice(start).find(({ frame, bytes }) => decoder.decode(bytes, frame.captureTimestampMs));
      widest = Math.max(widest, (first!.frame.captureTimestampMs - messages[start]!.frame.captureTimestampMs) | 0);
    }
    expect(widest).toBeLessThanOrEqual(200);
  });
});

describe('a face that holds still', () => {
  it('costs two bytes now and then, and a keyframe each 1.5 s (MOTION13)', () => {
    const frames = Array.from({ length: 300 }, (_, index) => restingFrame(index));
    const messages = messagesOf(frames);
    expect(messages.reduce((sum, { bytes }) => sum + bytes.length, 0) * 8 / 10).toBeLessThan(400);
    const headers = messages.map(({ bytes }) => readMotionHeader(bytes)!);
    expect(headers.filter(({ still }) => still).length).toBeGreaterThan(20);
    for (let at = 1; at < messages.length; at++) expect(messages[at]!.frame.captureTimestampMs - messages[at - 1]!.frame.captureTimestampMs | 0).toBeLessThanOrEqual(320);
  });

  it('says so only to who has its state', () => {
    const messages = messagesOf([...talking(40), ...Array.from({ length: 60 }, (_, index) => ({ ...talkingFrame(40), captureTimestampMs: talkingFrame(40 + index).captureTimestampMs }))]);
    const still = messages.find(({ bytes }) => readMotionHeader(bytes)!.still)!;
    const stranger = new MotionDecoder();
    expect(stranger.decode(still.bytes, still.frame.captureTimestampMs)).toBeUndefined();
    expect(stranger.counters.unreferenced).toBe(1);
  });
});

describe('the encoder', () => {
  it('begins anew with a keyframe after a gap, a clock set back, or when asked', () => {
    const encoder = new MotionEncoder();
    const kinds = (frames: readonly MotionFrame[]): boolean[] => messagesOf(frames, encoder).map(({ bytes }) => readMotionHeader(bytes)!.keyframe);
    expect(kinds(talking(3))).toEqual([true, false, false]);
    expect(kinds([talkingFrame(60)])).toEqual([true]);
    expect(kinds([talkingFrame(2)])).toEqual([true]);
    encoder.requestKeyframe();
    expect(kinds([talkingFrame(3)])).toEqual([true]);
    expect(kinds([talkingFrame(4)])).toEqual([false]);
  });

  it('sends nothing for frames that come too fast', () => {
    const encoder = new MotionEncoder();
    expect(encoder.encode(talkingFrame(0))).toBeDefined();
    expect(encoder.encode({ ...talkingFrame(5), captureTimestampMs: talkingFrame(0).captureTimestampMs + 4 })).toBeUndefined();
  });

  it('writes these bytes (golden)', () => {
    expect(messagesOf([restingFrame(0), ...talking(8).slice(1)]).map(({ bytes }) => hex(bytes))).toMatchInlineSnapshot(`
      [
        "05004dd9057c96ead6001a9d",
        "8ce0f21f02a9132faf1b9b45f743115532759c83",
        "0ce1f2d6dbf7bbd7d64ace29a323a4d4549836aa",
        "94a1a19da2694ce35f0776a11e9d8779495027c28771",
        "1fa2a5dfa71eecd2b3a2e01146567e2eb5724e7a91",
        "9ca2aa717de5c1de926164bcef6aff8af1235f39c7",
        "2503bc67a4203fbd300ccaa63a10be7152",
        "af639ac9aa054b4ddf7bf35d90ab19",
      ]
    `);
  });
});

function shuffled(messages: readonly Message[], seed: number): { delivered: { bytes: Uint8Array; nearMs: number }[]; lost: number } {
  const random = new SeededRandom(seed);
  const next = (): number => random.next();
  let lost = 0;
  const delivered = messages.flatMap(({ frame, bytes }, at) => {
    if (at > 0 && next() < 0.2) {
      lost++;
      return [];
    }
    const copies = next() < 0.1 ? 2 : 1;
    return Array.from({ length: copies }, () => ({ bytes, nearMs: frame.captureTimestampMs, due: at + (next() < 0.15 ? 3 * next() : 0) }));
  });
  return { delivered: delivered.sort((a, b) => a.due - b.due), lost };
}
