import { Scene } from 'three';
import { afterAll, describe, expect, it } from 'vitest';
import { createHeadlessRenderer } from '../../client/render/headless/headlessRenderer.ts';
import { orbitCamera } from '../../client/render/headless/orbitCamera.ts';
import { cameraFromPinhole } from '../../client/render/headless/pinholeProjection.ts';
import { RigGpu } from '../../client/render/splats/rigGpu.ts';
import { type HeadSource, ShownHead } from '../../client/render/stage/shownHead.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { randomPose } from '../support/rigPoses.ts';
import { syntheticRig } from '../support/syntheticRig.ts';
import { syntheticSplats } from '../support/syntheticSplats.ts';

const SIZE = 112;
const FRAME_MS = 40;
const rig = syntheticRig({ rings: 32, segments: 48 });
const rigGpu = new RigGpu(rig);
const headless = createHeadlessRenderer(SIZE, SIZE);
headless.renderer.autoClear = false;
const camera = cameraFromPinhole(orbitCamera({ width: SIZE, height: SIZE, target: [0, -0.02, -0.06], spanMeters: 0.42, yawRadians: 0.5 }));
camera.updateMatrixWorld();
const pose = randomPose(21);

/** A head whose colours all lie on one side of the middle. */
function head(count: number, scaleMeters: number, brightness: number): HeadSource {
  const splats = syntheticSplats(rig, { count, scaleMeters });
  return { rig, splats: { ...splats, colors: splats.colors.map((value) => brightness + 0.3 * value), opacities: splats.opacities.map(() => 0.97) } satisfies BoundSplats };
}

const coarse = head(3_000, 0.0065, 0.05);
const finer = head(8_000, 0.0042, 0.35);
const finished = head(24_000, 0.0026, 0.65);

describe('a head that takes another\'s place', () => {
  const scene = new Scene();
  const shown = new ShownHead(coarse, () => rigGpu);
  scene.add(shown);
  shown.setPose(pose);
  afterAll(() => {
    shown.dispose();
    headless.dispose();
  });
  let nowMs = 0;

  function frame(): Uint8Array {
    nowMs += FRAME_MS;
    scene.updateMatrixWorld();
    shown.prepare(headless.renderer, camera, { width: SIZE, height: SIZE }, { nowMs, share: 1, everything: true });
    headless.renderer.setRenderTarget(null);
    headless.renderer.clear();
    headless.renderer.render(scene, camera);
    return headless.readPixels();
  }

  /** Every frame from the last one without the new head to the first one with it alone. */
  function change(to: HeadSource): Uint8Array[] {
    const frames = [frame()];
    shown.show(to);
    while (shown.fading && frames.length < 100) frames.push(frame());
    return frames;
  }

  const differences = (a: Uint8Array, b: Uint8Array): number => a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;

  it.each([['refining', coarse, finer], ['finishing', finer, finished]])('%s: no frame is empty, each lies between the two, none jumps', (_, from, to) => {
    const frames = change(to);
    expect(frames.length).toBeGreaterThan(6);
    const [before, after] = [frames[0]!, frames.at(-1)!];
    // The finished frame is exactly what that head looks like by itself, and so was the first.
    for (const [source, picture] of [[from, before], [to, after]] as const) {
      const alone = new ShownHead(source, () => rigGpu);
      alone.setPose(pose);
      shown.visible = false;
      scene.add(alone);
      scene.updateMatrixWorld();
      alone.prepare(headless.renderer, camera, { width: SIZE, height: SIZE }, { nowMs, share: 1, everything: true });
      headless.renderer.clear();
      headless.renderer.render(scene, camera);
      expect(Buffer.compare(headless.readPixels(), picture)).toBe(0);
      scene.remove(alone);
      alone.dispose();
      shown.visible = true;
    }
    const whole = differences(before, after);
    for (const [index, picture] of frames.entries()) {
      let outside = 0;
      let thinner = 0;
      for (let at = 0; at < picture.length; at++) {
        const [low, high] = [Math.min(before[at]!, after[at]!), Math.max(before[at]!, after[at]!)];
        outside = Math.max(outside, low - picture[at]!, picture[at]! - high);
        if (at % 4 === 3) thinner = Math.max(thinner, low - picture[at]!);
      }
      // At soft outlines both are seen for a moment, one over the other; nowhere less than the fainter of the two.
      expect(outside, `frame ${index}`).toBeLessThan(70);
      expect(thinner, `frame ${index}`).toBeLessThanOrEqual(3);
      if (index > 0) expect(differences(frames[index - 1]!, picture)).toBeLessThan(0.4 * whole);
    }
  });

  it('of several that come during a change the newest follows', () => {
    shown.show(coarse);
    frame();
    shown.show(finer);
    shown.show(finished);
    for (let k = 0; k < 200 && (shown.fading || k === 0); k++) frame();
    expect(shown.splatCount).toBe(finished.splats.count);
  });

  it('a change is seen in several steps even where frames are far apart', () => {
    shown.show(coarse);
    let frames = 0;
    while (shown.fading && frames < 100) {
      nowMs += 3_000;
      frame();
      frames++;
    }
    expect(frames).toBeGreaterThan(5);
  });
});
