import { Command, InvalidArgumentError } from 'commander';
import { BLENDSHAPE_NAMES, type BlendshapeName } from '../../../shared/rig/blendshapes.ts';

/** What `npm run render` was asked for. */
export interface RenderOptions {
  readonly file: string;
  readonly out: string;
  readonly sizePixels: number;
  readonly yawDegrees: number;
  readonly pitchDegrees: number;
  readonly shapes: ReadonlyMap<BlendshapeName, number>;
  readonly headYawDegrees: number;
  readonly headPitchDegrees: number;
  /** sRGB, or undefined for a transparent picture. */
  readonly background: readonly [number, number, number] | undefined;
  readonly portrait: boolean;
  readonly sheet: boolean;
  readonly splatBudget: number;
  readonly json: boolean;
}

const SHAPE_NAMES: ReadonlySet<string> = new Set(BLENDSHAPE_NAMES);

/** Parses the command line; commander itself prints what is wrong with it and ends the process. */
export function parseRenderOptions(commandLine: readonly string[]): RenderOptions {
  const command = new Command('render')
    .description('Renders an avatar file to a PNG, without a window, with the shaders of the client.')
    .argument('<file>', 'avatar file (.stipple)')
    .requiredOption('--out <png>', 'where to write the picture')
    .option('--size <pixels>', 'height (and, but for --portrait, width) of the picture', parseNumber(16, 4096, true), 512)
    .option('--yaw <degrees>', 'camera turned about the head; positive sees its left side', parseNumber(-180, 180), 0)
    .option('--pitch <degrees>', 'camera from above (positive) or below', parseNumber(-89, 89), 0)
    .option('--shape <name=weight...>', 'blendshape weights in [0, 1], such as jawOpen=0.6')
    .option('--head-yaw <degrees>', 'turn of the head itself; positive to its left', parseNumber(-90, 90), 0)
    .option('--head-pitch <degrees>', 'nod of the head; positive looks down', parseNumber(-60, 60), 0)
    .option('--background <colour>', 'sRGB as #rrggbb, or "none" for a transparent picture', '#dfe3e8')
    .option('--portrait', 'from the camera, in the pose and with the expression of the portrait (FILE.fit.json); other options add to them')
    .option('--sheet', 'one picture of many: angles across, expressions down')
    .option('--splats <count>', 'draw only the first so many', parseNumber(1, 1e6, true))
    .option('--json', 'one JSON object on standard output')
    .parse(commandLine, { from: 'user' });
  const options = command.opts<Record<string, unknown>>();
  return {
    file: command.args[0],
    out: options.out as string,
    sizePixels: options.size as number,
    yawDegrees: options.yaw as number,
    pitchDegrees: options.pitch as number,
    shapes: readOr(command, () => parseShapes((options.shape as string[] | undefined) ?? [])),
    headYawDegrees: options.headYaw as number,
    headPitchDegrees: options.headPitch as number,
    background: readOr(command, () => parseBackground(options.background as string)),
    portrait: options.portrait === true,
    sheet: options.sheet === true,
    splatBudget: (options.splats as number | undefined) ?? Infinity,
    json: options.json === true,
  };
}

function readOr<T>(command: Command, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return command.error(error instanceof Error ? error.message : String(error));
  }
}

function parseNumber(low: number, high: number, whole = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`expected ${whole ? 'a whole number' : 'a number'} from ${low} to ${high}`);
    }
    return value;
  };
}

function parseShapes(texts: readonly string[]): Map<BlendshapeName, number> {
  const shapes = new Map<BlendshapeName, number>();
  for (const text of texts) {
    const [name, weight = ''] = text.split('=');
    if (!SHAPE_NAMES.has(name)) throw new Error(`--shape ${text}: there is no blendshape "${name}"`);
    const value = Number(weight);
    if (weight.trim() === '' || !(value >= 0 && value <= 1)) throw new Error(`--shape ${text}: expected a weight from 0 to 1`);
    shapes.set(name as BlendshapeName, value);
  }
  return shapes;
}

function parseBackground(text: string): [number, number, number] | undefined {
  if (text === 'none') return undefined;
  const match = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!match) throw new Error(`--background ${text}: expected #rrggbb or none`);
  return [Number.parseInt(match[1], 16), Number.parseInt(match[2], 16), Number.parseInt(match[3], 16)];
}
