import { Camera, Matrix4, Quaternion, Vector3 } from 'three';
import { NEAR_METERS, type PinholeCamera } from '../../../shared/splat/projection.ts';

const FAR_METERS = 100;

/** three's camera for a pinhole camera in the rig's space; its pixels are those of an image of the pinhole's size. */
export function cameraFromPinhole(pinhole: PinholeCamera): Camera {
  const { focalPixels: focal, principalPoint: [cx, cy], width, height } = pinhole;
  const camera = new Camera();
  camera.matrixAutoUpdate = false;
  camera.matrixWorldAutoUpdate = false;
  camera.matrixWorldInverse.compose(
    new Vector3(...pinhole.cameraFromRigTranslation), new Quaternion(...pinhole.cameraFromRigRotation), new Vector3(1, 1, 1),
  );
  camera.matrixWorld.copy(camera.matrixWorldInverse).invert();
  camera.matrix.copy(camera.matrixWorld);
  camera.matrix.decompose(camera.position, camera.quaternion, camera.scale);
  const near = NEAR_METERS;
  const far = FAR_METERS;
  // x_ndc = 2·(focal·x/-z + cx)/width - 1, and y upwards from rows downwards.
  camera.projectionMatrix = new Matrix4().set(
    (2 * focal) / width, 0, 1 - (2 * cx) / width, 0,
    0, (2 * focal) / height, (2 * cy) / height - 1, 0,
    0, 0, (near + far) / (near - far), (2 * near * far) / (near - far),
    0, 0, -1, 0,
  );
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
  return camera;
}
