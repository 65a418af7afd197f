import { landmarkOn, type FittedHead } from '../../../server/generator/fittedHead.ts';
import { FOCAL_OF_LONGER_SIDE } from '../../../server/perception/analyse.ts';
import type { AnalysedPortrait } from '../../../server/perception/analysedPortrait.ts';
import type { Vector3 } from '../../people/camera.ts';
import { facePoint } from '../../people/faceGuide.ts';
import type { Scene } from '../../people/scene.ts';
import type { TrainingPhoto } from './trainingStudio.ts';

/**
 * A photographed scene carried into the fitted rig's space: what the portrait shows at a pixel is still there, and the
 * face lies as deep as the fitted one.
 *
 * The fit knows neither the lens nor the person's size. So each point of the scene goes onto the fitted camera's ray
 * through its own pixel; its distance from the face along the view is scaled as sizes across the view are.
 */
export interface AlignedScene {
  readonly scene: Scene;
  /** [pointCount, 3], rig space, metres. */
  readonly positions: Float32Array;
  /** Metres of rig space a metre of the scene, at the face. */
  readonly scale: number;
  /** A direction of rig space in the scene. */
  toSceneDirection(direction: Vector3): Vector3;
}

export function alignScene(photo: TrainingPhoto, portrait: AnalysedPortrait, head: FittedHead): AlignedScene {
  const { camera, studio } = photo;
  const { view } = head;
  const { fit } = portrait;
  const [right, up, backward] = camera.axes;
  const depthOf = (p: Vector3): number => -(backward[0] * (p[0] - camera.position[0]) + backward[1] * (p[1] - camera.position[1])
    + backward[2] * (p[2] - camera.position[2]));
  const pairs: { sceneDepth: number; rigDepth: number }[] = [];
  const pixel = new Float32Array(3);
  head.rig.landmarks.weights.forEach((weight, i) => {
    if (weight < 0.5) return;
    const inScene = facePoint(studio.person.basePositions, i);
    const inRig = landmarkOn(head.rig, head.posed, i);
    view.project(Float32Array.from(inRig), pixel);
    pairs.push({ sceneDepth: depthOf(inScene), rigDepth: pixel[2]! });
  });
  const mean = (value: (pair: (typeof pairs)[number]) => number): number => pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
  const sceneDepth = mean((pair) => pair.sceneDepth);
  const rigDepth = mean((pair) => pair.rigDepth);
  // Portrait pixels a pixel of the photograph: the analysed picture is cut out of it and scaled.
  const zoom = fit.focalPixels / (FOCAL_OF_LONGER_SIDE * photo.size);
  const scale = (rigDepth / fit.focalPixels) / (sceneDepth / (camera.focalPixels * zoom));
  const t = fit.cameraFromRigTranslation;
  const { positions: points } = studio.scene;
  const positions = new Float32Array(points.length);
  const place = (x: number, y: number, z: number, out: Float32Array, at: number): void => {
    const px = x - camera.position[0], py = y - camera.position[1], pz = z - camera.position[2];
    const depth = Math.max(0.05, -(backward[0] * px + backward[1] * py + backward[2] * pz));
    const gain = camera.focalPixels / depth;
    const u = camera.principalPoint[0] + gain * (right[0] * px + right[1] * py + right[2] * pz);
    const v = camera.principalPoint[1] - gain * (up[0] * px + up[1] * py + up[2] * pz);
    const newDepth = Math.max(0.05, rigDepth + scale * (depth - sceneDepth));
    // About the principal point, which both cameras put in the photograph's middle.
    const cx = ((u - photo.size / 2) * zoom * newDepth) / fit.focalPixels - t[0];
    const cy = (-(v - photo.size / 2) * zoom * newDepth) / fit.focalPixels - t[1];
    const cz = -newDepth - t[2];
    for (let axis = 0; axis < 3; axis++) out[at + axis] = view.right[axis]! * cx + view.up[axis]! * cy + view.back[axis]! * cz;
  };
  for (let i = 0; i < points.length; i += 3) place(points[i]!, points[i + 1]!, points[i + 2]!, positions, i);
  // Between the two cameras' own axes.
  const basis = cameraAxes(fit.cameraFromRigRotation);
  const turn = (d: Vector3): Vector3 => {
    const own = basis.map((axis) => axis[0] * d[0] + axis[1] * d[1] + axis[2] * d[2]) as unknown as Vector3;
    return [0, 1, 2].map((k) => right[k]! * own[0] + up[k]! * own[1] + backward[k]! * own[2]) as unknown as Vector3;
  };
  return { scene: studio.scene, positions, scale, toSceneDirection: turn };
}

/** Right, up and back of a camera in rig space. */
function cameraAxes([x, y, z, w]: readonly [number, number, number, number]): [Vector3, Vector3, Vector3] {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}
