import { describe, expect, it } from 'vitest';
import { GrowingHead, type PointsEvent } from '../../../client/rig/growingHead.ts';
import type { LoadedAvatar } from '../../../client/rig/avatarLibrary.ts';

const points = (batch: number): PointsEvent => ({ jobId: 'A'.repeat(22), batch, pointsSoFar: 10 * (batch + 1), uploadedAtMs: 5, bytes: Uint8Array.of(batch) });

/** A decoder whose answers come when asked for; what it "decodes" is the first byte. */
function slowDecoder() {
  const waiting = new Map<number, () => void>();
  const decode = (bytes: Uint8Array): Promise<LoadedAvatar> =>
    new Promise((resolve) => waiting.set(bytes[0]!, () => resolve({ number: bytes[0] } as unknown as LoadedAvatar)));
  return { decode, finish: (batch: number) => waiting.get(batch)!(), asked: () => [...waiting.keys()] };
}

describe('a head in the making', () => {
  it('shows the newest points and drops what comes late', async () => {
    const { decode, finish, asked } = slowDecoder();
    const head = new GrowingHead(decode);
    const third = head.take(points(3));
    await head.take(points(1));
    await head.take(points(3));
    expect(asked()).toEqual([3]);
    finish(3);
    await third;
    expect(head.step.value).toMatchObject({ batch: 3, pointsSoFar: 40, uploadedAtMs: 5, avatar: { number: 3 } });
  });

  it('does not go back where an older one is decoded later', async () => {
    const { decode, finish } = slowDecoder();
    const head = new GrowingHead(decode);
    const [older, newer] = [head.take(points(0)), head.take(points(1))];
    finish(1);
    await newer;
    finish(0);
    await older;
    expect(head.step.value?.batch).toBe(1);
  });

  it('says when points cannot be read, and goes on with the next', async () => {
    let bad = true;
    const head = new GrowingHead(async () => {
      if (bad) throw new Error('unreadable');
      return {} as LoadedAvatar;
    });
    await expect(head.take(points(0))).rejects.toThrow('unreadable');
    bad = false;
    await head.take(points(1));
    expect(head.step.value?.batch).toBe(1);
  });
});
