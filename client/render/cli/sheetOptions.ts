import { Command, InvalidArgumentError } from 'commander';

/** What `npm run render:sheet` was asked for. */
export interface SheetOptions {
  readonly file: string;
  readonly out: string;
  /** Picture file; left out, one of the avatar's name beside it is looked for. */
  readonly portrait: string | undefined;
  readonly cellPixels: number;
  readonly splatBudget: number;
  readonly json: boolean;
}

/** Parses the command line; commander itself prints what is wrong with it and ends the process. */
export function parseSheetOptions(commandLine: readonly string[]): SheetOptions {
  const command = new Command('render:sheet')
    .description('The contact sheet of an avatar: its portrait, angles, turns, expressions, and eyes and mouth from near by.')
    .argument('<file>', 'avatar file (.stipple); with FILE.fit.json beside it, the view of the portrait is shown too')
    .option('--out <picture>', 'where to write it: .webp, .jpg or .png (default: FILE.sheet.webp)')
    .option('--portrait <picture>', 'the portrait (default: a .jpg, .png or .webp of the same name beside the avatar)')
    .option('--size <pixels>', 'width of one cell', wholeNumber(64, 1024), 236)
    .option('--splats <count>', 'draw only the first so many', wholeNumber(1, 1e6))
    .option('--json', 'one JSON object on standard output')
    .parse(commandLine, { from: 'user' });
  const options = command.opts<{ out?: string; portrait?: string; size: number; splats?: number; json?: true }>();
  const file = command.args[0];
  const out = options.out ?? `${file}.sheet.webp`;
  if (!/\.(webp|jpe?g|png)$/i.test(out)) command.error(`--out ${out}: expected a name that ends in .webp, .jpg or .png`);
  return { file, out, portrait: options.portrait, cellPixels: options.size, splatBudget: options.splats ?? Infinity, json: options.json === true };
}

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}`);
    }
    return value;
  };
}
