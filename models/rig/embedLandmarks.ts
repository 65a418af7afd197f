/**
 * `node models/rig/embedLandmarks.ts`: where MediaPipe's 478 landmarks lie on the base mesh, written to
 * models/rig/landmarks.json.
 *
 * Invented people without hair are photographed from several sides, with the mouth closed and open; the landmark
 * model looks at each picture; every landmark is carried back along its ray onto the known geometry. The robust
 * middle of all hits, made symmetric, is the landmark's place, and the spread of the hits its confidence.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { modelsFolder } from '../../server/setup/paths.mjs';
import { readModelList } from '../../server/inference/modelList.ts';
import { FaceDetector } from '../../server/perception/faceDetector.ts';
import { LandmarkDetector, regionOfDetection, regionOfLandmarks } from '../../server/perception/landmarkDetector.ts';
import { loadMakehuman } from '../makehuman/randomHead.ts';
import { orbitCamera } from '../people/camera.ts';
import { openPeopleSource } from '../people/person.ts';
import { Studio } from '../people/photograph.ts';
import { LIGHTS, randomTraits } from '../people/traits.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { castRay, embeddingSurface } from './landmarkSurface.ts';
import type { SurfaceHit } from './landmarkSurface.ts';
import { settleLandmarks } from './landmarkVote.ts';

const IDENTITIES = Number(process.env['IDENTITIES'] ?? 14);
const SIZE = 384;
/** Yaw and pitch of the camera, radians. */
const VIEWS = [[0, 0], [-0.3, 0.05], [0.3, 0.05], [-0.6, 0], [0.6, 0], [0, -0.28], [0, 0.28]] as const;
const MOUTHS = [{}, { 'mouth-open': 0.55 }] as const;

const models = readModelList(modelsFolder);
if (models === undefined) throw new Error('the perception models are not prepared: run npm run -s setup');
const faces = await FaceDetector.load(modelsFolder, 'short');
const mesh = await LandmarkDetector.load(modelsFolder, models.landmarkInputSize);
const source = openPeopleSource(loadMakehuman());
const surface = embeddingSurface(source.makehuman);
const hits: (SurfaceHit & { yaw: number })[][] = Array.from({ length: 478 }, () => []);
/** Where landmarks are in frontal pictures with the mouth open, relative to the picture's middle: tells left from right. */
const frontal = new Float64Array(478 * 2);
let missed = 0;
let report: object = {};
for (let identity = 0; identity < IDENTITIES; identity++) {
  for (const expression of MOUTHS) {
    const chance = randomTraits(9000 + identity);
    const traits = {
      ...chance, hair: undefined, hat: undefined, glasses: 'none' as const, expression, beard: 0, featureSpread: 0.8,
      macro: { ...chance.macro, age: 0.35 + (0.5 * ((identity * 7) % IDENTITIES)) / IDENTITIES },
      light: LIGHTS[2]!(identity % 2 === 0 ? 1 : -1, new SeededRandom(identity)),
      pose: { ...chance.pose, headYaw: 0, headPitch: 0, headRoll: 0 }, backdrop: 'studio' as const,
    };
    const studio = await Studio.open(source, traits);
    for (const [yaw, pitch] of VIEWS) {
      const camera = orbitCamera({ target: [0, -0.035, -0.02], distance: 0.7, yaw, pitch, heightMeters: 0.36, width: SIZE, height: SIZE });
      const image = await studio.shoot(camera);
      const found = (await faces.detect(image))[0];
      if (found === undefined) { missed++; continue; }
      const first = await mesh.detect(image, regionOfDetection(found));
      // Once more on a crop around the landmarks, as in a video: steadier.
      const { landmarks, presence } = await mesh.detect(image, regionOfLandmarks(first.landmarks));
      if (presence < 0.5) { missed++; continue; }
      const shot = surface.placed(studio.person.basePositions);
      for (let i = 0; i < 478; i++) {
        const hit = castRay(shot, camera, landmarks[i * 3]!, landmarks[i * 3 + 1]!, i >= 468);
        if (hit !== undefined) hits[i]!.push({ ...hit, yaw });
        if (yaw === 0 && pitch === 0 && 'mouth-open' in expression) {
          frontal[i * 2]! += (landmarks[i * 3]! - SIZE / 2) / IDENTITIES;
          frontal[i * 2 + 1]! += landmarks[i * 3 + 1]! / IDENTITIES;
        }
      }
    }
  }
  report = write();
  process.stderr.write(`${identity + 1}/${IDENTITIES} people, ${missed} pictures without a face\n`);
}
process.stdout.write(`${JSON.stringify({ ...report, missed })}\n`);

/** Settles what has been seen so far and writes it. */
function write(): object {
  const { landmarks, report: figures } = settleLandmarks(surface, hits, frontal);
  writeFileSync(fileURLToPath(new URL('landmarks.json', import.meta.url)), `${JSON.stringify({
    licence: 'Derived from MakeHuman core assets (CC0-1.0)',
    landmarks: landmarks.map((landmark, index) => ({ index, ...landmark })),
  }).replaceAll('{"index"', '\n{"index"')}\n`);
  return figures;
}
