import { type DataTexture, type Mesh, type RawShaderMaterial, Scene } from 'three';
import { BoundSplatAvatar, RigGpu, SplatCrowd } from '../../../../client/render/index.ts';
import type { Contender, Course } from './contender.ts';

/** Stipple's renderer as its page uses it. */
export async function ours({ renderer, camera, rig, splats, places }: Course): Promise<Contender> {
  const scene = new Scene();
  const crowd = new SplatCrowd();
  scene.add(crowd);
  const rigGpu = new RigGpu(rig);
  const avatars = places.map((place) => {
    const avatar = new BoundSplatAvatar(rigGpu, splats);
    place.add(avatar);
    crowd.add(place);
    return avatar;
  });
  // A new order is a new version of its texture; it is made of the poses given to the same `update`, or it is an older one's.
  const orderVersion = (): number => ((crowd.children[0] as Mesh).material as RawShaderMaterial).uniforms.splatOrder.value === null ? -1
    : (((crowd.children[0] as Mesh).material as RawShaderMaterial).uniforms.splatOrder.value as DataTexture).version;
  let version = -1;
  let age = Infinity;
  return {
    draw(poses) {
      avatars.forEach((avatar, index) => avatar.setPose(poses[index]));
      scene.updateMatrixWorld();
      crowd.update(renderer, camera);
      const newest = orderVersion();
      age = newest === version ? age + 1 : 0;
      version = newest;
      renderer.render(scene, camera);
    },
    sortAgeFrames: () => age,
  };
}
