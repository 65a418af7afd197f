/**
 * Stipple's renderer by itself: animated Gaussian heads as three.js objects. It knows nothing of rooms, cameras or networks.
 *
 * ```ts
 * import { PerspectiveCamera, Scene, WebGLRenderer } from 'three';
 * import { loadAvatar, loadRig, SplatCrowd } from './client/render/index.ts';
 *
 * const renderer = new WebGLRenderer({ antialias: false, alpha: true });
 * const scene = new Scene();
 * const camera = new PerspectiveCamera(26, innerWidth / innerHeight, 0.1, 40);
 * camera.position.z = 1.2;
 *
 * const rig = await loadRig('/rig/current');                                  // once
 * const { avatar } = await loadAvatar(rig, '/api/avatars/…');                 // visible from the first bytes on
 * const crowd = new SplatCrowd();
 * crowd.add(avatar);                                                          // place it like any Object3D
 * scene.add(crowd);
 *
 * renderer.setAnimationLoop(() => {
 *   avatar.setPose({ blendshapeWeights, headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] });
 *   scene.updateMatrixWorld();
 *   camera.updateMatrixWorld();
 *   crowd.update(renderer, camera);                                           // poses, sorts; nothing for who is out of view
 *   renderer.render(scene, camera);
 * });
 * ```
 *
 * - **Load**: `loadRig`, `loadAvatar`; or `new BoundSplatAvatar(new RigGpu(rig), splats)` with decoded data.
 * - **Pose**: `setPose` takes 52 ARKit weights (order: `BLENDSHAPE_NAMES`), head rotation (xyzw) and displacement in metres.
 * - **Draw**: `SplatCrowd.update` for all, or `BoundSplatAvatar.update` for each by itself, before `renderer.render`. Order is exact
 *   for that frame, among avatars that overlap too. Opaque meshes hide splats and are covered by them as depth has it.
 * - **Detail**: files hold the important splats first. `setSplatBudget` draws a prefix; `AdaptiveBudget` finds, from the pace of
 *   frames, the share a device manages, and tells it.
 * - **Light**: `setLight` tints by the scene's light, `setEyeGlint` wets the eyes, `setFade` ends the bust softly.
 * - **Colour**: splats blend in the sRGB encoding. Draw to the canvas, not through a linear post-processing chain.
 * - **Lost contexts** come back by themselves; call `dispose` on what is no longer needed (avatars, crowd, rig).
 *
 * WebGL 2, three.js as the only dependency. Without EXT_color_buffer_float the rig is posed on the CPU, with the same pictures.
 */
export { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
export type { RigPose } from '../../shared/rig/rigPose.ts';
export type { BoundSplats } from '../../shared/splat/boundSplats.ts';
export { type LoadOptions, loadAvatar, loadRig } from './splats/avatarLoader.ts';
export { BoundSplatAvatar } from './splats/boundSplatAvatar.ts';
export { RigGpu } from './splats/rigGpu.ts';
export { SplatCrowd } from './splats/splatCrowd.ts';
export { AdaptiveBudget } from './stage/adaptiveBudget.ts';
