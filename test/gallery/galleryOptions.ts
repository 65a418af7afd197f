import { Command, InvalidArgumentError, Option } from 'commander';
import { ROW_NAMES } from '../../client/gallery/catalogue.ts';
import type { RowName } from '../../client/gallery/catalogue.ts';
import { DEFAULT_GENERATOR, GENERATOR_NAMES } from '../../server/generator/generatorNames.ts';
import type { GeneratorName } from '../../server/generator/generatorNames.ts';

export interface GalleryOptions {
  /** Folder of portraits; undefined: the invented people that come with the product. */
  readonly portraits: string | undefined;
  readonly out: string;
  /** At most this many people, in the order of names. */
  readonly limit: number;
  /** Of how many people the rows are compared. */
  readonly comparisons: number;
  /** Rows to compare, where they can be made here; in the page's order. */
  readonly rows: readonly RowName[];
  readonly generator: GeneratorName;
  /** What `eval --table --json` printed, to be shown below the comparisons. */
  readonly table: string | undefined;
  /** Recorded films beside the live avatars. */
  readonly films: boolean;
  /** Write what the app's own gallery page shows, instead of a page by itself. */
  readonly app: boolean;
  readonly seed: number;
  readonly json: boolean;
}

export const DEFAULT_OUT = 'out/gallery';
/** Where the app's own gallery page finds its files. */
export const APP_OUT = 'client/public/gallery';

/** @throws CommanderError after having said what is wrong; `--help` too */
export function parseGalleryOptions(args: readonly string[]): GalleryOptions {
  const command = new Command('gallery')
    .description('Builds a page that shows portraits, the avatars made of them moving, what drives them, and the generators side by side.')
    .option('--portraits <folder>', 'image files, one person each; without it the invented people that come with the product')
    .option('--out <folder>', `where to; it is written over (default: ${DEFAULT_OUT})`)
    .option('--limit <count>', 'at most this many people', wholeNumber, Infinity)
    .option('--comparisons <count>', 'of how many people the generators are compared', wholeNumber, 3)
    .option('--rows <names>', `rows to compare, of ${ROW_NAMES.join(', ')}`, rowNames, [...ROW_NAMES])
    .addOption(new Option('--generator <name>', 'which generator makes the avatars').choices(GENERATOR_NAMES).default(DEFAULT_GENERATOR))
    .option('--table <file>', 'show these figures: what `npm run -s eval -- --table --json` printed')
    .option('--no-films', 'no recorded films: avatars only move where WebGL 2 is, and nothing is compared')
    .option('--app', `rebuild the app's own gallery page in ${APP_OUT} (invented people only)`)
    .option('--seed <number>', 'seed of what is random', wholeNumber, 1)
    .option('--json', 'one JSON object on standard output')
    .exitOverride()
    .allowExcessArguments(false);
  command.parse([...args], { from: 'user' });
  const given = command.opts<Omit<GalleryOptions, 'app' | 'json' | 'out'> & { app?: boolean; json?: boolean; out?: string }>();
  if (given.app === true && given.portraits !== undefined) command.error("error: option '--app' shows invented people only; it cannot go with '--portraits'");
  return {
    portraits: given.portraits, out: given.out ?? (given.app === true ? APP_OUT : DEFAULT_OUT), limit: given.limit,
    comparisons: given.films ? given.comparisons : 0, rows: given.rows, generator: given.generator, table: given.table, films: given.films,
    app: given.app ?? false, seed: given.seed, json: given.json ?? false,
  };
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) throw new InvalidArgumentError('expected a whole number from 0');
  return number;
}

function rowNames(value: string): RowName[] {
  const wanted = value.split(',');
  const unknown = wanted.find((name) => !(ROW_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no row '${unknown}'`);
  return ROW_NAMES.filter((name) => wanted.includes(name));
}
