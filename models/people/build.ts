/** `npm run -s people:build -- --seed N --count K --out DIR`: photographs of invented people; `--samples`: those that ship. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadMakehuman } from '../makehuman/randomHead.ts';
import { openPeopleSource } from './person.ts';
import { encodeJpeg, photograph } from './photograph.ts';
import { SAMPLES } from './samples.ts';
import { randomTraits } from './traits.ts';
import { parseOptions } from '../../server/setup/parseOptions.ts';

const USAGE = 'usage: people:build --out DIR [--seed N] [--count K] [--size PIXELS] [--samples] [--only NAME]';

const { values } = parseOptions({ options: {
  seed: { type: 'string', default: '1' }, count: { type: 'string', default: '1' }, out: { type: 'string' },
  size: { type: 'string', default: '1024' }, samples: { type: 'boolean', default: false }, only: { type: 'string' },
} }, USAGE);
if (values.out === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
await mkdir(values.out, { recursive: true });
const source = openPeopleSource(loadMakehuman());
const size = Number(values.size);
const first = Number(values.seed);
if (values.samples) {
  for (const { name, traits } of SAMPLES) {
    if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
    await writeFile(join(values.out, `${name.toLowerCase()}.jpg`), await encodeJpeg(await photograph(source, traits, size), 88));
    process.stderr.write(`${name}\n`);
  }
  await writeFile(join(values.out, 'samples.json'), `${JSON.stringify(SAMPLES.map(({ name, alt }) => (
    { file: `${name.toLowerCase()}.jpg`, name, alt, licence: 'CC0-1.0' })), null, 2)}\n`);
} else for (let seed = first; seed < first + Number(values.count); seed++) {
  const started = performance.now();
  const traits = randomTraits(seed);
  const photo = await photograph(source, traits, size);
  const file = join(values.out, `person-${String(seed).padStart(4, '0')}.jpg`);
  await writeFile(file, await encodeJpeg(photo, 90));
  process.stderr.write(`${file} ${Math.round(performance.now() - started)} ms\n`);
}
