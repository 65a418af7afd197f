import { Object3D, PerspectiveCamera } from 'three';

export const VIEW = { width: 960, height: 540 } as const;
const SPACING_METERS = 0.5;

/** Places for `count` heads that all fit into the view, and the camera that sees them; the same for every renderer. */
export function benchScene(count: number): { camera: PerspectiveCamera; places: Object3D[] } {
  const columns = Math.min(count, Math.ceil(Math.sqrt((count * VIEW.width) / VIEW.height / 1.2)));
  const rows = Math.ceil(count / columns);
  const places = Array.from({ length: count }, (_, index) => {
    const place = new Object3D();
    place.position.set(((index % columns) - (columns - 1) / 2) * SPACING_METERS, ((rows - 1) / 2 - Math.floor(index / columns)) * SPACING_METERS, 0);
    return place;
  });
  const camera = new PerspectiveCamera(26, VIEW.width / VIEW.height, 0.1, 40);
  const height = Math.max(rows, (columns * VIEW.height) / VIEW.width) * SPACING_METERS;
  camera.position.set(0, -0.03, height / 2 / Math.tan((camera.fov / 2) * Math.PI / 180) + 0.1);
  camera.updateMatrixWorld();
  return { camera, places };
}
