import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../../shared/splat/codec/avatarEncoder.ts';
import { bundle } from '../bench/render/pageBundle.ts';
import { openBundle } from '../bench/render/bundlePage.ts';
import { launchBrowser } from '../e2e/support/browser.ts';
import { randomPose, restPose } from '../support/rigPoses.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const SIZE = 256;
/** Other drivers round otherwise, and blend eight bits a channel, thousands of times: the mean may differ by a level. */
const MEAN_LEVELS = 0.6;
const FAR_LEVELS = 16;
const FAR_SHARE = 0.005;

const POSES: readonly (readonly [string, RigPose])[] = [['at rest', restPose()], ['smiling and turned', randomPose(41)], ['speaking', randomPose(42)]];
const DISTANCES = [['near by', 0.3], ['across the table', 1.2]] as const;

describe('Chromium draws as gl does', () => {
  let browser: Browser;
  let page: Page;
  let file: Uint8Array;
  let rigBytes: Uint8Array;
  beforeAll(async () => {
    rigBytes = await readFile(new URL('../../models/rig/head.rig', import.meta.url));
    const rig = decodeRig(rigBytes);
    file = encodeAvatar(syntheticSplats(rig, { count: 12_000, scaleMeters: 0.004 }), { rigFaceCount: rig.faceCount, neutralBounds: [0, 0, 0, 0, 0, 0] });
    browser = await launchBrowser();
    page = await openBundle(browser, new Map([...await bundle('test/golden/page/draw.ts'), ['head.rig', rigBytes], ['head.stipple', file]]), 'drawAvatar');
  });
  afterAll(() => browser?.close());

  const draw = (pose: RigPose, camera: PinholeCamera, loseContext: boolean): Promise<number[]> => page.evaluate(
    (asked) => (globalThis as unknown as { drawAvatar(...values: unknown[]): Promise<number[]> }).drawAvatar(asked.pose, asked.camera, asked.loseContext),
    { pose: { ...pose, blendshapeWeights: [...pose.blendshapeWeights] }, camera, loseContext },
  );

  it('and the same after a lost context', async () => {
    const camera = orbitCamera({ width: SIZE, height: SIZE });
    const [before, after] = [await draw(randomPose(43), camera, false), await draw(randomPose(43), camera, true)];
    expect(before.some((value) => value > 100)).toBe(true);
    expect(after).toEqual(before);
  });

  it.each(POSES.flatMap(([pose, value]) => DISTANCES.map(([distance, spanMeters]) => [pose, distance, value, spanMeters] as const)))('%s, %s', async (_pose, _distance, pose, spanMeters) => {
    const rig = decodeRig(rigBytes);
    const camera = orbitCamera({ width: SIZE, height: SIZE, yawRadians: 0.4, spanMeters });
    const renderer = new AvatarRenderer(rig);
    renderer.setSplats(decodeAvatar(file, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount }));
    const expected = renderer.render({ pose, camera }).data;
    renderer.dispose();
    const seen = await draw(pose, camera, false);
    let sum = 0;
    let far = 0;
    expected.forEach((value, at) => {
      const difference = Math.abs(value - seen[at]);
      sum += difference;
      if (difference > FAR_LEVELS) far++;
    });
    expect(expected.some((value) => value > 100)).toBe(true);
    expect(sum / expected.length, 'mean levels').toBeLessThan(MEAN_LEVELS);
    expect(far / expected.length, `share of values that differ by more than ${FAR_LEVELS}`).toBeLessThan(FAR_SHARE);
  });
});
