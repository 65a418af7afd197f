import { Scene, WebGLRenderer } from 'three';
import { cameraFromPinhole } from '../../../client/render/headless/pinholeProjection.ts';
import { BoundSplatAvatar, RigGpu, SplatCrowd } from '../../../client/render/index.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import type { PinholeCamera } from '../../../shared/splat/projection.ts';

/** A pose as it comes through the browser's wire. */
export interface PlainPose extends Omit<RigPose, 'blendshapeWeights'> { readonly blendshapeWeights: readonly number[] }

/**
 * Draws the avatar in a browser; pixels as `HeadlessRenderer.readPixels` gives them.
 * @param loseContext draw once before, lose the context and get it back: what is returned was drawn after that.
 */
async function drawAvatar(plain: PlainPose, pinhole: PinholeCamera, loseContext: boolean): Promise<number[]> {
  const [rigBytes, avatarBytes] = await Promise.all(['/head.rig', '/head.stipple'].map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())));
  const rig = decodeRig(rigBytes);
  const splats = decodeAvatar(avatarBytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  const renderer = new WebGLRenderer({ antialias: false, alpha: true, preserveDrawingBuffer: true });
  const { width, height } = pinhole;
  renderer.setSize(width, height, false);
  renderer.setClearColor(0, 0);
  const scene = new Scene();
  const crowd = new SplatCrowd();
  const avatar = new BoundSplatAvatar(new RigGpu(rig), splats);
  crowd.add(avatar);
  scene.add(crowd);
  const camera = cameraFromPinhole(pinhole);
  avatar.setPose({ ...plain, blendshapeWeights: Float32Array.from(plain.blendshapeWeights) });
  scene.updateMatrixWorld();
  const gl = renderer.getContext();
  const draw = (): void => {
    crowd.update(renderer, camera);
    renderer.render(scene, camera);
  };
  draw();
  if (loseContext) {
    await loseAndRestore(renderer);
    draw();
  }
  const bottomUp = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bottomUp);
  return Array.from({ length: height }, (_, y) => [...bottomUp.subarray((height - 1 - y) * width * 4, (height - y) * width * 4)]).flat();
}

async function loseAndRestore(renderer: WebGLRenderer): Promise<void> {
  const loss = renderer.getContext().getExtension('WEBGL_lose_context');
  if (!loss) throw new Error('this browser cannot lose its context on purpose');
  const happens = (name: string): Promise<unknown> => new Promise((resolve) => renderer.domElement.addEventListener(name, resolve, { once: true }));
  const lost = happens('webglcontextlost');
  loss.loseContext();
  await lost;
  const restored = happens('webglcontextrestored');
  setTimeout(() => loss.restoreContext());
  await restored;
}

Object.assign(globalThis, { drawAvatar });
