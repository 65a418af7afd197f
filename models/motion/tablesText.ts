import type { MotionTables } from '../../shared/motion/motionTables.ts';

/** The tables as a module; what was learned goes into the product as source. */
export function tablesText({ blocks, groupSizes, reach, prior, modeFrequencies }: MotionTables): string {
  const list = (values: readonly number[]): string => `[${values.join(',')}]`;
  return [
    '// Written by `npm run -s motion:train` (models/motion); not to be edited. Encoder and decoder must hold the same (PROTOCOL.md, MOTION).',
    "import type { MotionTables } from './motionTables.ts';",
    '',
    'export const MOTION_TABLES: MotionTables = {',
    '  blocks: [',
    ...blocks.map(({ name, stepMillimeters, limitMillimeters, inputs, forward, inverse }) => (
      `    {\n      name: '${name}', stepMillimeters: ${stepMillimeters}, limitMillimeters: ${limitMillimeters}, inputs: ${list(inputs)},\n      forward: ${list(forward)},\n      inverse: ${list(inverse)},\n    },`)),
    '  ],',
    `  groupSizes: ${list(groupSizes)},`,
    '  reach: [', ...reach.map((row) => `    ${list(row)},`), '  ],',
    `  prior: {\n    center: ${list(prior.center)},\n    evenBits: ${list(prior.evenBits)},\n    below: ${list(prior.below)},\n    above: ${list(prior.above)},\n  },`,
    '  modeFrequencies: [', ...modeFrequencies.map((groups) => `    [${groups.map(list).join(', ')}],`), '  ],',
    '};', '',
  ].join('\n');
}
