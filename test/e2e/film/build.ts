/**
 * Photographs the film that stands in for a webcam in the end-to-end test: one of the invented sample people turning,
 * blinking, opening the mouth and smiling. `node test/e2e/film/build.ts` writes `kofi.mjpeg` beside this file (JPEG
 * pictures one after the other, which is what Chromium plays as a fake camera). Its source is fetched by
 * `npm run people:build`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { openPeopleSource } from '../../../models/people/person.ts';
import { photograph } from '../../../models/people/photograph.ts';
import { SAMPLES } from '../../../models/people/samples.ts';
import type { Traits } from '../../../models/people/traits.ts';
import { loadMakehuman } from '../../../models/makehuman/randomHead.ts';
import { score } from './score.ts';

const PERSON = 'Kofi';
const SIZE = 480;

const sample = SAMPLES.find(({ name }) => name === PERSON);
if (!sample) throw new Error(`there is no sample person ${PERSON}`);
const source = openPeopleSource(loadMakehuman());
const frames: Buffer[] = [];
for (const moment of score()) {
  const traits: Traits = {
    ...sample.traits,
    expression: {
      'mouth-open': moment.mouthOpen,
      'mouth-corner-puller': moment.smile,
      'eye-left-closure': moment.blink,
      'eye-right-closure': moment.blink,
    },
    pose: { ...sample.traits.pose, headYaw: moment.yawRadians, headPitch: moment.pitchRadians, headRoll: moment.rollRadians },
    cameraYaw: 0,
    cameraPitch: 0,
  };
  const { data, width, height } = await photograph(source, traits, SIZE);
  // Baseline JPEG: Chromium's fake camera finds no device in a progressive one.
  frames.push(await sharp(data, { raw: { width, height, channels: 3 } }).jpeg({ quality: 85 }).toBuffer());
  process.stderr.write(`\r${frames.length} pictures`);
}
const file = join(import.meta.dirname, `${PERSON.toLowerCase()}.mjpeg`);
writeFileSync(file, Buffer.concat(frames));
process.stderr.write(`\n${file}\n`);
