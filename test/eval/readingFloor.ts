/**
 * `npm run -s eval -- --reading-floor [--heads N] --json`: how well the readers of rotations read heads whose turn is
 * known: invented people, posed and photographed like the avatars in the ten motions.
 */
import { loadMakehuman } from '../../models/makehuman/randomHead.ts';
import type { Camera } from '../../models/people/camera.ts';
import { facePoint } from '../../models/people/faceGuide.ts';
import { buildPerson, openPeopleSource } from '../../models/people/person.ts';
import { Studio } from '../../models/people/photograph.ts';
import { randomTraits } from '../../models/people/traits.ts';
import type { Traits } from '../../models/people/traits.ts';
import { conjugate, rotateVector } from '../../shared/fit/rotation.ts';
import { Perception } from '../../server/perception/perception.ts';
import { modelsFolder } from '../../server/setup/paths.mjs';
import { projectPoints } from './avatarStage.ts';
import { mean, round } from './figureStatistics.ts';
import { CROP_SIZE, FRONT_CAMERA } from './headCrop.ts';
import { readTurn, turnError } from './motionFollowing.ts';
import type { Reading } from './motionFollowing.ts';
import { MOTIONS } from './motions.ts';
import type { Motion } from './motions.ts';
import { BONE_READER, FACE_READER, readRotation } from './rotationReading.ts';
import { FIRST_TRUTH_SEED } from './truthSeeds.ts';

const RADIANS = Math.PI / 180;
const REST: Motion = { name: 'rest', yaw: 0, pitch: 0, roll: 0, weights: {} };

/** `FRONT_CAMERA`, as the people's renderer has it: their origin lies between the eyes, like the rig's. */
const STUDIO_CAMERA: Camera = {
  width: CROP_SIZE, height: CROP_SIZE, focalPixels: FRONT_CAMERA.focalPixels, principalPoint: FRONT_CAMERA.principalPoint,
  position: [0, -FRONT_CAMERA.cameraFromRigTranslation[1], -FRONT_CAMERA.cameraFromRigTranslation[2]],
  axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
};

/** MakeHuman's expression units for what a motion asks, as far as there are any. */
function expressionOf({ weights }: Motion): Record<string, number> {
  const { mouthSmileLeft = 0, jawOpen = 0, browInnerUp = 0 } = weights;
  return {
    'mouth-corner-puller': mouthSmileLeft, 'mouth-open': jawOpen,
    'eyebrows-left-inner-up': browInnerUp, 'eyebrows-right-inner-up': browInnerUp, 'eyebrows-left-up': browInnerUp, 'eyebrows-right-up': browInnerUp,
  };
}

/** Mean error of each reader over people and motions, and by motion, degrees. */
export async function readingFloor(heads: number): Promise<object> {
  const perception = await Perception.load(modelsFolder);
  const source = openPeopleSource(loadMakehuman());
  const errors = new Map(MOTIONS.map(({ name }) => [name, { face: [] as number[], bone: [] as number[] }]));
  for (let seed = FIRST_TRUTH_SEED; seed < FIRST_TRUTH_SEED + heads; seed++) {
    const resting = await look(REST);
    for (const motion of MOTIONS) {
      const posed = await look(motion);
      const own = errors.get(motion.name)!;
      own.face.push(turnError(readTurn(resting, FACE_READER), readTurn(posed, FACE_READER), posed.turn));
      own.bone.push(turnError(readTurn(resting, BONE_READER), readTurn({ ...posed, unturned: resting.unturned }, BONE_READER), posed.turn));
    }
    process.stderr.write(`head ${seed - FIRST_TRUTH_SEED + 1} of ${heads}\n`);

    /** A photograph of the person in a motion, read; and the true turn, from the head's own bones. */
    async function look(motion: Motion): Promise<Reading & { turn: ReturnType<typeof readRotation> }> {
      const traits: Traits = {
        ...randomTraits(seed), expression: expressionOf(motion), glasses: 'none', hat: undefined, cameraYaw: 0, cameraPitch: 0,
      };
      const turn = { headYaw: motion.yaw * RADIANS, headPitch: motion.pitch * RADIANS, headRoll: motion.roll * RADIANS };
      const studio = await Studio.open(source, { ...traits, pose: { ...traits.pose, ...turn } });
      const unposed = await buildPerson(source, { ...traits, pose: { ...traits.pose, headYaw: 0, headPitch: 0, headRoll: 0 } });
      const photo = await studio.shoot(STUDIO_CAMERA);
      const [turned, unturned] = [studio.person, unposed].map(({ basePositions }) =>
        Float32Array.from({ length: 478 * 3 }, (_, i) => facePoint(basePositions, Math.floor(i / 3))[i % 3]!)) as [Float32Array, Float32Array];
      const image = { width: photo.width, height: photo.height, data: photo.data };
      const first = await perception.refineLandmarks(image, projectPoints(turned, FRONT_CAMERA));
      const { landmarks } = await perception.refineLandmarks(image, first.landmarks);
      return { unturned, seen: landmarks, turn: readRotation(unturned, exactLandmarks(turned), FRONT_CAMERA) };
    }
  }
  await perception.dispose();
  const by = (key: 'face' | 'bone'): object => ({
    degrees: round(mean([...errors.values()].flatMap((own) => own[key]))),
    byMotion: Object.fromEntries([...errors].map(([name, own]) => [name, round(mean(own[key]))])),
  });
  return { heads, faceReader: by('face'), boneReader: by('bone') };
}

/** Landmarks as a perfect model would see them: projected, with true depth in pixels. */
function exactLandmarks(points: Float32Array): Float32Array {
  const out = projectPoints(points, FRONT_CAMERA);
  for (let i = 0; i < points.length; i += 3) {
    const [, , z] = rotateVector(conjugate(FRONT_CAMERA.cameraFromRigRotation), [points[i]!, points[i + 1]!, points[i + 2]!]);
    out[i + 2] = (z * FRONT_CAMERA.focalPixels) / FRONT_CAMERA.cameraFromRigTranslation[2];
  }
  return out;
}
