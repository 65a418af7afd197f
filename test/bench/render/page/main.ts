import { WebGLRenderer } from 'three';
import { LivelyPose } from '../../livelyPose.ts';
import { decodeRig } from '../../../../shared/rig/rigBinary.ts';
import { decodeAvatar } from '../../../../shared/splat/codec/avatarDecoder.ts';
import { firstSplats } from '../../firstSplats.ts';
import { benchScene, VIEW } from './benchScene.ts';
import type { Contender, Course } from './contender.ts';

/** One race of one contender, as the page reports it. */
export interface RaceResult {
  readonly frameMilliseconds: readonly number[];
  readonly sortAgeFrames: readonly number[];
  readonly firstPictureMilliseconds: number;
  readonly glRenderer: string;
  /** PNG of the last frame, data URL. */
  readonly picture: string;
}

const FRAME_SECONDS = 1 / 60;
const WARM_UP_FRAMES = 6;

const contenders: Readonly<Record<string, () => Promise<(course: Course) => Promise<Contender>>>> = {
  stipple: async () => (await import('./ours.ts')).ours,
  spark: async () => (await import('./spark.ts')).spark,
};

/** Lets workers, read-backs and promises of the page get on. */
const breathe = (): Promise<void> => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.addEventListener('message', () => resolve(), { once: true });
  channel.port1.start();
  channel.port2.postMessage(undefined);
});

/** @param frames measured, after some to warm up; the clock of the poses is the frame's number, so that all draw the same. */
async function race(name: string, avatars: number, splatCount: number, frames: number): Promise<RaceResult> {
  const startMs = performance.now();
  const [rigBytes, avatarBytes, make] = await Promise.all([bytesOf('/head.rig'), bytesOf('/head.stipple'), contenders[name]()]);
  const rig = decodeRig(rigBytes);
  const splats = firstSplats(decodeAvatar(avatarBytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount }), splatCount);
  const renderer = new WebGLRenderer({ antialias: false, alpha: true, preserveDrawingBuffer: true });
  renderer.setSize(VIEW.width, VIEW.height);
  renderer.setClearColor(0, 0);
  document.body.append(renderer.domElement);
  const gl = renderer.getContext();
  const { camera, places } = benchScene(avatars);
  const contender = await make({ renderer, camera, rig, splats, places });
  const poses = places.map((_, person) => new LivelyPose(person));
  const pixels = new Uint8Array(VIEW.width * VIEW.height * 4);
  let frame = 0;
  const draw = (): void => {
    for (const pose of poses) pose.setTime(frame * FRAME_SECONDS);
    frame++;
    contender.draw(poses);
    // Reading a pixel waits until the frame is there.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  };
  const isEmpty = (): boolean => {
    gl.readPixels(0, 0, VIEW.width, VIEW.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] > 200) return false;
    return true;
  };
  const giveUpMs = performance.now() + 60_000;
  do {
    draw();
    await breathe();
  } while (isEmpty() && performance.now() < giveUpMs);
  const firstPictureMilliseconds = performance.now() - startMs;
  if (isEmpty()) throw new Error(`${name} drew nothing in a minute`);
  for (let k = 0; k < WARM_UP_FRAMES; k++) {
    draw();
    await breathe();
  }
  const frameMilliseconds: number[] = [];
  const sortAgeFrames: number[] = [];
  let lastMs = performance.now();
  for (let k = 0; k < frames; k++) {
    draw();
    sortAgeFrames.push(contender.sortAgeFrames());
    await breathe();
    const nowMs = performance.now();
    frameMilliseconds.push(nowMs - lastMs);
    lastMs = nowMs;
  }
  return { frameMilliseconds, sortAgeFrames, firstPictureMilliseconds, glRenderer: glRendererOf(gl), picture: renderer.domElement.toDataURL('image/png') };
}

const bytesOf = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(url)).arrayBuffer());

function glRendererOf(gl: WebGLRenderingContext | WebGL2RenderingContext): string {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

Object.assign(globalThis, { race });
