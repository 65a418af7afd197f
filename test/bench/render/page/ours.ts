import { Scene } from 'three';
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
  return {
    draw(poses) {
      avatars.forEach((avatar, index) => avatar.setPose(poses[index]));
      scene.updateMatrixWorld();
      crowd.update(renderer, camera);
      renderer.render(scene, camera);
    },
    // The order is computed between posing and drawing, in the same call.
    sortAgeFrames: () => 0,
  };
}
