import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { NeutralHead } from '../../../shared/rig/skinning.ts';
import type { AvatarView } from '../headless/avatarRenderer.ts';
import { orbitCamera } from '../headless/orbitCamera.ts';
import { yawPitch } from './renderViews.ts';

/** One picture of the sheet. */
export interface SheetShot {
  readonly label: string;
  readonly view: AvatarView;
}

type Shapes = Partial<Record<BlendshapeName, number>>;

interface Look {
  readonly shapes?: Shapes;
  readonly cameraYawDegrees?: number;
  readonly cameraPitchDegrees?: number;
  readonly headYawDegrees?: number;
  readonly headPitchDegrees?: number;
}

/** Both sides of a shape alike. */
const both = (name: string, weight: number): Shapes => ({ [`${name}Left`]: weight, [`${name}Right`]: weight });
const gaze = (left: number, up: number): Shapes => ({
  eyeLookOutLeft: Math.max(0, left), eyeLookInRight: Math.max(0, left), eyeLookInLeft: Math.max(0, -left), eyeLookOutRight: Math.max(0, -left),
  ...both('eyeLookUp', Math.max(0, up)), ...both('eyeLookDown', Math.max(0, -up)),
});

const ANGLES: Readonly<Record<string, Look>> = {
  'from -40°': { cameraYawDegrees: -40 },
  'from -20°': { cameraYawDegrees: -20 },
  'from 0°': {},
  'from +20°': { cameraYawDegrees: 20 },
  'from +40°': { cameraYawDegrees: 40 },
  'turned -40°': { headYawDegrees: -40 },
  'turned -20°': { headYawDegrees: -20 },
  'turned +20°': { headYawDegrees: 20 },
  'turned +40°': { headYawDegrees: 40 },
  'from above 25°': { cameraPitchDegrees: 25 },
  'nods 20°': { headPitchDegrees: 20 },
  'looks up 20°': { headPitchDegrees: -20 },
};

const EXPRESSIONS: Readonly<Record<string, Shapes>> = {
  smile: { ...both('mouthSmile', 0.9), ...both('cheekSquint', 0.6), ...both('eyeSquint', 0.3), ...both('mouthDimple', 0.2) },
  laugh: { ...both('mouthSmile', 1), jawOpen: 0.4, ...both('mouthUpperUp', 0.35), ...both('cheekSquint', 0.8), ...both('eyeSquint', 0.5) },
  surprise: { jawOpen: 0.4, browInnerUp: 0.9, ...both('browOuterUp', 0.9), ...both('eyeWide', 0.9), mouthFunnel: 0.25 },
  anger: { ...both('browDown', 1), ...both('noseSneer', 0.5), ...both('mouthPress', 0.6), ...both('eyeSquint', 0.5), ...both('mouthFrown', 0.3) },
  sadness: { browInnerUp: 0.9, ...both('mouthFrown', 0.9), mouthShrugLower: 0.5, ...gaze(0, -0.3) },
  disgust: { ...both('noseSneer', 0.9), ...both('mouthUpperUp', 0.5), ...both('browDown', 0.5), ...both('eyeSquint', 0.5) },
  kiss: { mouthPucker: 1, ...both('eyeBlink', 0.25) },
  'puffed cheeks': { cheekPuff: 1, ...both('mouthPress', 0.3) },
};

const EYES: Readonly<Record<string, Shapes>> = {
  ahead: {}, 'to its left': gaze(0.7, 0), 'to its right': gaze(-0.7, 0), wide: both('eyeWide', 1),
  up: gaze(0, 0.8), down: gaze(0, -0.8), 'half shut': both('eyeBlink', 0.5), shut: both('eyeBlink', 1),
};

const MOUTHS: Readonly<Record<string, Shapes>> = {
  'at rest': {},
  pressed: { ...both('mouthPress', 0.8), mouthRollLower: 0.4, mouthRollUpper: 0.4 },
  ee: { jawOpen: 0.12, ...both('mouthStretch', 0.6), ...both('mouthLowerDown', 0.5), ...both('mouthUpperUp', 0.4) },
  oo: { mouthPucker: 0.7, mouthFunnel: 0.3, jawOpen: 0.12 },
  ah: { jawOpen: 0.45, ...both('mouthLowerDown', 0.2) },
  'wide open': { jawOpen: 1 },
  tongue: { tongueOut: 1, jawOpen: 0.35 },
  'laughing': { ...both('mouthSmile', 1), jawOpen: 0.45, ...both('mouthUpperUp', 0.4), ...both('mouthLowerDown', 0.3) },
};

/** The sheet's sections for one person's head. */
export interface SheetShots {
  readonly angles: SheetShot[];
  readonly expressions: SheetShot[];
  /** Cells of the given sizes in pixels. */
  readonly eyes: SheetShot[];
  readonly mouths: SheetShot[];
}

export interface CellSizes {
  readonly cell: readonly [width: number, height: number];
  readonly eyes: readonly [width: number, height: number];
  readonly mouth: readonly [width: number, height: number];
}

/** Height of what a picture of the whole head and of the mouth shows, metres; the eyes' follows from their distance. */
const HEAD_SPAN_METERS = 0.4;
const MOUTH_SPAN_METERS = 0.078;
/** Room beside the eyes, in distances between their centres. */
const EYES_WIDTH = 2.05;
/** The eyes lie this far behind the skin around them, about; close-ups are centred on the skin. */
const EYE_DEPTH_METERS = 0.012;
/** Where the lips meet, outer corners left and right. */
const MOUTH_LANDMARKS = [61, 291] as const;

/** @param background sRGB in [0, 255] */
export function sheetShots(rig: Rig, neutral: NeutralHead, sizes: CellSizes, background: readonly [number, number, number]): SheetShots {
  const left = jointPosition(rig, neutral, 'leftEye'), right = jointPosition(rig, neutral, 'rightEye');
  const eyes = [0, 1, 2].map((axis) => (left[axis] + right[axis]) / 2) as [number, number, number];
  eyes[2] += EYE_DEPTH_METERS;
  const eyesSpan = (EYES_WIDTH * Math.hypot(left[0] - right[0], left[1] - right[1]) * sizes.eyes[1]) / sizes.eyes[0];
  const corners = MOUTH_LANDMARKS.map((landmark) => landmarkPosition(rig, neutral, landmark));
  const mouth = [0, 1, 2].map((axis) => (corners[0][axis] + corners[1][axis]) / 2) as [number, number, number];
  // An open jaw reaches further down than lips up.
  mouth[1] -= 0.008;
  const head: [number, number, number] = [0, eyes[1] - 0.04, eyes[2] - 0.05];
  const shoot = ([label, look]: [string, Look], [width, height]: readonly [number, number], target: [number, number, number], spanMeters: number): SheetShot => ({
    label,
    view: {
      pose: poseOf(look), background,
      camera: orbitCamera({
        width, height, target, spanMeters,
        yawRadians: ((look.cameraYawDegrees ?? 0) * Math.PI) / 180, pitchRadians: ((look.cameraPitchDegrees ?? 0) * Math.PI) / 180,
      }),
    },
  });
  const shapesOnly = (looks: Readonly<Record<string, Shapes>>): [string, Look][] => Object.entries(looks).map(([label, shapes]) => [label, { shapes }]);
  return {
    angles: Object.entries(ANGLES).map((look) => shoot(look, sizes.cell, head, HEAD_SPAN_METERS)),
    expressions: shapesOnly(EXPRESSIONS).map((look) => shoot(look, sizes.cell, [0, eyes[1] - 0.03, head[2]], HEAD_SPAN_METERS * 0.72)),
    eyes: shapesOnly(EYES).map((look) => shoot(look, sizes.eyes, eyes, eyesSpan)),
    mouths: shapesOnly(MOUTHS).map((look) => shoot(look, sizes.mouth, mouth, MOUTH_SPAN_METERS)),
  };
}

function poseOf({ shapes = {}, headYawDegrees = 0, headPitchDegrees = 0 }: Look): AvatarView['pose'] {
  const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, weight] of Object.entries(shapes)) blendshapeWeights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = weight;
  return { blendshapeWeights, headRotation: yawPitch(headYawDegrees, headPitchDegrees), headPositionMeters: [0, 0, 0] };
}

function jointPosition(rig: Rig, neutral: NeutralHead, name: string): [number, number, number] {
  const at = rig.joints.findIndex((joint) => joint.name === name) * 3;
  return [neutral.jointPositions[at], neutral.jointPositions[at + 1], neutral.jointPositions[at + 2]];
}

function landmarkPosition(rig: Rig, neutral: NeutralHead, landmark: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let corner = 0; corner < 3; corner++) {
    const vertex = rig.faces[rig.landmarks.faces[landmark] * 3 + corner];
    for (let axis = 0; axis < 3; axis++) sum[axis] += rig.landmarks.barycentrics[landmark * 3 + corner] * neutral.positions[vertex * 3 + axis];
  }
  return sum;
}
