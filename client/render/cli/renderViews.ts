import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { PinholeCamera } from '../../../shared/splat/projection.ts';
import { cameraOfFit, type FitRecord, poseOfFit } from '../../../shared/splat/fitRecord.ts';
import type { AvatarView } from '../headless/avatarRenderer.ts';
import { orbitCamera } from '../headless/orbitCamera.ts';
import type { RenderOptions } from './renderOptions.ts';

const RADIANS = Math.PI / 180;

/** The one view the options ask for. */
export function viewOf(options: RenderOptions, fit: FitRecord | undefined): AvatarView {
  const base = fit && options.portrait ? poseOfFit(fit) : undefined;
  const weights = base ? base.blendshapeWeights : new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, weight] of options.shapes) weights[BLENDSHAPE_NAMES.indexOf(name)] = weight;
  const turned = options.headYawDegrees !== 0 || options.headPitchDegrees !== 0;
  const pose: RigPose = {
    blendshapeWeights: weights,
    headRotation: base && !turned ? base.headRotation : yawPitch(options.headYawDegrees, options.headPitchDegrees),
    headPositionMeters: [0, 0, 0],
  };
  const camera = fit && options.portrait
    ? orbited(scaledTo(cameraOfFit(fit), options.sizePixels), options)
    : orbitCamera({
      width: options.sizePixels, height: options.sizePixels,
      yawRadians: options.yawDegrees * RADIANS, pitchRadians: options.pitchDegrees * RADIANS,
    });
  return options.background ? { pose, camera, background: options.background } : { pose, camera };
}

const SHEET_YAWS = [-80, -40, -20, 0, 20, 40, 80, 180];
const SHEET_EXPRESSIONS: readonly (readonly [string, Partial<Record<BlendshapeName, number>>])[] = [
  ['neutral', {}],
  ['smile', { mouthSmileLeft: 1, mouthSmileRight: 1, cheekSquintLeft: 0.6, cheekSquintRight: 0.6 }],
  ['open', { jawOpen: 0.8 }],
  ['blink', { eyeBlinkLeft: 1, eyeBlinkRight: 1 }],
  ['surprise', { jawOpen: 0.35, browInnerUp: 1, browOuterUpLeft: 1, browOuterUpRight: 1, eyeWideLeft: 1, eyeWideRight: 1 }],
  ['pucker', { mouthPucker: 1, eyeLookOutLeft: 0.8, eyeLookInRight: 0.8 }],
];

/** Rows of views, expressions down and camera angles across; the last row nods and turns the head itself. */
export function sheetViews(options: RenderOptions): AvatarView[][] {
  const rows = SHEET_EXPRESSIONS.map(([, shapes]) => SHEET_YAWS.map((yawDegrees) =>
    viewOf({ ...options, portrait: false, yawDegrees, shapes: new Map(Object.entries(shapes) as [BlendshapeName, number][]) }, undefined)));
  const turns = [[-35, 0], [-20, 0], [0, -15], [0, 0], [0, 15], [20, 0], [35, 0], [25, 12]];
  return [...rows, turns.map(([headYawDegrees, headPitchDegrees]) => viewOf({ ...options, portrait: false, headYawDegrees, headPitchDegrees }, undefined))];
}

/** A turn to the head's left (positive), then a nod downwards (positive). */
export function yawPitch(yawDegrees: number, pitchDegrees: number): [number, number, number, number] {
  const [sy, cy] = [Math.sin((yawDegrees * RADIANS) / 2), Math.cos((yawDegrees * RADIANS) / 2)];
  const [sp, cp] = [Math.sin((pitchDegrees * RADIANS) / 2), Math.cos((pitchDegrees * RADIANS) / 2)];
  return [cy * sp, sy * cp, -sy * sp, cy * cp];
}

/** The same camera with a picture of another height. */
export function scaledTo(camera: PinholeCamera, height: number): PinholeCamera {
  const scale = height / camera.height;
  return {
    ...camera, width: Math.max(1, Math.round(camera.width * scale)), height, focalPixels: camera.focalPixels * scale,
    principalPoint: [camera.principalPoint[0] * scale, camera.principalPoint[1] * scale],
  };
}

/** The fitted camera carried about the head's middle by the options' yaw and pitch. */
function orbited(camera: PinholeCamera, { yawDegrees, pitchDegrees }: RenderOptions): PinholeCamera {
  if (yawDegrees === 0 && pitchDegrees === 0) return camera;
  const pivot = [0, -0.02, -0.07] as const;
  const q = camera.cameraFromRigRotation;
  const t = camera.cameraFromRigTranslation;
  const before = rotate(q, pivot);
  const turn = multiply(q, conjugate(yawPitch(yawDegrees, -pitchDegrees)));
  const after = rotate(turn, pivot);
  return {
    ...camera, cameraFromRigRotation: turn,
    cameraFromRigTranslation: [t[0] + before[0] - after[0], t[1] + before[1] - after[1], t[2] + before[2] - after[2]],
  };
}

type Quaternion = readonly [number, number, number, number];
type Vector = readonly [number, number, number];

const conjugate = ([x, y, z, w]: Quaternion): Quaternion => [-x, -y, -z, w];

function multiply(a: Quaternion, b: Quaternion): Quaternion {
  return [
    a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
    a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
    a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
    a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
  ];
}

function rotate([x, y, z, w]: Quaternion, [px, py, pz]: Vector): [number, number, number] {
  const tx = 2 * (y * pz - z * py), ty = 2 * (z * px - x * pz), tz = 2 * (x * py - y * px);
  return [px + w * tx + y * tz - z * ty, py + w * ty + z * tx - x * tz, pz + w * tz + x * ty - y * tx];
}
